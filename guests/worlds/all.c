// Imports all three interfaces: replies with the body and sends it to "out".
#include "handler.h"

static outcome handle(message in) {
  TRY(reply(in, message_new(message_data(in))));
  CONNECT(out);
  TRY(send(out, TEXT("out"), message_new(message_data(in))));
  message_drop(in);
  client_drop(out);
  return OK;
}
