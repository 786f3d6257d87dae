// Connects as many clients as the body says, sends with each, disconnects every second one, and finds
// the others as they were.
#include "handler.h"

static outcome handle(message in) {
  size_t count = (size_t)parse_number(message_data(in));
  message_drop(in);
  client *clients = allocate(count * sizeof(client));
  for (size_t i = 0; i < count; i++) {
    CONNECT(out);
    clients[i] = out;
    TRY(send(out, TEXT("out"), message_new(number(i))));
  }
  for (size_t i = 0; i < count; i += 2) TRY(client_disconnect(clients[i]));
  for (size_t i = 0; i < count; i++) {
    outcome sent = send(clients[i], TEXT("out"), message_new(TEXT("again")));
    EXPECT(i % 2 ? !sent.failed : failed_with(sent, CONNECTION));
    client_drop(clients[i]);
  }
  return OK;
}
