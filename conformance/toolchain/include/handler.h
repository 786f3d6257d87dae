// A guest that handles messages: include this and define `static outcome handle(message in);`.
#pragma once
#include "messaging.h"

static outcome handle(message in);

EXPORT(HANDLER "#handle") outcome *export_handle(message in) {
  static outcome result;
  memory_reset();
  result = handle(in);
  return &result;
}

// The guest asserts, its host arranges: what does not hold comes back as error.other with its text.
#define EXPECT(condition)                                                      \
  do {                                                                         \
    if (!(condition)) return OTHER_ERROR("not so: " #condition);               \
  } while (0)

#define TRY(expression)                                                        \
  do {                                                                         \
    outcome tried = (expression);                                              \
    if (tried.failed) return tried;                                            \
  } while (0)

// Connects the client "default" or returns its error.
#define CONNECT(variable)                                                      \
  outcome variable##_result = client_connect(TEXT("default"));                 \
  if (variable##_result.failed) return variable##_result;                      \
  client variable = variable##_result.handle

static inline bool failed_with(outcome result, uint8_t kind) {
  return result.failed && result.kind == kind;
}
