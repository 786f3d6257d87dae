// What was not granted is denied, whichever way; "granted.>" of "default" is granted.
#include "handler.h"

static outcome handle(message in) {
  message_drop(in);
  outcome unknown = client_connect(TEXT("unknown"));
  outcome secret = client_connect(TEXT("secret"));
  EXPECT(failed_with(unknown, PERMISSION_DENIED));
  EXPECT(failed_with(secret, PERMISSION_DENIED));

  CONNECT(out);
  EXPECT(failed_with(send(out, TEXT("other"), message_new(TEXT("denied"))), PERMISSION_DENIED));
  EXPECT(failed_with(send(out, TEXT("granted"), message_new(TEXT("denied"))), PERMISSION_DENIED));
  EXPECT(failed_with(send(out, TEXT("GRANTED.a"), message_new(TEXT("denied"))), PERMISSION_DENIED));
  TRY(send(out, TEXT("granted.a"), message_new(TEXT("allowed"))));
  TRY(send(out, TEXT("granted.a.b"), message_new(TEXT("allowed"))));
  client_drop(out);
  return OK;
}
