// Tries what the topic says – "connect", "send" or "request" – with the client or topic that the body
// names, and returns the error it gets, if any.
#include "handler.h"

static outcome try_connect(text name) {
  outcome connected = client_connect(name);
  if (connected.failed) return connected;
  client_drop(connected.handle);
  return OK;
}

static outcome try_send(text topic) {
  CONNECT(out);
  outcome sent = send(out, topic, message_new(TEXT("sent")));
  client_drop(out);
  return sent;
}

static outcome try_request(text topic) {
  CONNECT(out);
  message question = message_new(TEXT("asked"));
  request_options options = request_options_new();
  request_options_set_timeout_ms(options, 2000);
  replies got = request(out, topic, question, options);
  message_drop(question);
  client_drop(out);
  if (got.failed) return (outcome){1, {got.error.kind}, got.error.words};
  for (size_t i = 0; i < got.replies.length; i++) message_drop(got.replies.at[i]);
  return OK;
}

static outcome handle(message in) {
  text what = message_topic(in).value, name = message_data(in);
  message_drop(in);
  if (same(what, TEXT("connect"))) return try_connect(name);
  if (same(what, TEXT("send"))) return try_send(name);
  if (same(what, TEXT("request"))) return try_request(name);
  return OTHER_ERROR("the topic is connect, send or request");
}
