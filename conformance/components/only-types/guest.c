// Takes a message and imports nothing else of the interface.
#include "handler.h"

static outcome handle(message in) {
  message_drop(in);
  return OK;
}
