// Replies as often as the body says, with the numbers from 1, and then goes on: it sends the message
// to "answered". On the body "trap" it traps.
#include "handler.h"

static outcome handle(message in) {
  text body = message_data(in);
  if (same(body, TEXT("trap"))) __builtin_trap();
  uint64_t count = parse_number(body);
  for (uint64_t i = 1; i <= count; i++) TRY(reply(in, message_new(number(i))));

  CONNECT(out);
  TRY(send(out, TEXT("answered"), in));
  client_drop(out);
  return OK;
}
