// The cases of the conformance suite: a message on BASE.CASE plays CASE and tells BASE.out what it saw.
#include "cases.h"

static message copy_of(message in) {
  message made = message_new(message_data(in));
  option_text type = message_content_type(in);
  if (type.some) message_set_content_type(made, type.value);
  option_pairs metadata = message_metadata(in);
  if (metadata.some) message_set_metadata(made, metadata.value);
  return made;
}

// --- messages that came -----------------------------------------------------------------------------

CASE(echo) { return tell(copy_of(in)); }

CASE(forward) { return tell(in); }

CASE(forward_changed) {
  message_set_data(in, TEXT("changed"));
  message_set_content_type(in, TEXT("text/changed"));
  message_add_metadata(in, TEXT("added"), TEXT("yes"));
  return tell(in);
}

CASE(topic) { return say(case_of(message_topic(in).value)); }

CASE(data_twice) {
  return say(same(message_data(in), message_data(in)) ? TEXT("same") : TEXT("different"));
}

// --- messages of its own ------------------------------------------------------------------------------

static const pair mixed[] = {{TEXT("a"), TEXT("1")}, {TEXT("b"), TEXT("2")}, {TEXT("a"), TEXT("3")}};
static const pair single[] = {{TEXT("a"), TEXT("1")}};
static const pair odd[] = {{TEXT(""), TEXT("")},
                           {TEXT("ключ"), TEXT("wért 🦀")},
                           {TEXT("K"), TEXT("1")},
                           {TEXT("k"), TEXT("2")}};
#define PAIRS(array) ((pairs){array, sizeof(array) / sizeof(*array)})

CASE(new_message) { return describe(message_new(TEXT("data"))); }

CASE(new_topic) {
  return say(message_topic(message_new(TEXT("data"))).some ? TEXT("some") : TEXT("none"));
}

CASE(set_content_type) {
  message own = message_new(TEXT("data"));
  message_set_content_type(own, TEXT("text/a"));
  message_set_content_type(own, TEXT("text/b"));
  return describe(own);
}

CASE(set_content_type_empty) {
  message own = message_new(TEXT("data"));
  message_set_content_type(own, TEXT(""));
  return describe(own);
}

CASE(set_data) {
  message own = message_new(TEXT("data"));
  message_set_data(own, TEXT("other data"));
  return describe(own);
}

CASE(set_data_empty) {
  message own = message_new(TEXT("data"));
  message_set_data(own, TEXT(""));
  return describe(own);
}

CASE(large_data) {
  size_t size = 16 << 20;
  char *bytes = allocate(size);
  for (size_t i = 0; i < size; i++) bytes[i] = (char)(i % 251);
  text got = message_data(message_new((text){bytes, size}));
  if (got.length != size) return say(number(got.length));
  for (size_t i = 0; i < size; i++)
    if (got.at[i] != bytes[i]) return say(TEXT("different"));
  return say(number(got.length));
}

CASE(add_metadata) {
  message own = message_new(TEXT("data"));
  message_add_metadata(own, TEXT("a"), TEXT("1"));
  message_add_metadata(own, TEXT("b"), TEXT("2"));
  return describe(own);
}

CASE(add_metadata_replaces) {
  message own = message_new(TEXT("data"));
  message_set_metadata(own, PAIRS(mixed));
  message_add_metadata(own, TEXT("a"), TEXT("4"));
  return describe(own);
}

CASE(set_metadata) {
  message own = message_new(TEXT("data"));
  message_set_metadata(own, PAIRS(mixed));
  return describe(own);
}

CASE(set_metadata_replaces) {
  message own = message_new(TEXT("data"));
  message_add_metadata(own, TEXT("x"), TEXT("1"));
  message_set_metadata(own, PAIRS(single));
  return describe(own);
}

CASE(set_metadata_empty) {
  message own = message_new(TEXT("data"));
  message_set_metadata(own, (pairs){single, 0});
  return describe(own);
}

CASE(remove_metadata) {
  message own = message_new(TEXT("data"));
  message_set_metadata(own, PAIRS(mixed));
  message_remove_metadata(own, TEXT("a"));
  return describe(own);
}

CASE(remove_metadata_absent) {
  message own = message_new(TEXT("data"));
  message_set_metadata(own, PAIRS(single));
  message_remove_metadata(own, TEXT("z"));
  return describe(own);
}

CASE(remove_metadata_unset) {
  message own = message_new(TEXT("data"));
  message_remove_metadata(own, TEXT("z"));
  return describe(own);
}

CASE(remove_metadata_last) {
  message own = message_new(TEXT("data"));
  message_set_metadata(own, PAIRS(single));
  message_remove_metadata(own, TEXT("a"));
  return describe(own);
}

