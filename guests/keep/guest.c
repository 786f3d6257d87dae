// Makes as many messages of 1 MiB as the body says and keeps them: where they are is the host.
#include "handler.h"

enum { MIB = 1 << 20 };

static outcome handle(message in) {
  uint64_t count = parse_number(message_data(in));
  message_drop(in);
  const char *body = cabi_realloc(0, 0, 1, MIB);
  for (uint64_t i = 0; i < count; i++) message_new((text){body, MIB});
  return OK;
}
