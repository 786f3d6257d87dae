// A guest that runs once: include this and define `static bool run(texts arguments);`.
#pragma once
#include "streams.h"

typedef struct { const text *at; size_t length; } texts;

IMPORT("wasi:cli/environment@0.2.0", "get-arguments") void get_arguments_raw(texts *);

static bool run(texts arguments);

EXPORT("wasi:cli/run@0.2.0#run") uint32_t export_run(void) {
  texts arguments;
  get_arguments_raw(&arguments);
  return run(arguments) ? 0 : 1;
}
