//! What guests keep in the host counts against their memory limit.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Host, limit, message};
use wasi_messaging_engine::{Answer, Event, LoadOptions, Message, Outcome};

const MIB: usize = 1 << 20;

fn small(options: &mut LoadOptions) {
    options.memory = 16 * MIB;
    options.instances = 1;
}

fn of_size(topic: &str, size: usize) -> Message {
    Message {
        data: vec![0; size].into(),
        ..message(topic)
    }
}

fn created(host: &Host) -> u64 {
    host.engine.statistics(host.component).unwrap().created
}

#[test]
fn an_instance_that_keeps_much_is_replaced() {
    let mut host = Host::with_zoo(small);
    let mut created_after = |size| {
        let outcomes = host.handle(vec![(1, of_size("keep", size))]);
        assert_eq!(outcomes, [Outcome::Ok]);
        created(&host)
    };
    assert_eq!(created_after(3 * MIB), 1);
    assert_eq!(created_after(3 * MIB), 1);
    assert_eq!(created_after(MIB), 2);
}

#[test]
fn a_message_beyond_the_limit_is_refused_and_the_next_one_is_not() {
    let mut host = Host::with_zoo(small);
    let crash = limit(host.handle(vec![(1, of_size("zero", 17 * MIB))]).remove(0));
    let text = "memory limit of 16 MiB reached: its live messages and clients would take 17.0 MiB";
    assert_eq!(crash.text, text);
    assert_eq!(host.one("echo"), Outcome::Ok);
}

#[test]
fn metadata_counts() {
    let mut host = Host::with_zoo(small);
    let mut large = message("zero");
    large.metadata = Some(vec![(String::new(), String::new()); MIB]);
    limit(host.handle(vec![(1, large)]).remove(0));
}

#[test]
fn replies_count() {
    let mut host = Host::with_zoo(small);
    let outcomes = host.handle_with(vec![(1, message("q"))], |event| {
        let is_request = matches!(event, Event::Request { .. });
        let replies = || vec![of_size("reply", 9 * MIB), of_size("reply", 9 * MIB)];
        Some(if is_request {
            Answer::Replies(replies())
        } else {
            Answer::Done
        })
    });
    outcomes
        .into_iter()
        .for_each(|outcome| drop(limit(outcome)));
}

#[test]
fn what_is_dropped_or_sent_does_not_count() {
    let mut host = Host::with_zoo(small);
    for id in 0..40 {
        let topic = if id % 2 == 0 { "zero" } else { "s" };
        let outcomes = host.handle(vec![(id, of_size(topic, MIB / 2))]);
        assert_eq!(outcomes, [Outcome::Ok]);
    }
    assert_eq!(created(&host), 1);
}
