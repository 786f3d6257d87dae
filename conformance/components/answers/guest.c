// Answers, and does not send.
#include "handler.h"

static outcome handle(message in) {
  TRY(reply(in, message_new(TEXT("answer"))));
  message_drop(in);
  return OK;
}
