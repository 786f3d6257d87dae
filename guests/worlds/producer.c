// Imports `types` and `producer`: sends the body to "out".
#include "handler.h"

static outcome handle(message in) {
  CONNECT(out);
  TRY(send(out, TEXT("out"), message_new(message_data(in))));
  message_drop(in);
  client_drop(out);
  return OK;
}
