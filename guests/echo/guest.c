// Sends a copy of every message to "out"; a message on "fail" is refused.
#include "handler.h"

static outcome handle(message in) {
  option_text topic = message_topic(in);
  if (topic.some && same(topic.value, TEXT("fail"))) {
    message_drop(in);
    return OTHER_ERROR("asked to fail");
  }
  message copy = message_new(message_data(in));
  option_text type = message_content_type(in);
  if (type.some) message_set_content_type(copy, type.value);
  option_pairs metadata = message_metadata(in);
  if (metadata.some) message_set_metadata(copy, metadata.value);
  if (topic.some) message_add_metadata(copy, TEXT("from"), topic.value);
  message_drop(in);

  outcome connected = client_connect(TEXT("default"));
  if (connected.failed) {
    message_drop(copy);
    return connected;
  }
  outcome sent = send(connected.handle, TEXT("out"), copy);
  client_drop(connected.handle);
  return sent;
}
