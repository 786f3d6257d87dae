// Makes as many messages and clients as the body says and drops none, nor what it was given.
#include "handler.h"

static outcome handle(message in) {
  uint64_t count = parse_number(message_data(in));
  for (uint64_t i = 0; i < count; i++) {
    message_new(TEXT("never dropped"));
    CONNECT(kept);
    (void)kept;
  }
  return OK;
}
