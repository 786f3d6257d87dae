// Uses handles it does not have, or gives lists and text that are none, in the way that the topic names;
// each is a trap. On "fine" it lends a message twice and drops what it has once, which is as it should be.
#include "handler.h"

IMPORT(REQUEST_REPLY, "[resource-drop]request-options")
void request_options_drop(request_options);

#define OUTSIDE ((const void *)0xfffff000)  // beyond any memory that it may have
#define ON(name) if (same(topic, TEXT(name)))

static outcome handle(message in) {
  text topic = message_topic(in).value;
  CONNECT(out);
  message made = message_new(TEXT("made"));
  request_options options = request_options_new();
  request_options_set_expected_replies(options, 7);
  request_options_set_expected_replies(options, 0);  // this counts: a request is a send

  ON("use-after-send") { TRY(send(out, TEXT("out"), made)); message_data(made); }
  ON("send-twice") { TRY(send(out, TEXT("out"), made)); send(out, TEXT("out"), made); }
  ON("use-after-failed-send") {
    EXPECT(failed_with(send(out, TEXT("no topic"), made), OTHER));
    message_data(made);
  }
  ON("set-after-send") {
    TRY(send(out, TEXT("out"), made));
    message_set_content_type(made, TEXT("text/plain"));
  }
  ON("use-after-reply") { TRY(reply(in, made)); message_data(made); }
  ON("reply-with-itself") { reply(in, in); }
  ON("drop-message-twice") { message_drop(made); message_drop(made); }
  ON("drop-client-twice") { client_drop(out); client_drop(out); }
  ON("drop-options-twice") { request_options_drop(options); request_options_drop(options); }
  ON("use-dropped-client") { client_drop(out); send(out, TEXT("out"), made); }
  ON("use-options-twice") {
    request(out, TEXT("out"), made, options);
    request(out, TEXT("out"), made, options);
  }
  ON("drop-used-options") { request(out, TEXT("out"), made, options); request_options_drop(options); }
  ON("never-existed") { message_data(4711); }
  ON("zero") { message_data(0); }
  ON("another-kind") { message_data((message)out); }

  ON("topic-that-is-no-text") { send(out, TEXT("o\xff"), made); }
  ON("topic-outside-memory") { send(out, (text){OUTSIDE, 8}, made); }
  ON("data-outside-memory") { message_set_data(made, (text){OUTSIDE, 8}); }
  ON("metadata-outside-memory") { message_set_metadata(made, (pairs){OUTSIDE, 8}); }

  EXPECT(same(topic, TEXT("fine")));
  EXPECT(!request(out, TEXT("out"), made, options).failed);
  options = request_options_new();
  request_options_set_expected_replies(options, 0);
  EXPECT(!request(out, TEXT("out"), made, options).failed);
  EXPECT(same(message_data(made), TEXT("made")));
  message_drop(made);
  message_drop(in);
  client_drop(out);
  return OK;
}
