// Hashes the body as many times as its first word says (FNV-1a, 32 bits, each time from where the last
// one ended) and sends the hash and the body to "out": work that is the guest's alone.
#include "handler.h"

enum { BASIS = 2166136261u, PRIME = 16777619u };

static text first_word(text body) {
  size_t length = 0;
  while (length < body.length && body.at[length] != ' ') length++;
  return (text){body.at, length};
}

static uint32_t hash_of(text body, uint64_t times) {
  uint32_t hash = BASIS;
  while (times--)
    for (size_t i = 0; i < body.length; i++) hash = (hash ^ (uint8_t)body.at[i]) * PRIME;
  return hash;
}

static text answer(text hash, text body) {
  char *at = allocate(hash.length + 1 + body.length);
  __builtin_memcpy(at, hash.at, hash.length);
  at[hash.length] = ' ';
  __builtin_memcpy(at + hash.length + 1, body.at, body.length);
  return (text){at, hash.length + 1 + body.length};
}

static outcome handle(message in) {
  text body = message_data(in);
  text hash = number(hash_of(body, parse_number(first_word(body))));
  message_drop(in);
  CONNECT(out);
  TRY(send(out, TEXT("out"), message_new(answer(hash, body))));
  client_drop(out);
  return OK;
}
