// A component of both interfaces: what `incoming-handler` is given, the other's `publish` sends to
// "out"; the other's handler fails.
#include "handler.h"

typedef struct { uint8_t failed; text words; } done;  // result<_, string>

IMPORT("wasmcloud:messaging/consumer@0.2.0", "publish")
void publish_raw(const char *, size_t, const char *, size_t, int32_t, const char *, size_t, done *);

static outcome handle(message in) {
  text body = message_data(in);
  done it;
  publish_raw("out", 3, body.at, body.length, 0, NULL, 0, &it);
  message_drop(in);
  return it.failed ? (outcome){1, {OTHER}, it.words} : OK;
}

EXPORT("wasmcloud:messaging/handler@0.2.0#handle-message")
done *export_handle_message(char *subject, size_t subject_length, char *body, size_t body_length,
                            int32_t some, char *to, size_t to_length) {
  (void)subject, (void)subject_length, (void)body, (void)body_length;
  (void)some, (void)to, (void)to_length;
  static done result = {1, TEXT("the wrong handler")};
  return &result;
}
