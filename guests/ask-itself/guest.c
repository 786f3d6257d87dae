// Asks its own topic with a number one less than the body and replies with the answer and one; with 0
// it replies at once. So it takes one instance more than the number. On "hurried" a request may take
// 200 ms, on other topics it has no options.
#include "handler.h"

static replies ask(client out, text topic, message question) {
  if (same(topic, TEXT("hurried"))) {
    request_options options = request_options_new();
    request_options_set_timeout_ms(options, 200);
    return request(out, topic, question, options);
  }
  replies it;
  request_raw(out, topic.at, topic.length, question, 0, 0, &it);
  return it;
}

static outcome handle(message in) {
  uint64_t depth = parse_number(message_data(in)), answer = 0;
  if (depth > 0) {
    CONNECT(out);
    message question = message_new(number(depth - 1));
    replies got = ask(out, message_topic(in).value, question);
    message_drop(question);
    client_drop(out);
    if (got.failed) {
      message_drop(in);
      return (outcome){1, {got.error.kind}, got.error.words};
    }
    answer = parse_number(message_data(got.replies.at[0])) + 1;
    message_drop(got.replies.at[0]);
  }
  TRY(reply(in, message_new(number(answer))));
  message_drop(in);
  return OK;
}
