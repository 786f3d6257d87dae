// Traps before it can take a message: no instance of it can be made.
#include "handler.h"
#include "streams.h"

EXPORT("_initialize") void initialize(void) { __builtin_trap(); }

static outcome handle(message in) {
  message_drop(in);
  return OK;
}
