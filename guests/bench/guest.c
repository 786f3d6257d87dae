// The handler of the benchmarks: everything an ordinary handler does with a message, on a client
// that is kept, and nothing else.
#include "handler.h"

static client out;

static outcome handle(message in) {
  if (!out) {
    outcome connected = client_connect(TEXT("default"));
    if (connected.failed) return connected;
    out = connected.handle;
  }
  message_topic(in);
  message copy = message_new(message_data(in));
  message_set_content_type(copy, TEXT("application/json"));
  message_add_metadata(copy, TEXT("k"), TEXT("v"));
  message_drop(in);
  return send(out, TEXT("out"), copy);
}
