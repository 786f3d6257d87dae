// Asks "question" with the message as it came. Its metadata may say "timeout-ms" and
// "expected-replies"; with neither there are no options. Sends the replies to "out", in their order,
// and then the question, which it still has, to "asked"; returns the error of the request. On "twice"
// it asks twice, and only the second time matters.
#include "handler.h"

static option_text metadata_of(message in, text key) {
  option_pairs found = message_metadata(in);
  for (size_t i = 0; found.some && i < found.value.length; i++)
    if (same(found.value.at[i].key, key)) return (option_text){1, found.value.at[i].value};
  return (option_text){0};
}

static replies ask(client out, message question) {
  option_text timeout = metadata_of(question, TEXT("timeout-ms"));
  option_text expected = metadata_of(question, TEXT("expected-replies"));
  if (!timeout.some && !expected.some) {
    replies it;
    request_raw(out, "question", 8, question, 0, 0, &it);
    return it;
  }
  request_options options = request_options_new();
  if (timeout.some)
    request_options_set_timeout_ms(options, (uint32_t)parse_number(timeout.value));
  if (expected.some)
    request_options_set_expected_replies(options, (uint32_t)parse_number(expected.value));
  return request(out, TEXT("question"), question, options);
}

static outcome handle(message in) {
  CONNECT(out);
  if (same(message_topic(in).value, TEXT("twice"))) {
    replies first = ask(out, in);
    for (size_t i = 0; !first.failed && i < first.replies.length; i++)
      message_drop(first.replies.at[i]);
  }
  replies got = ask(out, in);
  if (got.failed) {
    client_drop(out);
    message_drop(in);
    return (outcome){1, {got.error.kind}, got.error.words};
  }
  for (size_t i = 0; i < got.replies.length; i++)
    TRY(send(out, TEXT("out"), got.replies.at[i]));
  TRY(send(out, TEXT("asked"), in));
  client_drop(out);
  return OK;
}
