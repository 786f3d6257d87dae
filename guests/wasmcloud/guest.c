// A component of wasmcloud:messaging@0.2.0. It does what the subject says:
//   "publish" sends the body to "out"; "fail" fails with it; "forward" tries a reply-to of its own
//   "ask" sends the body to "question" as a request and what is answered to "out"; it waits for half
//   a second, and for "ask-long" a minute
//   "question" answers the body with "you asked: " before it, twice
//   "keep" keeps the reply-to; "late" answers to what was kept
#include "messaging.h"

#define CONSUMER "wasmcloud:messaging/consumer@0.2.0"
#define WASMCLOUD_HANDLER "wasmcloud:messaging/handler@0.2.0"

typedef struct { text subject, body; option_text reply_to; } broker_message;
typedef struct { uint8_t failed; text words; } done;  // result<_, string>
typedef struct {                                      // result<broker-message, string>
  uint8_t failed;
  union { text words; broker_message answer; };
} answered;

IMPORT(CONSUMER, "publish")
void publish_raw(const char *, size_t, const char *, size_t, int32_t, const char *, size_t, done *);
IMPORT(CONSUMER, "request")
void ask_raw(const char *, size_t, const char *, size_t, uint32_t, answered *);

static done publish(text subject, text body, option_text to) {
  done it;
  publish_raw(subject.at, subject.length, body.at, body.length, to.some, to.value.at,
              to.value.length, &it);
  return it;
}

static answered ask(text subject, text body, uint32_t timeout_ms) {
  answered it;
  ask_raw(subject.at, subject.length, body.at, body.length, timeout_ms, &it);
  return it;
}

static const option_text none = {0};
static char kept[100];
static size_t kept_length;

static text join(text a, text b) {
  char *at = allocate(a.length + b.length);
  __builtin_memcpy(at, a.at, a.length);
  __builtin_memcpy(at + a.length, b.at, b.length);
  return (text){at, a.length + b.length};
}

static done handle_message(broker_message in) {
  if (same(in.subject, TEXT("fail"))) return (done){1, in.body};
  if (same(in.subject, TEXT("forward"))) return publish(TEXT("out"), in.body, in.reply_to);
  bool patient = same(in.subject, TEXT("ask-long"));
  if (patient || same(in.subject, TEXT("ask"))) {
    answered it = ask(TEXT("question"), in.body, patient ? 60000 : 500);
    if (it.failed) return (done){1, it.words};
    if (it.answer.reply_to.some) return (done){1, TEXT("an answer has a reply-to")};
    return publish(TEXT("out"), it.answer.body, none);
  }
  if (same(in.subject, TEXT("question"))) {
    if (!in.reply_to.some) return (done){1, TEXT("no reply-to")};
    done first = publish(in.reply_to.value, join(TEXT("you asked: "), in.body), none);
    return first.failed ? first : publish(in.reply_to.value, TEXT("once more"), none);
  }
  if (same(in.subject, TEXT("keep"))) {
    kept_length = in.reply_to.value.length;
    __builtin_memcpy(kept, in.reply_to.value.at, kept_length);
    return (done){0};
  }
  if (same(in.subject, TEXT("late"))) return publish((text){kept, kept_length}, in.body, none);
  return publish(TEXT("out"), in.body, none);
}

EXPORT(WASMCLOUD_HANDLER "#handle-message")
done *export_handle_message(char *subject, size_t subject_length, char *body, size_t body_length,
                            int32_t some, char *to, size_t to_length) {
  static done result;
  result = handle_message((broker_message){{subject, subject_length}, {body, body_length},
                                           {(uint8_t)some, {to, to_length}}});
  memory_reset();
  return &result;
}
