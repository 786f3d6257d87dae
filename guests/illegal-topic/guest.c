// Topics that no message can be published to; each send fails with error.other.
#include "handler.h"

static outcome handle(message in) {
  message_drop(in);
  CONNECT(out);
  EXPECT(failed_with(send(out, TEXT(""), message_new(TEXT("empty"))), OTHER));
  EXPECT(failed_with(send(out, TEXT("with space"), message_new(TEXT("space"))), OTHER));
  EXPECT(failed_with(send(out, TEXT("with\nnewline"), message_new(TEXT("newline"))), OTHER));
  EXPECT(failed_with(send(out, TEXT("all.*"), message_new(TEXT("wildcard"))), OTHER));
  EXPECT(failed_with(send(out, TEXT("all.>"), message_new(TEXT("wildcard"))), OTHER));
  EXPECT(failed_with(send(out, TEXT("two..dots"), message_new(TEXT("empty token"))), OTHER));
  EXPECT(failed_with(send(out, TEXT(".start"), message_new(TEXT("empty token"))), OTHER));
  EXPECT(failed_with(send(out, TEXT("end."), message_new(TEXT("empty token"))), OTHER));
  TRY(send(out, TEXT("legal"), message_new(TEXT("legal"))));
  client_drop(out);
  return OK;
}