CASE(odd_metadata) {
  message own = message_new(TEXT("data"));
  message_set_metadata(own, PAIRS(odd));
  return describe(own);
}

CASE(large_metadata) {
  text key = repeated('k', 65536), value = repeated('v', 65536);
  message own = message_new(TEXT("data"));
  message_add_metadata(own, key, value);
  pair got = message_metadata(own).value.at[0];
  return say(same(got.key, key) && same(got.value, value) ? TEXT("same") : TEXT("different"));
}

CASE(many_metadata) {
  message own = message_new(TEXT("data"));
  for (uint64_t i = 0; i < 1000; i++) message_add_metadata(own, number(i), TEXT("v"));
  pairs got = message_metadata(own).value;
  return say(join(number(got.length), TEXT(" "), got.at[999].key));
}

// --- clients --------------------------------------------------------------------------------------------

CASE(connect) {
  outcome result = client_connect(TEXT("default"));
  return say(kind_of(result));
}

CASE(connect_unknown) { return say(kind_of(client_connect(TEXT("no-such-client")))); }

CASE(connect_empty) { return say(kind_of(client_connect(TEXT("")))); }

CASE(connect_twice) {
  CONNECT(one);
  CONNECT(other);
  TRY(send(one, out_topic, message_new(TEXT("one"))));
  return send(other, out_topic, message_new(TEXT("two")));
}

CASE(connect_many) {
  for (int i = 0; i < 999; i++) {
    CONNECT(kept);
    (void)kept;
  }
  CONNECT(last);
  return send(last, out_topic, message_new(TEXT("1000")));
}

CASE(disconnect_then_send) {
  CONNECT(gone);
  TRY(client_disconnect(gone));
  return say(kind_of(send(gone, out_topic, message_new(TEXT("lost")))));
}

CASE(disconnect_twice) {
  CONNECT(gone);
  TRY(client_disconnect(gone));
  return say(kind_of(client_disconnect(gone)));
}

CASE(disconnect_other) {
  CONNECT(gone);
  CONNECT(other);
  TRY(client_disconnect(gone));
  return send(other, out_topic, message_new(TEXT("other")));
}

CASE(reconnect) {
  CONNECT(gone);
  TRY(client_disconnect(gone));
  client_drop(gone);
  return say(TEXT("again"));
}

// --- sending --------------------------------------------------------------------------------------------

CASE(send_many) {
  CONNECT(out);
  for (uint64_t i = 0; i < 200; i++) TRY(send(out, out_topic, message_new(number(i))));
  return OK;
}

CASE(send_denied) {
  CONNECT(out);
  return say(kind_of(send(out, topic_of(TEXT("denied")), message_new(TEXT("x")))));
}

CASE(send_empty_topic) {
  CONNECT(out);
  return say(kind_of(send(out, TEXT(""), message_new(TEXT("x")))));
}

CASE(send_illegal_topic) {
  CONNECT(out);
  return say(kind_of(send(out, TEXT("no topic\r\n.*"), message_new(TEXT("x")))));
}

CASE(send_then_error) {
  TRY(say(TEXT("sent")));
  return OTHER_ERROR("after sending");
}

CASE(send_then_trap) {
  TRY(say(TEXT("sent")));
  __builtin_trap();
}

// --- outcomes -------------------------------------------------------------------------------------------

CASE(ok) { return OK; }
CASE(error_timeout) { return (outcome){1, {TIMEOUT}, {0}}; }
CASE(error_connection) { return (outcome){1, {CONNECTION}, message_data(in)}; }
CASE(error_permission_denied) { return (outcome){1, {PERMISSION_DENIED}, message_data(in)}; }
CASE(error_other) { return (outcome){1, {OTHER}, message_data(in)}; }
CASE(trap) { __builtin_trap(); }

CASE(spin) {
  for (volatile uint32_t i = 0;; i++) {}
}

CASE(memory_hog) {
  for (;;) {
    volatile char *block = allocate(1 << 20);
    for (size_t i = 0; i < 1 << 20; i += 4096) block[i] = 1;
  }
}

static uint64_t handled;

CASE(state) { return say(number(++handled)); }

CASE(fail_once) {
  if (handled++ == 0) return OTHER_ERROR("the first time");
  return say(TEXT("second"));
}

CASE(print) {
  print_line(TEXT("words on standard output\n"));
  return say(TEXT("printed"));
}

// --- asking ---------------------------------------------------------------------------------------------

CASE(ask) {
  CONNECT(out);
  message question = copy_of(in);
  replies got = request_raw_options(out, topic_of(TEXT("answer")), question);
  if (got.failed) return say(kind_of_replies(got));
  return describe(got.replies.at[0]);
}

