// Returns the error that the topic names, with the body as its words.
#include "handler.h"

static outcome handle(message in) {
  text topic = message_topic(in).value;
  text words = message_data(in);
  message_drop(in);
  if (same(topic, TEXT("timeout"))) return (outcome){1, {TIMEOUT}, {0}};
  if (same(topic, TEXT("connection"))) return (outcome){1, {CONNECTION}, words};
  if (same(topic, TEXT("permission-denied"))) return (outcome){1, {PERMISSION_DENIED}, words};
  if (same(topic, TEXT("other"))) return (outcome){1, {OTHER}, words};
  return OK;
}
