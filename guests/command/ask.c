// A command of the world imports-request-reply that sends nothing: asks on "answer" for its first
// argument and prints what comes back.
#include "command.h"

static bool run(texts arguments) {
  outcome to = client_connect(TEXT("default"));
  if (to.failed || arguments.length < 2) return false;
  message question = message_new(arguments.at[1]);
  replies got = request(to.handle, TEXT("answer"), question, request_options_new());
  int32_t stdout = get_stdout();
  stream_write(stdout, got.failed ? got.error.words : message_data(got.replies.at[0]));
  stream_drop(stdout);
  return !got.failed;
}
