// On "ask": sends a request to "answers" and gives what came back to "out". On "answer": replies with
// the body twice, in two messages.
#include "handler.h"

static outcome answer(message in) {
  TRY(reply(in, message_new(message_data(in))));
  TRY(reply(in, message_new(TEXT("again"))));
  message_drop(in);
  return OK;
}

static outcome ask(message in) {
  CONNECT(out);
  request_options options = request_options_new();
  request_options_set_timeout_ms(options, 2000);
  request_options_set_expected_replies(options, 2);
  message question = message_new(message_data(in));
  replies got = request(out, TEXT("answer"), question, options);
  message_drop(in);
  if (got.failed) return (outcome){1, {got.error.kind}, got.error.words};
  for (size_t i = 0; i < got.replies.length; i++)
    TRY(send(out, TEXT("out"), got.replies.at[i]));
  message_drop(question);
  client_drop(out);
  return OK;
}

static outcome handle(message in) {
  return same(message_topic(in).value, TEXT("ask")) ? ask(in) : answer(in);
}
