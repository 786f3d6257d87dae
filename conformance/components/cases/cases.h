// What the cases have in common: where to tell what they saw, and in which words.
#pragma once
#include "handler.h"
#include "streams.h"

#define CASE(name) static outcome case_##name(message in __attribute__((unused)))
#define NAMED(text, name) {TEXT(text), case_##name}

static text base, case_name, out_topic;

// --- words ------------------------------------------------------------------------------------------

static inline text join(text a, text b, text c) {
  char *at = allocate(a.length + b.length + c.length);
  __builtin_memcpy(at, a.at, a.length);
  __builtin_memcpy(at + a.length, b.at, b.length);
  __builtin_memcpy(at + a.length + b.length, c.at, c.length);
  return (text){at, a.length + b.length + c.length};
}

static inline text repeated(char letter, size_t times) {
  char *at = allocate(times);
  for (size_t i = 0; i < times; i++) at[i] = letter;
  return (text){at, times};
}

static inline text case_of(text topic) {
  size_t dot = topic.length;
  while (dot && topic.at[dot - 1] != '.') dot--;
  return (text){topic.at + dot, topic.length - dot};
}

static inline text topic_of(text name) { return join(base, TEXT("."), name); }

static inline void find_base(text topic) {
  case_name = case_of(topic);
  base = (text){topic.at, topic.length - case_name.length - 1};
  out_topic = topic_of(TEXT("out"));
}

static inline text kind_name(uint8_t kind) {
  static const text names[] = {TEXT("timeout"), TEXT("connection"), TEXT("permission-denied"),
                               TEXT("other")};
  return names[kind];
}

static inline text kind_of(outcome result) {
  return result.failed ? kind_name(result.kind) : TEXT("ok");
}

static inline text kind_of_replies(replies got) { return kind_name(got.error.kind); }

static inline void print_line(text line) {
  int32_t stream = get_stdout();
  stream_write(stream, line);
  stream_drop(stream);
}

// --- telling ----------------------------------------------------------------------------------------

static inline outcome tell(message it) {  // takes the message
  CONNECT(out);
  TRY(send(out, out_topic, it));
  client_drop(out);
  return OK;
}

static inline outcome say(text words) { return tell(message_new(words)); }

// "data=DATA type=none metadata=none" of a message; "(TYPE)", "empty" or "(KEY=VALUE)(KEY=VALUE)".
static inline outcome describe(message it) {
  text words = join(TEXT("data="), message_data(it), TEXT(" type="));
  option_text type = message_content_type(it);
  if (type.some) words = join(words, TEXT("("), join(type.value, TEXT(")"), TEXT("")));
  else words = join(words, TEXT("none"), TEXT(""));
  option_pairs metadata = message_metadata(it);
  text known = metadata.some ? (metadata.value.length ? TEXT("") : TEXT("empty")) : TEXT("none");
  words = join(words, TEXT(" metadata="), known);
  for (size_t i = 0; metadata.some && i < metadata.value.length; i++) {
    pair one = metadata.value.at[i];
    words = join(words, TEXT("("), join(one.key, TEXT("="), join(one.value, TEXT(")"), TEXT(""))));
  }
  return say(words);
}

// --- asking -----------------------------------------------------------------------------------------

static inline replies request_raw_options(client c, text topic, message it) {  // none
  replies got;
  request_raw(c, topic.at, topic.length, it, 0, 0, &got);
  return got;
}

static inline replies request_with(text name, text data, uint32_t ms, uint32_t expected) {
  outcome connected = client_connect(TEXT("default"));
  if (connected.failed) __builtin_trap();
  request_options options = request_options_new();
  request_options_set_timeout_ms(options, ms);
  request_options_set_expected_replies(options, expected);
  return request(connected.handle, topic_of(name), message_new(data), options);
}

static inline replies request_one(text name, text data, uint32_t ms) {
  return request_with(name, data, ms, 1);
}

enum told { DATA, COUNT };

// Asks, and tells each reply's data or how many came; or the kind of the error.
static inline outcome ask(text name, text data, uint32_t ms, uint32_t expected, enum told what) {
  replies got = request_with(name, data, ms, expected);
  if (got.failed) return say(kind_of_replies(got));
  if (what == COUNT) return say(join(number(got.replies.length), TEXT(" "), TEXT("replies")));
  for (size_t i = 0; i < got.replies.length; i++)
    TRY(say(message_data(got.replies.at[i])));
  return OK;
}
