// Replies to every message with its body.
#include "handler.h"

static outcome handle(message in) {
  TRY(reply(in, message_new(message_data(in))));
  message_drop(in);
  return OK;
}
