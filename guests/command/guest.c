// A command: sends its arguments after the first to the topic that the first says.
#include "command.h"

static bool run(texts arguments) {
  outcome out = client_connect(TEXT("default"));
  if (out.failed || arguments.length < 2) return false;
  for (size_t i = 2; i < arguments.length; i++) {
    outcome sent = send(out.handle, arguments.at[1], message_new(arguments.at[i]));
    if (sent.failed) {
      print_error(sent.words);
      return false;
    }
  }
  int32_t stdout = get_stdout();
  stream_write(stdout, TEXT("sent to "));
  stream_write(stdout, arguments.at[1]);
  stream_write(stdout, TEXT("\n"));
  stream_drop(stdout);
  return true;
}
