// Imports nothing but `types`: takes a message whose body is "expected" and refuses others.
#include "handler.h"

static outcome handle(message in) {
  EXPECT(same(message_data(in), TEXT("expected")));
  message_drop(in);
  return OK;
}
