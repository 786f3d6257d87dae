// Sends to "out" what the configuration has for the key that the message names, then all of it as
// KEY=VALUE lines; each of the interface's three names must give the same.
#include "handler.h"

typedef struct { uint8_t failed; option_text value; } got;  // result<option<string>, error>
typedef struct { uint8_t failed; pairs all; } got_all;

#define RUNTIME "wasi:config/runtime@0.2.0-draft"
#define STORE "wasi:config/store@0.2.0-draft"
#define STORE_RC "wasi:config/store@0.2.0-rc.1"

IMPORT(RUNTIME, "get") void runtime_get(const char *, size_t, got *);
IMPORT(RUNTIME, "get-all") void runtime_get_all(got_all *);
IMPORT(STORE, "get") void store_get(const char *, size_t, got *);
IMPORT(STORE, "get-all") void store_get_all(got_all *);
IMPORT(STORE_RC, "get") void store_rc_get(const char *, size_t, got *);
IMPORT(STORE_RC, "get-all") void store_rc_get_all(got_all *);

static bool same_option(option_text a, option_text b) {
  return a.some == b.some && (!a.some || same(a.value, b.value));
}

static bool same_pairs(pairs a, pairs b) {
  if (a.length != b.length) return false;
  for (size_t i = 0; i < a.length; i++)
    if (!same(a.at[i].key, b.at[i].key) || !same(a.at[i].value, b.at[i].value)) return false;
  return true;
}

static void append(char **end, text t) {
  __builtin_memcpy(*end, t.at, t.length);
  *end += t.length;
}

static outcome handle(message in) {
  text key = message_data(in);
  got a, b, c;
  runtime_get(key.at, key.length, &a);
  store_get(key.at, key.length, &b);
  store_rc_get(key.at, key.length, &c);
  EXPECT(!a.failed && !b.failed && !c.failed);
  EXPECT(same_option(a.value, b.value) && same_option(b.value, c.value));
  got_all all_a, all_b, all_c;
  runtime_get_all(&all_a);
  store_get_all(&all_b);
  store_rc_get_all(&all_c);
  EXPECT(!all_a.failed && !all_b.failed && !all_c.failed);
  EXPECT(same_pairs(all_a.all, all_b.all) && same_pairs(all_b.all, all_c.all));

  CONNECT(out);
  text value = a.value.some ? a.value.value : TEXT("(none)");
  TRY(send(out, TEXT("out"), message_new(value)));
  static char lines[4096];
  char *end = lines;
  for (size_t i = 0; i < all_a.all.length; i++) {
    append(&end, all_a.all.at[i].key);
    append(&end, TEXT("="));
    append(&end, all_a.all.at[i].value);
    append(&end, TEXT("\n"));
  }
  return send(out, TEXT("out"), message_new((text){lines, (size_t)(end - lines)}));
}
