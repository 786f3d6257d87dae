//! What guests do with messages, and what comes of it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Host, message, trap};
use wasi_messaging_engine::{Answer, Event, Failure, Message, Outcome, RequestOptions};

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let pairs = pairs.iter().map(|(k, v)| ((*k).into(), (*v).into()));
    pairs.collect()
}

#[test]
fn echo_carries_data_content_type_and_metadata() {
    let mut host = Host::with_zoo(|_| {});
    let message = Message {
        content_type: Some("text/plain".into()),
        metadata: Some(pairs(&[
            ("a", "1"),
            ("from", "x"),
            ("a", "2"),
            ("from", "y"),
        ])),
        ..message("echo")
    };
    let expected = Message {
        topic: Some("out".into()),
        metadata: Some(pairs(&[("a", "1"), ("from", "echo"), ("a", "2")])),
        ..message.clone()
    };
    assert_eq!(host.handle(vec![(1, message)]), [Outcome::Ok]);
    assert_eq!(host.sent(), [&expected]);
}

#[test]
fn operations_name_their_handling_and_client() {
    let mut host = Host::with_zoo(|_| {});
    host.handle(vec![(77, message("echo"))]);
    let connects = host.events.iter().filter(|event| {
        matches!(event, Event::Connect { handling: 77, client, .. } if &**client == "default")
    });
    assert_eq!(connects.count(), 1);
    assert!(host.events.iter().any(|event| {
        matches!(event, Event::Send { handling: 77, client, .. } if &**client == "default")
    }));
}

#[test]
fn absent_content_type_and_metadata_stay_absent() {
    let mut host = Host::with_zoo(|_| {});
    assert_eq!(host.one("send"), Outcome::Ok);
    assert_eq!(host.sent()[0].metadata, None);
    assert_eq!(host.sent()[0].content_type, None);
}

#[test]
fn large_payloads_arrive_whole() {
    let mut host = Host::with_zoo(|_| {});
    let data: Vec<u8> = (0..3 << 20).map(|i: u32| (i % 251) as u8).collect();
    let message = Message {
        data: data.clone().into(),
        ..message("send")
    };
    assert_eq!(host.handle(vec![(1, message)]), [Outcome::Ok]);
    assert_eq!(host.sent()[0].data, data);
}

#[test]
fn a_guests_error_is_its_own_outcome() {
    let mut host = Host::with_zoo(|_| {});
    let expected = Failure::Other("asked to fail".into());
    assert_eq!(host.one("fail"), Outcome::Failed(expected));
    assert_eq!(host.engine.statistics(host.component).unwrap().created, 1);
}

#[test]
fn errors_of_operations_reach_the_guest() {
    let failures = [
        Failure::Timeout,
        Failure::Connection("gone".into()),
        Failure::PermissionDenied("no".into()),
        Failure::Other("full".into()),
    ];
    let mut host = Host::with_zoo(|_| {});
    for failure in failures {
        for wanted in ["connect", "send"] {
            let outcomes = host.handle_with(vec![(1, message("send"))], |event| {
                let fails = matches!(event, Event::Connect { .. }) == (wanted == "connect");
                Some(match fails {
                    true => Answer::Failed(failure.clone()),
                    false => Answer::Done,
                })
            });
            assert_eq!(outcomes, [Outcome::Failed(failure.clone())], "{wanted}");
        }
    }
}

#[test]
fn replies_as_an_answer_to_send_are_an_error() {
    let mut host = Host::with_zoo(|_| {});
    let outcomes = host.handle_with(vec![(1, message("send"))], |event| {
        Some(match event {
            Event::Send { .. } => Answer::Replies(Vec::new()),
            _ => Answer::Done,
        })
    });
    assert!(matches!(outcomes[..], [Outcome::Failed(Failure::Other(_))]));
}

#[test]
fn a_disconnected_client_fails_without_an_event() {
    let mut host = Host::with_zoo(|_| {});
    let text = "client \"default\" is disconnected".into();
    let expected = Outcome::Failed(Failure::Connection(text));
    assert_eq!(host.one("disconnect"), expected);
    assert!(host.sent().is_empty());
}

#[test]
fn a_request_passes_its_options_and_gets_replies() {
    let mut host = Host::with_zoo(|_| {});
    let reply = Message {
        data: "an answer".into(),
        ..Message::default()
    };
    let outcomes = host.handle_with(vec![(1, message("query"))], |event| {
        Some(match event {
            Event::Request {
                options, message, ..
            } => {
                let expected = RequestOptions {
                    timeout_ms: Some(250),
                    expected: Some(0),
                };
                assert_eq!(*options, expected);
                assert_eq!(message.topic.as_deref(), Some("fail"));
                Answer::Replies(vec![reply.clone()])
            }
            _ => Answer::Done,
        })
    });
    assert_eq!(outcomes, [Outcome::Ok]);
    assert_eq!(host.sent()[0].data, "an answer");
}

#[test]
fn a_request_without_replies_is_an_empty_list() {
    let mut host = Host::with_zoo(|_| {});
    assert_eq!(host.one("query"), Outcome::Ok);
    assert!(host.sent().is_empty());
}

#[test]
fn only_the_message_being_handled_is_answered() {
    let mut host = Host::with_zoo(|_| {});
    assert_eq!(host.one("answer"), Outcome::Ok);
    let replies = host
        .events
        .iter()
        .filter(|event| matches!(event, Event::Reply { .. }));
    assert_eq!(replies.count(), 2);
}

#[test]
fn using_a_message_that_was_sent_traps() {
    let mut host = Host::with_zoo(|_| {});
    trap(host.one("publish"));
}

#[test]
fn answers_nobody_waits_for_are_ignored() {
    let mut host = Host::with_zoo(|_| {});
    host.turn(vec![(1, message("send"))]);
    let operation = common::operation(&host.events[0]).unwrap();
    host.answers = vec![
        (operation + (1 << 40), Answer::Done),
        (u64::MAX, Answer::Done),
        (0, Answer::Done),
        (operation, Answer::Done),
        (operation, Answer::Failed(Failure::Timeout)),
    ];
    host.turn(Vec::new());
    let sends = host.events.iter().filter_map(|event| match event {
        Event::Send { operation, .. } => Some(*operation),
        _ => None,
    });
    let sends: Vec<_> = sends.collect();
    assert_eq!(sends.len(), 1);
    host.answers = vec![
        (operation, Answer::Failed(Failure::Timeout)),
        (sends[0], Answer::Done),
    ];
    host.turn(Vec::new());
    assert_eq!(host.take_outcome(1), Outcome::Ok);
}

#[test]
fn more_messages_than_instances_wait_their_turn() {
    let mut host = Host::with_zoo(|options| options.instances = 2);
    let messages = (0..50).map(|id| (id, message("echo"))).collect();
    host.turn(messages);
    let statistics = host.engine.statistics(host.component).unwrap();
    assert_eq!((statistics.running, statistics.waiting), (2, 48));
    host.turn_until(|events| (0..50).all(|id| common::is_done(events, id)));
    let statistics = host.engine.statistics(host.component).unwrap();
    assert_eq!((statistics.running, statistics.waiting), (0, 0));
    assert_eq!((statistics.instances, statistics.created), (2, 2));
    assert_eq!(host.sent().len(), 50);
}

#[test]
fn an_unknown_component_is_the_engines_failure() {
    let mut host = Host::with_zoo(|_| {});
    host.component += 1;
    assert!(matches!(host.one("echo"), Outcome::Engine(_)));
}
