// Imports `types` and `request-reply` and nothing of `producer`: on "ask" it asks on "answer" whatever
// the body is and expects the same back, on "answer" it replies with the body.
#include "handler.h"

static outcome handle(message in) {
  if (same(message_topic(in).value, TEXT("answer"))) return reply(in, message_new(message_data(in)));
  CONNECT(to);
  replies got = request(to, TEXT("answer"), in, request_options_new());
  if (got.failed) return (outcome){1, {got.error.kind}, got.error.words};
  EXPECT(got.replies.length == 1);
  EXPECT(same(message_data(got.replies.at[0]), message_data(in)));
  return OK;
}