CASE(ask_two) { return ask(TEXT("answer-twice"), TEXT("question"), 5000, 2, DATA); }
CASE(ask_three) { return ask(TEXT("answer-twice"), TEXT("question"), 300, 3, DATA); }
CASE(ask_never) { return ask(TEXT("answer-never"), TEXT("question"), 200, 1, COUNT); }
CASE(ask_nobody) { return ask(TEXT("nobody"), TEXT("question"), 500, 1, COUNT); }
CASE(ask_denied) { return ask(TEXT("denied"), TEXT("question"), 500, 1, COUNT); }
CASE(ask_zero) { return ask(TEXT("answer"), TEXT("question"), 500, 0, COUNT); }
CASE(ask_no_wait) { return ask(TEXT("answer-never"), TEXT("question"), 0, 1, COUNT); }
CASE(ask_trap) { return ask(TEXT("answer-trap"), TEXT("question"), 500, 1, COUNT); }
CASE(ask_error) { return ask(TEXT("answer-error"), TEXT("question"), 500, 1, COUNT); }
CASE(ask_chain) { return ask(TEXT("chain-one"), TEXT("0"), 5000, 1, DATA); }
CASE(ask_goes_on) { return ask(TEXT("answer-goes-on"), TEXT("question"), 5000, 1, DATA); }

CASE(ask_topic) {
  replies got = request_one(TEXT("answer"), TEXT("question"), 5000);
  if (got.failed) return say(kind_of_replies(got));
  return say(message_topic(got.replies.at[0]).some ? TEXT("some") : TEXT("none"));
}

CASE(ask_borrowed) {
  CONNECT(out);
  message own = message_new(TEXT("kept"));
  replies got = request_raw_options(out, topic_of(TEXT("answer")), own);
  if (got.failed) return say(kind_of_replies(got));
  message_add_metadata(own, TEXT("asked"), TEXT("yes"));
  return tell(own);
}

CASE(ask_late) {
  replies first = request_one(TEXT("answer-late"), TEXT("one"), 150);
  if (!first.failed) return say(TEXT("too early"));
  return ask(TEXT("answer-late"), TEXT("two"), 5000, 1, DATA);
}

CASE(ask_many) {
  for (uint64_t i = 0; i < 50; i++) {
    replies got = request_one(TEXT("answer"), number(i), 5000);
    if (got.failed) return say(kind_of_replies(got));
    if (!same(message_data(got.replies.at[0]), number(i))) return say(TEXT("mixed up"));
    message_drop(got.replies.at[0]);
  }
  return say(TEXT("50"));
}

CASE(ask_itself) {
  if (same(message_data(in), TEXT("answer"))) return reply(in, message_new(TEXT("myself")));
  return ask(TEXT("ask-itself"), TEXT("answer"), 1000, 1, DATA);
}

// --- answering ------------------------------------------------------------------------------------------

CASE(answer) { return reply(in, copy_of(in)); }

CASE(answer_twice) {
  TRY(reply(in, message_new(TEXT("first"))));
  return reply(in, message_new(TEXT("second")));
}

CASE(answer_never) { return OK; }
CASE(answer_trap) { __builtin_trap(); }
CASE(answer_error) { return OTHER_ERROR("no answer"); }

CASE(answer_late) {
  request_one(TEXT("answer-never"), TEXT("wait"), 400);
  return reply(in, copy_of(in));
}

CASE(answer_goes_on) {
  TRY(reply(in, message_new(TEXT("reply"))));
  return say(TEXT("went on"));
}

CASE(chain_one) {
  replies got = request_one(TEXT("chain-two"), join(message_data(in), TEXT(" "), TEXT("1")), 5000);
  if (got.failed) return OTHER_ERROR("the chain is broken");
  return reply(in, message_new(message_data(got.replies.at[0])));
}

CASE(chain_two) { return reply(in, message_new(join(message_data(in), TEXT(" "), TEXT("2")))); }

CASE(reply_no_address) { return say(kind_of(reply(in, message_new(TEXT("to nobody"))))); }

CASE(reply_to_own) {
  return say(kind_of(reply(message_new(TEXT("own")), message_new(TEXT("to nobody")))));
}

// --- handles: what only a language without ownership can do wrong ----------------------------------------

static message kept;

CASE(keep) {
  if (kept) return say(message_data(kept));
  kept = in;
  return OK;
}

CASE(send_twice) {
  CONNECT(out);
  message own = message_new(TEXT("once"));
  TRY(send(out, out_topic, own));
  return send(out, out_topic, own);
}

CASE(use_sent) {
  CONNECT(out);
  message own = message_new(TEXT("once"));
  TRY(send(out, out_topic, own));
  message_data(own);
  return OK;
}

CASE(use_dropped) {
  message_drop(in);
  message_data(in);
  return OK;
}

CASE(drop_twice) {
  message_drop(in);
  message_drop(in);
  return OK;
}

