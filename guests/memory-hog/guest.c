// Takes the memory that the body says, in MiB, and traps when it gets none.
#include "handler.h"

static outcome handle(message in) {
  size_t pages = (size_t)parse_number(message_data(in)) * 16;
  message_drop(in);
  for (; pages; pages--) {
    size_t before = __builtin_wasm_memory_grow(0, 1);
    if (before == (size_t)-1) __builtin_trap();
    *(volatile uint8_t *)(before << 16) = 1;
  }
  return OK;
}
