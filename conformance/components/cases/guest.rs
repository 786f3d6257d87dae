//! The cases of the conformance suite: a message on BASE.CASE plays CASE, BASE.out hears of it.
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::bindings::exports::wasi::messaging::incoming_handler::Guest;
use crate::bindings::wasi::cli::stdout::get_stdout;
use crate::bindings::wasi::messaging::producer;
use crate::bindings::wasi::messaging::request_reply::{self, RequestOptions};
use crate::bindings::wasi::messaging::types::{Client, Error, Message};

type Outcome = Result<(), Error>;
type Case = fn(&Base, Message) -> Outcome;
type Pairs<'a> = &'a [(&'a str, &'a str)];

const MIXED: Pairs = &[("a", "1"), ("b", "2"), ("a", "3")];
const ODD: Pairs = &[("", ""), ("ключ", "wért 🦀"), ("K", "1"), ("k", "2")];

static HANDLED: AtomicU32 = AtomicU32::new(0);

// --- words ----------------------------------------------------------------------------------

fn kind_of<T>(result: Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(Error::Timeout) => "timeout",
        Err(Error::Connection(_)) => "connection",
        Err(Error::PermissionDenied(_)) => "permission-denied",
        Err(Error::Other(_)) => "other",
    }
}

fn other(words: &str) -> Outcome {
    Err(Error::Other(words.into()))
}

fn text(data: Vec<u8>) -> String {
    String::from_utf8(data).expect("data is text")
}

fn only(replies: Vec<Message>) -> Message {
    let [reply] = replies.try_into().expect("one reply");
    reply
}

fn connect_default() -> Result<Client, Error> {
    Client::connect("default")
}

fn copy_of(message: &Message) -> Message {
    let copy = Message::new(&message.data());
    if let Some(content_type) = message.content_type() {
        copy.set_content_type(&content_type);
    }
    if let Some(metadata) = message.metadata() {
        copy.set_metadata(&metadata);
    }
    copy
}

fn set_pairs(message: &Message, pairs: Pairs) {
    let owned: Vec<_> = pairs
        .iter()
        .map(|&(key, value)| (key.into(), value.into()))
        .collect();
    message.set_metadata(&owned);
}

/// The topic that the message came from, without the case.
struct Base<'a>(&'a str);

impl Base<'_> {
    fn topic_of(&self, case: &str) -> String {
        format!("{}.{case}", self.0)
    }

    fn send(&self, client: &Client, case: &str, message: Message) -> Outcome {
        producer::send(client, &self.topic_of(case), message)
    }

    fn tell(&self, message: Message) -> Outcome {
        self.send(&connect_default()?, "out", message)
    }

    fn say(&self, words: &str) -> Outcome {
        self.tell(Message::new(words.as_bytes()))
    }

    /// "data=DATA type=none metadata=none"; "(TYPE)", "empty" or "(KEY=VALUE)(KEY=VALUE)".
    fn describe(&self, message: &Message) -> Outcome {
        let kind = match message.content_type() {
            None => "none".into(),
            Some(content_type) => format!("({content_type})"),
        };
        let pairs = match message.metadata() {
            None => "none".into(),
            Some(metadata) if metadata.is_empty() => "empty".into(),
            Some(metadata) => metadata
                .iter()
                .map(|(key, value)| format!("({key}={value})"))
                .collect::<String>(),
        };
        let data = text(message.data());
        self.say(&format!("data={data} type={kind} metadata={pairs}"))
    }

    fn request(
        &self,
        case: &str,
        data: &str,
        milliseconds: u32,
        expected: u32,
    ) -> Result<Vec<Message>, Error> {
        let options = RequestOptions::new();
        options.set_timeout_ms(milliseconds);
        options.set_expected_replies(expected);
        let question = Message::new(data.as_bytes());
        request_reply::request(
            &connect_default()?,
            &self.topic_of(case),
            &question,
            Some(options),
        )
    }

    fn request_plainly(&self, case: &str, question: &Message) -> Result<Vec<Message>, Error> {
        request_reply::request(&connect_default()?, &self.topic_of(case), question, None)
    }

    /// Asks, and tells the data of each reply; or the kind of the error.
    fn tell_data(&self, case: &str, data: &str, milliseconds: u32, expected: u32) -> Outcome {
        match self.request(case, data, milliseconds, expected) {
            Ok(replies) => replies
                .into_iter()
                .try_for_each(|reply| self.say(&text(reply.data()))),
            failed => self.say(kind_of(failed)),
        }
    }

    /// Asks, and tells how many replies came; or the kind of the error.
    fn tell_count(&self, case: &str, milliseconds: u32, expected: u32) -> Outcome {
        match self.request(case, "question", milliseconds, expected) {
            Ok(replies) => self.say(&format!("{} replies", replies.len())),
            failed => self.say(kind_of(failed)),
        }
    }
}

