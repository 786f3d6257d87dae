// After disconnect a client is of no use; a new one is. A client may also just be dropped. On "twice" it
// returns what a second disconnect says, on "after" what a send does.
#include "handler.h"

static outcome disconnected(text topic) {
  CONNECT(out);
  TRY(client_disconnect(out));
  outcome result = same(topic, TEXT("twice")) ? client_disconnect(out)
                                              : send(out, TEXT("out"), message_new(TEXT("after")));
  client_drop(out);
  return result;
}

static outcome handle(message in) {
  text topic = message_topic(in).value;
  message_drop(in);
  if (!same(topic, TEXT("in"))) return disconnected(topic);

  CONNECT(first);
  CONNECT(second);
  TRY(send(first, TEXT("out"), message_new(TEXT("before"))));
  TRY(client_disconnect(first));
  EXPECT(failed_with(send(first, TEXT("out"), message_new(TEXT("after"))), CONNECTION));
  EXPECT(failed_with(client_disconnect(first), CONNECTION));
  EXPECT(failed_with(send(first, TEXT("out"), message_new(TEXT("still after"))), CONNECTION));
  message question = message_new(TEXT("a question"));
  replies got = request(first, TEXT("out"), question, request_options_new());
  EXPECT(got.failed && got.error.kind == CONNECTION);
  message_drop(question);

  // Handles are independent of each other.
  TRY(send(second, TEXT("out"), message_new(TEXT("second"))));
  client_drop(first);
  TRY(send(second, TEXT("out"), message_new(TEXT("second again"))));
  client_drop(second);

  CONNECT(third);
  TRY(send(third, TEXT("out"), message_new(TEXT("third"))));
  client_drop(third);
  return OK;
}
