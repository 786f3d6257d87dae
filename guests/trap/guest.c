// Says why on standard error and traps, unless the topic is "fine".
#include "handler.h"
#include "streams.h"

static outcome handle(message in) {
  if (!same(message_topic(in).value, TEXT("fine"))) {
    print_error(TEXT("first words\n"));
    print_error(TEXT("last words\n"));
    __builtin_trap();
  }
  message_drop(in);
  return OK;
}
