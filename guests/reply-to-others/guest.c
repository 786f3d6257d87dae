// Keeps the first message it gets. Handling the second it replies to one of its own and to a reply,
// which is ok and does nothing; to the one it kept, which is an error; and to the second.
#include "handler.h"

static message kept;

static outcome handle(message in) {
  if (!kept) {
    kept = in;
    return OK;
  }
  message own = message_new(TEXT(""));
  TRY(reply(own, message_new(TEXT("to its own"))));

  CONNECT(out);
  replies got = request(out, TEXT("question"), own, request_options_new());
  EXPECT(!got.failed && got.replies.length == 1);
  TRY(reply(got.replies.at[0], message_new(TEXT("to a reply"))));
  outcome late = reply(kept, message_new(TEXT("to an earlier one")));
  EXPECT(failed_with(late, OTHER));
  EXPECT(same(late.words, TEXT("a reply is possible only while its message is handled; this one "
                               "was kept from an earlier handling")));
  TRY(reply(in, message_new(TEXT("to this one"))));

  client_drop(out);
  message_drop(got.replies.at[0]);
  message_drop(own);
  message_drop(in);
  return OK;
}
