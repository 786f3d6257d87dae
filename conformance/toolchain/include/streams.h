// Standard output and error of a C guest.
#pragma once
#include "messaging.h"

IMPORT("wasi:cli/stdout@0.2.0", "get-stdout") int32_t get_stdout(void);
IMPORT("wasi:cli/stderr@0.2.0", "get-stderr") int32_t get_stderr(void);
IMPORT("wasi:io/streams@0.2.0", "[resource-drop]output-stream") void stream_drop(int32_t);
IMPORT("wasi:io/streams@0.2.0", "[method]output-stream.blocking-write-and-flush")
void stream_write_raw(int32_t, const char *, size_t, void *);

static inline void stream_write(int32_t stream, text words) {
  uint32_t result[3];
  stream_write_raw(stream, words.at, words.length, result);
}

static inline void print_error(text line) {
  int32_t stream = get_stderr();
  stream_write(stream, line);
  stream_drop(stream);
}
