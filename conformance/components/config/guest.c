// Tells BASE.out what its configuration has for the key in the message: "(VALUE)", "none", or "error".
#include "../cases/cases.h"

typedef struct { uint8_t failed; option_text value; } found;  // result<option<string>, error>

IMPORT("wasi:config/store@0.2.0-rc.1", "get") void config_get(const char *, size_t, found *);

static outcome handle(message in) {
  find_base(message_topic(in).value);
  text key = message_data(in);
  message_drop(in);
  found it;
  config_get(key.at, key.length, &it);
  if (it.failed) return say(TEXT("error"));
  if (!it.value.some) return say(TEXT("none"));
  return say(join(TEXT("("), it.value.value, TEXT(")")));
}
