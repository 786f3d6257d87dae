// wasi:messaging for a C guest without a libc: the imports in the canonical ABI, and memory that
// lasts until the next message.
//
// A handler is one file that includes this one and defines
//
//     static outcome handle(message in);
//
// A command includes command.h instead. Names are those of the interface.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IMPORT(interface, function) __attribute__((import_module(interface), import_name(function)))
#define EXPORT(function) __attribute__((export_name(function)))
#define TYPES "wasi:messaging/types@0.2.0-draft"
#define PRODUCER "wasi:messaging/producer@0.2.0-draft"
#define REQUEST_REPLY "wasi:messaging/request-reply@0.2.0-draft"
#define HANDLER "wasi:messaging/incoming-handler@0.2.0-draft"

// --- values as the canonical ABI lays them out in memory ----------------------------------------

typedef struct { const char *at; size_t length; } text;  // string, and list<u8>
typedef struct { text key, value; } pair;
typedef struct { const pair *at; size_t length; } pairs;  // metadata
typedef struct { uint8_t some; text value; } option_text;
typedef struct { uint8_t some; pairs value; } option_pairs;
typedef int32_t message, client, request_options;  // handles

enum { TIMEOUT, CONNECTION, PERMISSION_DENIED, OTHER };

// result<_, error>; also result<client, error>, whose handle stands where the error's kind does
typedef struct {
  uint8_t failed;
  union { uint8_t kind; client handle; };
  text words;
} outcome;

typedef struct {  // result<list<message>, error>
  uint8_t failed;
  union {
    struct { const message *at; size_t length; } replies;
    struct { uint8_t kind; text words; } error;
  };
} replies;

#define OK ((outcome){0})
#define TEXT(literal) ((text){literal, sizeof(literal) - 1})
#define OTHER_ERROR(literal) ((outcome){1, {OTHER}, TEXT(literal)})

// --- imports ------------------------------------------------------------------------------------

IMPORT(TYPES, "[static]client.connect") void client_connect_raw(const char *, size_t, outcome *);
IMPORT(TYPES, "[method]client.disconnect") void client_disconnect_raw(client, outcome *);
IMPORT(TYPES, "[resource-drop]client") void client_drop(client);
IMPORT(TYPES, "[constructor]message") message message_new_raw(const char *, size_t);
IMPORT(TYPES, "[resource-drop]message") void message_drop(message);
IMPORT(TYPES, "[method]message.topic") void message_topic_raw(message, option_text *);
IMPORT(TYPES, "[method]message.data") void message_data_raw(message, text *);
IMPORT(TYPES, "[method]message.set-data") void message_set_data_raw(message, const char *, size_t);
IMPORT(TYPES, "[method]message.content-type") void message_content_type_raw(message, option_text *);
IMPORT(TYPES, "[method]message.set-content-type")
void message_set_content_type_raw(message, const char *, size_t);
IMPORT(TYPES, "[method]message.metadata") void message_metadata_raw(message, option_pairs *);
IMPORT(TYPES, "[method]message.set-metadata")
void message_set_metadata_raw(message, const pair *, size_t);
IMPORT(TYPES, "[method]message.add-metadata")
void message_add_metadata_raw(message, const char *, size_t, const char *, size_t);
IMPORT(TYPES, "[method]message.remove-metadata")
void message_remove_metadata_raw(message, const char *, size_t);
IMPORT(PRODUCER, "send") void send_raw(client, const char *, size_t, message, outcome *);
IMPORT(REQUEST_REPLY, "[constructor]request-options") request_options request_options_new(void);
IMPORT(REQUEST_REPLY, "[method]request-options.set-timeout-ms")
void request_options_set_timeout_ms(request_options, uint32_t);
IMPORT(REQUEST_REPLY, "[method]request-options.set-expected-replies")
void request_options_set_expected_replies(request_options, uint32_t);
IMPORT(REQUEST_REPLY, "request")
void request_raw(client, const char *, size_t, message, int32_t, request_options, replies *);
IMPORT(REQUEST_REPLY, "reply") void reply_raw(message, message, outcome *);

static inline outcome client_connect(text name) {
  outcome it;
  client_connect_raw(name.at, name.length, &it);
  return it;
}
static inline outcome client_disconnect(client c) {
  outcome it;
  client_disconnect_raw(c, &it);
  return it;
}
static inline message message_new(text data) { return message_new_raw(data.at, data.length); }
static inline option_text message_topic(message m) {
  option_text it;
  message_topic_raw(m, &it);
  return it;
}
static inline text message_data(message m) {
  text it;
  message_data_raw(m, &it);
  return it;
}
static inline void message_set_data(message m, text d) { message_set_data_raw(m, d.at, d.length); }
static inline option_text message_content_type(message m) {
  option_text it;
  message_content_type_raw(m, &it);
  return it;
}
static inline void message_set_content_type(message m, text type) {
  message_set_content_type_raw(m, type.at, type.length);
}
static inline option_pairs message_metadata(message m) {
  option_pairs it;
  message_metadata_raw(m, &it);
  return it;
}
static inline void message_set_metadata(message m, pairs them) {
  message_set_metadata_raw(m, them.at, them.length);
}
static inline void message_add_metadata(message m, text key, text value) {
  message_add_metadata_raw(m, key.at, key.length, value.at, value.length);
}
static inline void message_remove_metadata(message m, text key) {
  message_remove_metadata_raw(m, key.at, key.length);
}
static inline outcome send(client c, text topic, message m) {  // takes the message
  outcome it;
  send_raw(c, topic.at, topic.length, m, &it);
  return it;
}
static inline replies request(client c, text topic, message m, request_options options) {
  replies it;  // takes the options
  request_raw(c, topic.at, topic.length, m, 1, options, &it);
  return it;
}
static inline outcome reply(message to, message m) {  // takes the second message
  outcome it;
  reply_raw(to, m, &it);
  return it;
}

// --- memory: a stack above the program's own, emptied before each message -------------------------

extern unsigned char __heap_base;
static uintptr_t heap_top;

static inline void memory_reset(void) { heap_top = (uintptr_t)&__heap_base; }

EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  if (!heap_top) memory_reset();
  uintptr_t at = (heap_top + align - 1) & ~(uintptr_t)(align - 1);
  heap_top = at + size;
  uintptr_t have = (uintptr_t)__builtin_wasm_memory_size(0) << 16;
  if (heap_top > have) {
    uintptr_t pages = (heap_top - have + 0xffff) >> 16;
    if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) __builtin_trap();
  }
  if (old_size) __builtin_memcpy((void *)at, old, old_size);
  return (void *)at;
}

static inline void *allocate(size_t size) { return cabi_realloc(NULL, 0, 8, size); }

// --- words ----------------------------------------------------------------------------------------

static inline bool same(text a, text b) {
  if (a.length != b.length) return false;
  for (size_t i = 0; i < a.length; i++)
    if (a.at[i] != b.at[i]) return false;
  return true;
}

static inline text number(uint64_t n) {
  char *at = allocate(20), *end = at + 20, *p = end;
  do *--p = (char)('0' + n % 10);
  while (n /= 10);
  return (text){p, (size_t)(end - p)};
}

static inline uint64_t parse_number(text t) {
  uint64_t n = 0;
  for (size_t i = 0; i < t.length; i++) n = n * 10 + (uint64_t)(t.at[i] - '0');
  return n;
}