// --- messages that came ---------------------------------------------------------------------

fn echo(base: &Base, message: Message) -> Outcome {
    base.tell(copy_of(&message))
}

fn forward(base: &Base, message: Message) -> Outcome {
    base.tell(message)
}

fn forward_changed(base: &Base, message: Message) -> Outcome {
    message.set_data(b"changed");
    message.set_content_type("text/changed");
    message.add_metadata("added", "yes");
    base.tell(message)
}

fn topic(base: &Base, message: Message) -> Outcome {
    let topic = message.topic().unwrap_or_default();
    base.say(topic.rsplit('.').next().unwrap_or_default())
}

fn data_twice(base: &Base, message: Message) -> Outcome {
    base.say(if message.data() == message.data() {
        "same"
    } else {
        "different"
    })
}

// --- messages of its own ----------------------------------------------------------------------

fn new_message(base: &Base, _: Message) -> Outcome {
    base.describe(&Message::new(b"data"))
}

fn new_topic(base: &Base, _: Message) -> Outcome {
    base.say(if Message::new(b"data").topic().is_none() {
        "none"
    } else {
        "some"
    })
}

fn set_content_type(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    own.set_content_type("text/a");
    own.set_content_type("text/b");
    base.describe(&own)
}

fn set_content_type_empty(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    own.set_content_type("");
    base.describe(&own)
}

fn set_data(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    own.set_data(b"other data");
    base.describe(&own)
}

fn set_data_empty(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    own.set_data(b"");
    base.describe(&own)
}

fn large_data(base: &Base, _: Message) -> Outcome {
    let data: Vec<u8> = (0..251).cycle().take(16 << 20).collect();
    let got = Message::new(&data).data();
    if got == data {
        base.say(&got.len().to_string())
    } else {
        base.say("different")
    }
}

fn add_metadata(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    own.add_metadata("a", "1");
    own.add_metadata("b", "2");
    base.describe(&own)
}

fn add_metadata_replaces(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    set_pairs(&own, MIXED);
    own.add_metadata("a", "4");
    base.describe(&own)
}

fn set_metadata(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    set_pairs(&own, MIXED);
    base.describe(&own)
}

fn set_metadata_replaces(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    own.add_metadata("x", "1");
    set_pairs(&own, &[("a", "1")]);
    base.describe(&own)
}

fn set_metadata_empty(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    set_pairs(&own, &[]);
    base.describe(&own)
}

fn remove_metadata(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    set_pairs(&own, MIXED);
    own.remove_metadata("a");
    base.describe(&own)
}

fn remove_metadata_absent(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    set_pairs(&own, &[("a", "1")]);
    own.remove_metadata("z");
    base.describe(&own)
}

fn remove_metadata_unset(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    own.remove_metadata("z");
    base.describe(&own)
}

fn remove_metadata_last(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    set_pairs(&own, &[("a", "1")]);
    own.remove_metadata("a");
    base.describe(&own)
}

fn odd_metadata(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    set_pairs(&own, ODD);
    base.describe(&own)
}

fn large_metadata(base: &Base, _: Message) -> Outcome {
    let (key, value) = ("k".repeat(65536), "v".repeat(65536));
    let own = Message::new(b"data");
    own.add_metadata(&key, &value);
    let same = own.metadata() == Some(vec![(key, value)]);
    base.say(if same { "same" } else { "different" })
}

fn many_metadata(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"data");
    for number in 0..1000 {
        own.add_metadata(&number.to_string(), "v");
    }
    let pairs = own.metadata().unwrap_or_default();
    base.say(&format!("{} {}", pairs.len(), pairs[999].0))
}

