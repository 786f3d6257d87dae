// Metadata is an ordered list in which a key may stand more than once.
#include "handler.h"

#define PAIR(k, v) {TEXT(k), TEXT(v)}
#define PAIRS(...) ((pairs){(const pair[]){__VA_ARGS__}, sizeof((const pair[]){__VA_ARGS__}) / sizeof(pair)})

static bool has(message m, pairs expected) {
  option_pairs found = message_metadata(m);
  if (!found.some || found.value.length != expected.length) return false;
  for (size_t i = 0; i < expected.length; i++) {
    if (!same(found.value.at[i].key, expected.at[i].key)) return false;
    if (!same(found.value.at[i].value, expected.at[i].value)) return false;
  }
  return true;
}

static outcome handle(message in) {
  // The host sends these, in this order.
  EXPECT(has(in, PAIRS(PAIR("a", "1"), PAIR("b", "2"), PAIR("a", "3"))));

  message made = message_new(TEXT(""));
  EXPECT(!message_metadata(made).some);
  message_remove_metadata(made, TEXT("a"));  // sets nothing
  EXPECT(!message_metadata(made).some);
  message_add_metadata(made, TEXT("a"), TEXT("1"));
  message_add_metadata(made, TEXT("b"), TEXT(""));
  message_add_metadata(made, TEXT("A"), TEXT("2"));
  EXPECT(has(made, PAIRS(PAIR("a", "1"), PAIR("b", ""), PAIR("A", "2"))));

  // Adding replaces every pair of the key; the new one stands where the first stood.
  message_set_metadata(made, PAIRS(PAIR("z", "0"), PAIR("a", "1"), PAIR("b", "2"), PAIR("a", "3")));
  EXPECT(has(made, PAIRS(PAIR("z", "0"), PAIR("a", "1"), PAIR("b", "2"), PAIR("a", "3"))));
  message_add_metadata(made, TEXT("a"), TEXT("4"));
  EXPECT(has(made, PAIRS(PAIR("z", "0"), PAIR("a", "4"), PAIR("b", "2"))));

  // Removing removes every pair of the key, and nothing if there is none.
  message_set_metadata(made, PAIRS(PAIR("a", "1"), PAIR("b", "2"), PAIR("a", "3")));
  message_remove_metadata(made, TEXT("a"));
  EXPECT(has(made, PAIRS(PAIR("b", "2"))));
  message_remove_metadata(made, TEXT("a"));
  EXPECT(has(made, PAIRS(PAIR("b", "2"))));

  // Set to an empty list is not the same as never set.
  message_set_metadata(made, (pairs){0});
  EXPECT(message_metadata(made).some);
  EXPECT(message_metadata(made).value.length == 0);

  // A key may be empty; removing the last pair leaves an empty list, too.
  message_add_metadata(made, TEXT(""), TEXT("\xc3\xa9"));
  EXPECT(has(made, PAIRS(PAIR("", "\xc3\xa9"))));
  message_remove_metadata(made, TEXT(""));
  EXPECT(message_metadata(made).some);
  EXPECT(message_metadata(made).value.length == 0);
  message_drop(made);

  // What the host sees of it: the changed list.
  message_remove_metadata(in, TEXT("b"));
  message_add_metadata(in, TEXT("c"), TEXT("\xc3\xa9"));
  CONNECT(out);
  TRY(send(out, TEXT("out"), in));
  client_drop(out);
  return OK;
}
