// Never returns, and never calls the host either, unless the topic is "fine".
#include "handler.h"

static volatile uint32_t turns;

static outcome handle(message in) {
  bool fine = same(message_topic(in).value, TEXT("fine"));
  message_drop(in);
  while (!fine || turns) turns = turns + 1;
  return OK;
}