// --- clients ------------------------------------------------------------------------------------

fn connect(base: &Base, _: Message) -> Outcome {
    base.say(kind_of(Client::connect("default")))
}

fn connect_unknown(base: &Base, _: Message) -> Outcome {
    base.say(kind_of(Client::connect("no-such-client")))
}

fn connect_empty(base: &Base, _: Message) -> Outcome {
    base.say(kind_of(Client::connect("")))
}

fn connect_twice(base: &Base, _: Message) -> Outcome {
    let (one, other) = (connect_default()?, connect_default()?);
    base.send(&one, "out", Message::new(b"one"))?;
    base.send(&other, "out", Message::new(b"two"))
}

fn connect_many(base: &Base, _: Message) -> Outcome {
    let clients = (0..1000)
        .map(|_| connect_default())
        .collect::<Result<Vec<_>, _>>()?;
    let count = Message::new(clients.len().to_string().as_bytes());
    base.send(&clients[clients.len() - 1], "out", count)
}

fn disconnect_then_send(base: &Base, _: Message) -> Outcome {
    let gone = connect_default()?;
    gone.disconnect()?;
    base.say(kind_of(base.send(&gone, "out", Message::new(b"lost"))))
}

fn disconnect_twice(base: &Base, _: Message) -> Outcome {
    let gone = connect_default()?;
    gone.disconnect()?;
    base.say(kind_of(gone.disconnect()))
}

fn disconnect_other(base: &Base, _: Message) -> Outcome {
    let (gone, other) = (connect_default()?, connect_default()?);
    gone.disconnect()?;
    base.send(&other, "out", Message::new(b"other"))
}

fn reconnect(base: &Base, _: Message) -> Outcome {
    connect_default()?.disconnect()?;
    base.say("again")
}

// --- sending ------------------------------------------------------------------------------------

fn send_many(base: &Base, _: Message) -> Outcome {
    let out = connect_default()?;
    (0..200).try_for_each(|number: u32| {
        base.send(&out, "out", Message::new(number.to_string().as_bytes()))
    })
}

fn say_kind_of_send(base: &Base, to: &str) -> Outcome {
    let sent = producer::send(&connect_default()?, to, Message::new(b"x"));
    base.say(kind_of(sent))
}

fn send_denied(base: &Base, _: Message) -> Outcome {
    say_kind_of_send(base, &base.topic_of("denied"))
}

fn send_empty_topic(base: &Base, _: Message) -> Outcome {
    say_kind_of_send(base, "")
}

fn send_illegal_topic(base: &Base, _: Message) -> Outcome {
    say_kind_of_send(base, "no topic\r\n.*")
}

fn send_then_error(base: &Base, _: Message) -> Outcome {
    base.say("sent")?;
    other("after sending")
}

fn send_then_trap(base: &Base, _: Message) -> Outcome {
    base.say("sent")?;
    panic!("after sending")
}

// --- outcomes -----------------------------------------------------------------------------------

fn ok(_: &Base, _: Message) -> Outcome {
    Ok(())
}

fn error_timeout(_: &Base, _: Message) -> Outcome {
    Err(Error::Timeout)
}

fn error_connection(_: &Base, message: Message) -> Outcome {
    Err(Error::Connection(text(message.data())))
}

fn error_permission_denied(_: &Base, message: Message) -> Outcome {
    Err(Error::PermissionDenied(text(message.data())))
}

fn error_other(_: &Base, message: Message) -> Outcome {
    Err(Error::Other(text(message.data())))
}

fn trap(_: &Base, _: Message) -> Outcome {
    panic!("a trap")
}

fn spin(_: &Base, _: Message) -> Outcome {
    loop {
        std::hint::spin_loop();
    }
}

fn memory_hog(_: &Base, _: Message) -> Outcome {
    let mut blocks = Vec::new();
    loop {
        // The compiler may not see that nobody reads them.
        blocks.push(black_box(vec![1_u8; 1 << 20]));
    }
}

fn state(base: &Base, _: Message) -> Outcome {
    let handled = HANDLED.fetch_add(1, Ordering::Relaxed) + 1;
    base.say(&handled.to_string())
}

