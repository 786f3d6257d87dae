// The body says "PAIRS BYTES": sends so many pairs of metadata, each with a value of so many bytes and
// a key of one, to "out"; returns the error of the send.
#include "handler.h"

static outcome handle(message in) {
  text body = message_data(in);
  message_drop(in);
  size_t space = 0;
  while (space < body.length && body.at[space] != ' ') space++;
  EXPECT(space < body.length);
  size_t count = (size_t)parse_number((text){body.at, space});
  size_t size = (size_t)parse_number((text){body.at + space + 1, body.length - space - 1});

  char *value = allocate(size);
  for (size_t i = 0; i < size; i++) value[i] = 'v';
  pair *all = allocate(count * sizeof(pair));
  for (size_t i = 0; i < count; i++) all[i] = (pair){TEXT("k"), {value, size}};
  message made = message_new(TEXT(""));
  message_set_metadata(made, (pairs){all, count});

  CONNECT(out);
  outcome sent = send(out, TEXT("out"), made);
  client_drop(out);
  return sent;
}
