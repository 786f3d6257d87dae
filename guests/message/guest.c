// A message in the guest's hands: what it starts with, and that setters set.
#include "handler.h"

static bool has_data(message m, text expected) { return same(message_data(m), expected); }

static outcome new_message(void) {
  message made = message_new(TEXT("first\0\xff"));
  EXPECT(!message_topic(made).some);
  EXPECT(!message_content_type(made).some);
  EXPECT(!message_metadata(made).some);
  EXPECT(has_data(made, TEXT("first\0\xff")));

  message_set_data(made, TEXT(""));
  EXPECT(has_data(made, TEXT("")));
  message_set_data(made, TEXT("second"));
  EXPECT(has_data(made, TEXT("second")));
  EXPECT(has_data(made, TEXT("second")));

  message_set_content_type(made, TEXT("text/plain"));
  message_set_content_type(made, TEXT("text/csv"));
  EXPECT(same(message_content_type(made).value, TEXT("text/csv")));
  message_set_content_type(made, TEXT(""));  // not the same as never set
  EXPECT(message_content_type(made).some);
  EXPECT(message_content_type(made).value.length == 0);
  EXPECT(!message_topic(made).some);
  message_drop(made);
  return OK;
}

static outcome every_byte(void) {
  char bytes[256];
  for (int i = 0; i < 256; i++) bytes[i] = (char)i;
  message made = message_new((text){bytes, sizeof bytes});
  EXPECT(has_data(made, (text){bytes, sizeof bytes}));
  message_drop(made);
  return OK;
}

static outcome handle(message in) {
  TRY(new_message());
  TRY(every_byte());

  // What arrived may be changed, too: this is the guest's copy.
  EXPECT(same(message_topic(in).value, TEXT("in")));
  EXPECT(same(message_content_type(in).value, TEXT("text/plain")));
  message_set_data(in, TEXT("changed"));
  EXPECT(has_data(in, TEXT("changed")));
  EXPECT(same(message_topic(in).value, TEXT("in")));

  // … and sent on as it is, without a copy.
  CONNECT(out);
  TRY(send(out, TEXT("out"), in));
  client_drop(out);
  return OK;
}