fn fail_once(base: &Base, _: Message) -> Outcome {
    if HANDLED.fetch_add(1, Ordering::Relaxed) == 0 {
        return other("the first time");
    }
    base.say("second")
}

fn print(base: &Base, _: Message) -> Outcome {
    // `println!` goes nowhere on wasm32-unknown-unknown.
    let written = get_stdout().blocking_write_and_flush(b"words on standard output\n");
    written.expect("standard output takes words");
    base.say("printed")
}

// --- asking -------------------------------------------------------------------------------------

fn ask(base: &Base, message: Message) -> Outcome {
    let replies = base.request_plainly("answer", &copy_of(&message))?;
    base.describe(&replies[0])
}

fn ask_two(base: &Base, _: Message) -> Outcome {
    base.tell_data("answer-twice", "question", 5000, 2)
}

fn ask_three(base: &Base, _: Message) -> Outcome {
    base.tell_data("answer-twice", "question", 300, 3)
}

fn ask_never(base: &Base, _: Message) -> Outcome {
    base.tell_count("answer-never", 200, 1)
}

fn ask_nobody(base: &Base, _: Message) -> Outcome {
    base.tell_count("nobody", 500, 1)
}

fn ask_denied(base: &Base, _: Message) -> Outcome {
    base.tell_count("denied", 500, 1)
}

fn ask_zero(base: &Base, _: Message) -> Outcome {
    base.tell_count("answer", 500, 0)
}

fn ask_no_wait(base: &Base, _: Message) -> Outcome {
    base.tell_count("answer-never", 0, 1)
}

fn ask_trap(base: &Base, _: Message) -> Outcome {
    base.tell_count("answer-trap", 500, 1)
}

fn ask_error(base: &Base, _: Message) -> Outcome {
    base.tell_count("answer-error", 500, 1)
}

fn ask_chain(base: &Base, _: Message) -> Outcome {
    base.tell_data("chain-one", "0", 5000, 1)
}

fn ask_goes_on(base: &Base, _: Message) -> Outcome {
    base.tell_data("answer-goes-on", "question", 5000, 1)
}

fn ask_topic(base: &Base, _: Message) -> Outcome {
    let reply = only(base.request("answer", "question", 5000, 1)?);
    base.say(if reply.topic().is_none() {
        "none"
    } else {
        "some"
    })
}

fn ask_borrowed(base: &Base, _: Message) -> Outcome {
    let own = Message::new(b"kept");
    base.request_plainly("answer", &own)?;
    own.add_metadata("asked", "yes");
    base.tell(own)
}

fn ask_late(base: &Base, _: Message) -> Outcome {
    if base.request("answer-late", "one", 150, 1).is_ok() {
        return base.say("too early");
    }
    base.tell_data("answer-late", "two", 5000, 1)
}

fn ask_many(base: &Base, _: Message) -> Outcome {
    for number in 0..50 {
        let question = number.to_string();
        let reply = only(base.request("answer", &question, 5000, 1)?);
        if reply.data() != question.as_bytes() {
            return base.say("mixed up");
        }
    }
    base.say("50")
}

fn ask_itself(base: &Base, message: Message) -> Outcome {
    if message.data() == b"answer" {
        return request_reply::reply(&message, Message::new(b"myself"));
    }
    base.tell_data("ask-itself", "answer", 1000, 1)
}

// --- answering ----------------------------------------------------------------------------------

fn answer(_: &Base, message: Message) -> Outcome {
    request_reply::reply(&message, copy_of(&message))
}

fn answer_twice(_: &Base, message: Message) -> Outcome {
    request_reply::reply(&message, Message::new(b"first"))?;
    request_reply::reply(&message, Message::new(b"second"))
}

fn answer_late(base: &Base, message: Message) -> Outcome {
    // Nobody answers this: it only takes its time.
    let _ = base.request("answer-never", "wait", 400, 1);
    request_reply::reply(&message, copy_of(&message))
}

fn answer_error(_: &Base, _: Message) -> Outcome {
    other("no answer")
}

fn answer_goes_on(base: &Base, message: Message) -> Outcome {
    request_reply::reply(&message, Message::new(b"reply"))?;
    base.say("went on")
}

fn chain_one(base: &Base, message: Message) -> Outcome {
    let question = text(message.data()) + " 1";
    let reply = only(base.request("chain-two", &question, 5000, 1)?);
    request_reply::reply(&message, Message::new(&reply.data()))
}