CASE(drop_client_twice) {
  CONNECT(out);
  client_drop(out);
  client_drop(out);
  return OK;
}

CASE(unknown_handle) {
  message_data(123456);
  return OK;
}

CASE(client_as_message) {
  CONNECT(out);
  message_data(out);
  return OK;
}

CASE(out_of_bounds) {
  message_new((text){(const char *)0xfffffff0, 32});
  return OK;
}

CASE(topic_not_utf8) {
  CONNECT(out);
  return send(out, TEXT("\xff\xfe"), message_new(TEXT("x")));
}

static const struct { text name; outcome (*play)(message); } cases[] = {
  NAMED("echo", echo), NAMED("forward", forward), NAMED("forward-changed", forward_changed),
  NAMED("topic", topic), NAMED("data-twice", data_twice), NAMED("new-message", new_message),
  NAMED("new-topic", new_topic), NAMED("set-content-type", set_content_type),
  NAMED("set-content-type-empty", set_content_type_empty), NAMED("set-data", set_data),
  NAMED("set-data-empty", set_data_empty), NAMED("large-data", large_data),
  NAMED("add-metadata", add_metadata), NAMED("add-metadata-replaces", add_metadata_replaces),
  NAMED("set-metadata", set_metadata), NAMED("set-metadata-replaces", set_metadata_replaces),
  NAMED("set-metadata-empty", set_metadata_empty), NAMED("remove-metadata", remove_metadata),
  NAMED("remove-metadata-absent", remove_metadata_absent),
  NAMED("remove-metadata-unset", remove_metadata_unset),
  NAMED("remove-metadata-last", remove_metadata_last), NAMED("odd-metadata", odd_metadata),
  NAMED("large-metadata", large_metadata), NAMED("many-metadata", many_metadata),
  NAMED("connect", connect), NAMED("connect-unknown", connect_unknown),
  NAMED("connect-empty", connect_empty), NAMED("connect-twice", connect_twice),
  NAMED("connect-many", connect_many), NAMED("disconnect-then-send", disconnect_then_send),
  NAMED("disconnect-twice", disconnect_twice), NAMED("disconnect-other", disconnect_other),
  NAMED("reconnect", reconnect), NAMED("send-many", send_many), NAMED("send-denied", send_denied),
  NAMED("send-empty-topic", send_empty_topic), NAMED("send-illegal-topic", send_illegal_topic),
  NAMED("send-then-error", send_then_error), NAMED("send-then-trap", send_then_trap),
  NAMED("ok", ok), NAMED("error-timeout", error_timeout),
  NAMED("error-connection", error_connection),
  NAMED("error-permission-denied", error_permission_denied), NAMED("error-other", error_other),
  NAMED("trap", trap), NAMED("spin", spin), NAMED("memory-hog", memory_hog), NAMED("state", state),
  NAMED("fail-once", fail_once), NAMED("print", print), NAMED("ask", ask), NAMED("ask-two", ask_two),
  NAMED("ask-three", ask_three), NAMED("ask-never", ask_never), NAMED("ask-nobody", ask_nobody),
  NAMED("ask-denied", ask_denied), NAMED("ask-zero", ask_zero), NAMED("ask-no-wait", ask_no_wait),
  NAMED("ask-trap", ask_trap), NAMED("ask-error", ask_error), NAMED("ask-chain", ask_chain),
  NAMED("ask-goes-on", ask_goes_on), NAMED("ask-topic", ask_topic),
  NAMED("ask-borrowed", ask_borrowed), NAMED("ask-late", ask_late), NAMED("ask-many", ask_many),
  NAMED("ask-itself", ask_itself), NAMED("answer", answer), NAMED("answer-twice", answer_twice),
  NAMED("answer-never", answer_never), NAMED("answer-trap", answer_trap),
  NAMED("answer-error", answer_error), NAMED("answer-late", answer_late),
  NAMED("answer-goes-on", answer_goes_on), NAMED("chain-one", chain_one),
  NAMED("chain-two", chain_two), NAMED("reply-no-address", reply_no_address),
  NAMED("reply-to-own", reply_to_own), NAMED("keep", keep), NAMED("send-twice", send_twice),
  NAMED("use-sent", use_sent), NAMED("use-dropped", use_dropped), NAMED("drop-twice", drop_twice),
  NAMED("drop-client-twice", drop_client_twice), NAMED("unknown-handle", unknown_handle),
  NAMED("client-as-message", client_as_message), NAMED("out-of-bounds", out_of_bounds),
  NAMED("topic-not-utf8", topic_not_utf8),
};

static outcome handle(message in) {
  find_base(message_topic(in).value);
  for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
    if (same(case_name, cases[i].name)) return cases[i].play(in);
  return OTHER_ERROR("there is no such case");
}
