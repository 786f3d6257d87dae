// Does what the body says, "NUMBER KIND ARGUMENT COPIES", and sends "NUMBER/COPY" to "out" so often.
#include "handler.h"

IMPORT("wasi:clocks/monotonic-clock@0.2.0", "subscribe-duration") int32_t after(uint64_t);
IMPORT("wasi:io/poll@0.2.0", "[method]pollable.block") void block(int32_t);
IMPORT("wasi:io/poll@0.2.0", "[resource-drop]pollable") void pollable_drop(int32_t);

enum { SEND = 's', WAIT = 'w', FAIL = 'f', FAIL_FIRST = 'l', TRAP = 't', TRAP_FIRST = 'c' };

static text next_word(text *rest) {
  text word = {rest->at, 0};
  while (word.length < rest->length && word.at[word.length] != ' ') word.length++;
  size_t skipped = word.length < rest->length ? word.length + 1 : word.length;
  *rest = (text){rest->at + skipped, rest->length - skipped};
  return word;
}

static uint64_t attempt_of(message in) {  // the host says it from the second one on
  option_pairs metadata = message_metadata(in);
  for (size_t i = 0; metadata.some && i < metadata.value.length; i++)
    if (same(metadata.value.at[i].key, TEXT("wasi-messaging-attempt")))
      return parse_number(metadata.value.at[i].value);
  return 1;
}

static text copy_name(text name, uint64_t copy) {
  text which = number(copy);
  char *at = allocate(name.length + 1 + which.length);
  for (size_t i = 0; i < name.length; i++) at[i] = name.at[i];
  at[name.length] = '/';
  for (size_t i = 0; i < which.length; i++) at[name.length + 1 + i] = which.at[i];
  return (text){at, name.length + 1 + which.length};
}

static void wait(uint64_t milliseconds) {
  int32_t pollable = after(milliseconds * 1000000);
  block(pollable);
  pollable_drop(pollable);
}

static outcome handle(message in) {
  uint64_t attempt = attempt_of(in);
  text rest = message_data(in);
  text name = next_word(&rest), kind = next_word(&rest);
  uint64_t argument = parse_number(next_word(&rest)), copies = parse_number(next_word(&rest));
  message_drop(in);
  EXPECT(kind.length == 1 && copies > 0);

  CONNECT(out);
  TRY(send(out, TEXT("out"), message_new(copy_name(name, 0))));
  // Whatever goes wrong does so in the middle, when something was sent already.
  switch (kind.at[0]) {
    case SEND: break;
    case WAIT: wait(argument); break;
    case FAIL: return OTHER_ERROR("fails always");
    case FAIL_FIRST:
      if (attempt <= argument) return OTHER_ERROR("fails at first");
      break;
    case TRAP: __builtin_trap();
    case TRAP_FIRST:
      if (attempt <= argument) __builtin_trap();
      break;
    default: return OTHER_ERROR("no such kind");
  }
  for (uint64_t copy = 1; copy < copies; copy++)
    TRY(send(out, TEXT("out"), message_new(copy_name(name, copy))));
  client_drop(out);
  return OK;
}
