// Sends as many messages as the body says, numbered from 0, to "out".
#include "handler.h"

static outcome handle(message in) {
  uint64_t count = parse_number(message_data(in));
  message_drop(in);
  CONNECT(out);
  for (uint64_t i = 0; i < count; i++) TRY(send(out, TEXT("out"), message_new(number(i))));
  client_drop(out);
  return OK;
}
