// Counts the messages it has seen and sends the count to "out".
#include "handler.h"

static uint32_t count;

static outcome handle(message in) {
  message_drop(in);
  CONNECT(out);
  TRY(send(out, TEXT("out"), message_new(number(++count))));
  client_drop(out);
  return OK;
}
