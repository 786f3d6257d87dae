// Sends a plain copy of each message, its body alone, to "out", on a client that is kept.
#include "handler.h"

static client out;

static outcome handle(message in) {
  if (!out) {
    outcome connected = client_connect(TEXT("default"));
    if (connected.failed) return connected;
    out = connected.handle;
  }
  text body = message_data(in);
  message_drop(in);
  return send(out, TEXT("out"), message_new(body));
}
