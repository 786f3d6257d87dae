// After disconnect a client is of no use; a new one is. A client may also just be dropped.
#include "handler.h"

static outcome handle(message in) {
  message_drop(in);
  CONNECT(first);
  CONNECT(second);
  TRY(send(first, TEXT("out"), message_new(TEXT("before"))));
  TRY(client_disconnect(first));
  EXPECT(failed_with(send(first, TEXT("out"), message_new(TEXT("after"))), CONNECTION));
  client_disconnect(first);
  EXPECT(failed_with(send(first, TEXT("out"), message_new(TEXT("still after"))), CONNECTION));

  // Handles are independent of each other.
  TRY(send(second, TEXT("out"), message_new(TEXT("second"))));
  client_drop(first);
  TRY(send(second, TEXT("out"), message_new(TEXT("second again"))));
  client_drop(second);

  CONNECT(third);
  TRY(send(third, TEXT("out"), message_new(TEXT("third"))));
  client_drop(third);
  return OK;
}
