// A link of a chain. On "first" it asks "second", on "second" it asks "third", with the body it got;
// it replies with the answer and its own topic behind it. On "third" it replies with the body.
#include "handler.h"

static text joined(text a, text b) {
  char *at = allocate(a.length + 1 + b.length);
  __builtin_memcpy(at, a.at, a.length);
  at[a.length] = ' ';
  __builtin_memcpy(at + a.length + 1, b.at, b.length);
  return (text){at, a.length + 1 + b.length};
}

static outcome handle(message in) {
  text topic = message_topic(in).value;
  if (same(topic, TEXT("third"))) {
    TRY(reply(in, message_new(message_data(in))));
    message_drop(in);
    return OK;
  }
  CONNECT(out);
  text next = same(topic, TEXT("first")) ? TEXT("second") : TEXT("third");
  message question = message_new(message_data(in));
  replies got = request(out, next, question, request_options_new());
  message_drop(question);
  client_drop(out);
  if (got.failed) return (outcome){1, {got.error.kind}, got.error.words};
  EXPECT(got.replies.length == 1);
  TRY(reply(in, message_new(joined(message_data(got.replies.at[0]), topic))));
  message_drop(got.replies.at[0]);
  message_drop(in);
  return OK;
}
