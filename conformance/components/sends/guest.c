// Sends to BASE.out, and neither asks nor answers: what the world messaging-core offers.
#include "../cases/cases.h"

static outcome handle(message in) {
  find_base(message_topic(in).value);
  message_drop(in);
  return say(TEXT("sent"));
}
