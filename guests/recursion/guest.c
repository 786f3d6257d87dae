// Calls itself more often than any stack can hold, unless the topic is "fine".
#include "handler.h"

static volatile uint32_t depth;

__attribute__((noinline)) static uint32_t deeper(void) {
  depth = depth + 1;
  return depth == UINT32_MAX ? 0 : deeper() + depth;
}

static outcome handle(message in) {
  bool fine = same(message_topic(in).value, TEXT("fine"));
  message_drop(in);
  if (!fine) deeper();
  return OK;
}