fn chain_two(_: &Base, message: Message) -> Outcome {
    let answer = text(message.data()) + " 2";
    request_reply::reply(&message, Message::new(answer.as_bytes()))
}

fn reply_no_address(base: &Base, message: Message) -> Outcome {
    base.say(kind_of(request_reply::reply(
        &message,
        Message::new(b"to nobody"),
    )))
}

fn reply_to_own(base: &Base, _: Message) -> Outcome {
    base.say(kind_of(request_reply::reply(
        &Message::new(b"own"),
        Message::new(b"to nobody"),
    )))
}

fn case_of(name: &str) -> Option<Case> {
    Some(match name {
        "echo" => echo,
        "forward" => forward,
        "forward-changed" => forward_changed,
        "topic" => topic,
        "data-twice" => data_twice,
        "new-message" => new_message,
        "new-topic" => new_topic,
        "set-content-type" => set_content_type,
        "set-content-type-empty" => set_content_type_empty,
        "set-data" => set_data,
        "set-data-empty" => set_data_empty,
        "large-data" => large_data,
        "add-metadata" => add_metadata,
        "add-metadata-replaces" => add_metadata_replaces,
        "set-metadata" => set_metadata,
        "set-metadata-replaces" => set_metadata_replaces,
        "set-metadata-empty" => set_metadata_empty,
        "remove-metadata" => remove_metadata,
        "remove-metadata-absent" => remove_metadata_absent,
        "remove-metadata-unset" => remove_metadata_unset,
        "remove-metadata-last" => remove_metadata_last,
        "odd-metadata" => odd_metadata,
        "large-metadata" => large_metadata,
        "many-metadata" => many_metadata,
        "connect" => connect,
        "connect-unknown" => connect_unknown,
        "connect-empty" => connect_empty,
        "connect-twice" => connect_twice,
        "connect-many" => connect_many,
        "disconnect-then-send" => disconnect_then_send,
        "disconnect-twice" => disconnect_twice,
        "disconnect-other" => disconnect_other,
        "reconnect" => reconnect,
        "send-many" => send_many,
        "send-denied" => send_denied,
        "send-empty-topic" => send_empty_topic,
        "send-illegal-topic" => send_illegal_topic,
        "send-then-error" => send_then_error,
        "send-then-trap" => send_then_trap,
        "ok" => ok,
        "error-timeout" => error_timeout,
        "error-connection" => error_connection,
        "error-permission-denied" => error_permission_denied,
        "error-other" => error_other,
        "trap" => trap,
        "spin" => spin,
        "memory-hog" => memory_hog,
        "state" => state,
        "fail-once" => fail_once,
        "print" => print,
        "ask" => ask,
        "ask-two" => ask_two,
        "ask-three" => ask_three,
        "ask-never" => ask_never,
        "ask-nobody" => ask_nobody,
        "ask-denied" => ask_denied,
        "ask-zero" => ask_zero,
        "ask-no-wait" => ask_no_wait,
        "ask-trap" => ask_trap,
        "ask-error" => ask_error,
        "ask-chain" => ask_chain,
        "ask-goes-on" => ask_goes_on,
        "ask-topic" => ask_topic,
        "ask-borrowed" => ask_borrowed,
        "ask-late" => ask_late,
        "ask-many" => ask_many,
        "ask-itself" => ask_itself,
        "answer" => answer,
        "answer-twice" => answer_twice,
        "answer-never" => ok,
        "answer-trap" => trap,
        "answer-error" => answer_error,
        "answer-late" => answer_late,
        "answer-goes-on" => answer_goes_on,
        "chain-one" => chain_one,
        "chain-two" => chain_two,
        "reply-no-address" => reply_no_address,
        "reply-to-own" => reply_to_own,
        _ => return None,
    })
}

pub struct Component;

impl Guest for Component {
    fn handle(message: Message) -> Outcome {
        let topic = message.topic().unwrap_or_default();
        let (base, name) = topic.rsplit_once('.').unwrap_or(("", &topic));
        match case_of(name) {
            Some(play) => play(&Base(base), message),
            None => other("there is no such case"),
        }
    }
}
