// Writes as many lines to standard output as the body says, and one to standard error.
#include "handler.h"
#include "streams.h"

static outcome handle(message in) {
  uint64_t lines = parse_number(message_data(in));
  message_drop(in);
  int32_t out = get_stdout();
  for (uint64_t i = 0; i < lines; i++) stream_write(out, TEXT("all work and no play\n"));
  stream_drop(out);
  print_error(TEXT("that was it\n"));
  return OK;
}
