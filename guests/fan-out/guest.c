// Sends ten copies of every message to "out", on a client that is kept.
#include "handler.h"

enum { COPIES = 10 };

static client out;

static outcome handle(message in) {
  if (!out) {
    outcome connected = client_connect(TEXT("default"));
    if (connected.failed) return connected;
    out = connected.handle;
  }
  text body = message_data(in);
  message_drop(in);
  for (int i = 0; i < COPIES; i++) TRY(send(out, TEXT("out"), message_new(body)));
  return OK;
}
