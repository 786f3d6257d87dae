//! Components of `wasmcloud:messaging`.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Folder, Host, WASMCLOUD, message};
use wasi_messaging_engine::{Answer, Event, Failure, Message, Outcome, inspect};

fn host() -> Host {
    Host::with(&Folder::new().artifact(WASMCLOUD), |_| {})
}

fn other(outcome: Outcome) -> String {
    match outcome {
        Outcome::Failed(Failure::Other(text)) => text,
        outcome => panic!("not error.other: {outcome:?}"),
    }
}

#[test]
fn what_it_imports_is_given() {
    let inspection = inspect(&Folder::new().artifact(WASMCLOUD)).unwrap();
    assert!(inspection.unmet.is_empty(), "{:?}", inspection.unmet);
}

#[test]
fn a_function_of_another_shape_is_not_given() {
    let text = WASMCLOUD.replace("\"publish\" (func (param \"msg\" $m)", "\"publish\" (func");
    let text = text.replace("(export \"publish\" (func $publish))", "");
    let text = text.replace(
        "(import \"m\" \"publish\" (func $publish (param i32 i32 i32 i32 i32 i32 i32 i32)))",
        "(func $publish (param i32 i32 i32 i32 i32 i32 i32 i32))",
    );
    let inspection = inspect(&Folder::new().artifact(&text)).unwrap();
    assert_eq!(
        inspection.unmet,
        [
            "wasmcloud:messaging/consumer@0.2.0 publish: the component wants \
             `func() -> result<_, string>`, this host gives \
             `func(msg: broker-message) -> result<_, string>`"
        ]
    );
}

#[test]
fn a_message_goes_out_by_the_client_default() {
    let mut host = host();
    assert_eq!(host.one("anything"), Outcome::Ok);
    let expected = Message {
        topic: Some("out".into()),
        data: "hello".into(),
        ..Message::default()
    };
    assert_eq!(host.sent(), [&expected]);
    let client = host.events.iter().find_map(|event| match event {
        Event::Send { client, .. } => Some(&**client),
        _ => None,
    });
    assert_eq!(client, Some("default"));
}

#[test]
fn what_is_published_to_the_reply_to_is_a_reply() {
    let mut host = host();
    for id in 1..3 {
        let outcomes = host.handle(vec![(id, message("r"))]);
        assert_eq!(outcomes, [Outcome::Ok]);
        let replies: Vec<_> = host
            .events
            .iter()
            .filter_map(|event| match event {
                Event::Reply {
                    handling, message, ..
                } => Some((*handling, &message.data[..])),
                _ => None,
            })
            .collect();
        assert_eq!(replies, [(id, &b"hello"[..])]);
        assert!(host.sent().is_empty());
    }
}

#[test]
fn its_text_is_an_other_error() {
    assert_eq!(other(host().one("f")), "hello");
}

#[test]
fn a_reply_to_cannot_be_sent() {
    let mut host = host();
    let text = other(host.one("t"));
    let (process, rest) = text
        .strip_prefix(
            "other: this host cannot send a message with a reply-to (\"wasi-messaging.reply.",
        )
        .and_then(|text| text.split_once('.'))
        .unwrap();
    assert!(u64::from_str_radix(process, 16).is_ok(), "{process}");
    assert_eq!(
        rest,
        "1\"): leave it out, or call `request`, which gives the answer itself"
    );
    assert!(host.sent().is_empty());
}

#[test]
fn an_error_of_the_host_is_its_kind_and_its_text() {
    let failures = [
        (Failure::Timeout, "timeout"),
        (Failure::Connection("gone".into()), "connection: gone"),
        (
            Failure::PermissionDenied("no".into()),
            "permission-denied: no",
        ),
        (Failure::Other("odd".into()), "other: odd"),
    ];
    let mut host = host();
    for (failure, words) in failures {
        let answer = |_: &Event| Some(Answer::Failed(failure.clone()));
        let outcome = host.handle_with(vec![(1, message("a"))], answer).remove(0);
        assert_eq!(other(outcome), words);
    }
}
