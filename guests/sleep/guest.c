// Waits as many milliseconds as the body says, doing nothing.
#include "handler.h"

IMPORT("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration") int32_t after(uint64_t);
IMPORT("wasi:io/poll@0.2.0", "[method]pollable.block") void block(int32_t);
IMPORT("wasi:io/poll@0.2.0", "[resource-drop]pollable") void pollable_drop(int32_t);

static outcome handle(message in) {
  int32_t pollable = after(parse_number(message_data(in)) * 1000000);
  block(pollable);
  pollable_drop(pollable);
  message_drop(in);
  return OK;
}
