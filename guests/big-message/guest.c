// Sends a body of as many bytes as the body it got says; one over the limit fails with error.other.
#include "handler.h"

static outcome handle(message in) {
  size_t size = (size_t)parse_number(message_data(in));
  message_drop(in);
  char *body = allocate(size);
  for (size_t i = 0; i < size; i++) body[i] = 'x';
  message big = message_new(TEXT("small"));
  message_set_data(big, (text){body, size});
  EXPECT(same(message_data(big), (text){body, size}));
  CONNECT(out);
  outcome sent = send(out, TEXT("out"), big);
  client_drop(out);
  return sent;
}
