// Sends how often its stray exports were called, which no host should do, to "out".
#include "handler.h"

static uint64_t calls;

EXPORT("guests:strays/things#make") uint32_t export_make(void) { return (uint32_t)++calls; }

EXPORT("init") void export_init(void) { calls++; }

static outcome handle(message in) {
  message_drop(in);
  CONNECT(out);
  return send(out, TEXT("out"), message_new(number(calls)));
}
