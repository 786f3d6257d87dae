//! Guests that take too much, or break, or are stopped.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Instant;

use common::{Host, PATIENCE, is_done, limit, message, trap};
use wasi_messaging_engine::{Answer, Event, Failure, Outcome};

#[test]
fn a_trap_says_why_and_where() {
    let mut host = Host::with_zoo(|_| {});
    let crash = trap(host.one("trap"));
    assert_eq!(crash.text, "wasm `unreachable` instruction executed");
    let names = ["innermost", "middle", "outermost"];
    for (line, name) in crash.backtrace.iter().zip(names) {
        assert!(line.ends_with(name), "{:?}", crash.backtrace);
    }
    assert_eq!(crash.backtrace.len(), 4);
}

#[test]
fn a_trap_shows_the_last_lines_of_standard_error() {
    let mut host = Host::with_zoo(|_| {});
    let crash = trap(host.one("i"));
    assert_eq!(crash.stderr, ["a line"; 20]);
    let crash = trap(host.one("trap"));
    assert!(crash.stderr.is_empty(), "of another handling");
}

#[test]
fn an_instance_that_trapped_is_replaced() {
    let mut host = Host::with_zoo(|_| {});
    trap(host.one("trap"));
    assert_eq!(host.engine.statistics(host.component).unwrap().instances, 0);
    assert_eq!(host.one("echo"), Outcome::Ok);
    assert_eq!(host.engine.statistics(host.component).unwrap().created, 2);
}

#[test]
fn exit_in_a_handler_is_a_trap() {
    let mut host = Host::with_zoo(|_| {});
    let crash = trap(host.one("x"));
    assert_eq!(crash.text, "the component exited with status 1");
}

#[test]
fn a_guest_that_moved_to_a_worker_gets_its_answers_there() {
    let mut host = Host::with_zoo(|_| {});
    let outcomes = host.handle((0..20).map(|id| (id, message("b"))).collect());
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Ok));
    assert_eq!(host.sent().len(), 20);
    let failure = Failure::PermissionDenied("no".into());
    let outcomes = host.handle_with(vec![(1, message("b"))], |event| {
        Some(match event {
            Event::Send { .. } => Answer::Failed(failure.clone()),
            _ => Answer::Done,
        })
    });
    assert_eq!(outcomes, [Outcome::Failed(failure)]);
}

#[test]
fn a_guest_that_waits_for_an_answer_on_a_worker_can_be_cancelled() {
    let mut host = Host::with_zoo(|_| {});
    host.turn(vec![(1, message("b"))]);
    let asks = |events: &[Event]| matches!(events, [Event::Connect { .. }]);
    host.turn_until_with(asks, |_| None);
    host.engine.cancel(1);
    host.turn_until_with(|events| is_done(events, 1), |_| None);
    assert_eq!(host.take_outcome(1), Outcome::Cancelled);
}

#[test]
fn a_turn_stops_after_a_while_and_says_that_there_is_more() {
    let mut host = Host::with_zoo(|_| {});
    let ids = 0..20_000;
    host.turn(ids.clone().map(|id| (id, message("fail"))).collect());
    assert!(host.engine.pending());
    let first = host.events.len();
    assert!((1..20_000).contains(&first), "{first}");
    while host.engine.pending() {
        host.turn(Vec::new());
    }
    assert_eq!(host.events.len(), 20_000);
}

#[test]
fn a_trap_after_refused_memory_is_a_limit() {
    let mut host = Host::with_zoo(|_| {});
    let crash = limit(host.one("l"));
    let expected = "memory limit of 16 MiB reached: wasm `unreachable` instruction executed";
    assert_eq!(crash.text, expected);
    assert!(!crash.backtrace.is_empty());
}

#[test]
fn refused_memory_alone_is_the_guests_to_deal_with() {
    let mut host = Host::with_zoo(|_| {});
    assert_eq!(host.one("m"), Outcome::Ok);
    trap(host.one("trap"));
}

#[test]
fn handles_are_limited() {
    let mut host = Host::with_zoo(|_| {});
    let crash = limit(host.one("h"));
    assert!(
        crash
            .text
            .starts_with("limit of 10000 live handles reached"),
        "{}",
        crash.text
    );
    assert_eq!(host.one("echo"), Outcome::Ok);
}

#[test]
fn handles_are_limited_as_the_options_say() {
    for handles in [100, 300_000] {
        let mut host = Host::with_zoo(|options| {
            options.max_handles = handles;
            options.memory = 256 << 20;
        });
        let crash = limit(host.one("h"));
        let text = format!("limit of {handles} live handles reached: ");
        assert!(crash.text.starts_with(&text), "{}", crash.text);
        assert_eq!(host.one("echo"), Outcome::Ok);
    }
}

#[test]
fn an_instance_that_keeps_half_the_handles_it_may_have_is_replaced() {
    let mut host = Host::with_zoo(|options| {
        options.instances = 1;
        options.max_handles = 10;
    });
    for _ in 0..12 {
        assert_eq!(host.one("keep"), Outcome::Ok);
    }
    assert_eq!(host.engine.statistics(host.component).unwrap().created, 2);
}

#[test]
fn tables_are_limited_as_the_options_say() {
    for elements in [1000, 2_000_000] {
        let mut host = Host::with_zoo(|options| options.max_table_elements = elements);
        let crash = limit(host.one("g"));
        let reason = "wasm `unreachable` instruction executed";
        let text = format!("limit of {elements} table elements reached: {reason}");
        assert_eq!(crash.text, text);
        assert_eq!(host.one("echo"), Outcome::Ok);
    }
}

#[test]
fn an_instance_with_many_kept_handles_is_replaced_before_it_traps() {
    let mut host = Host::with_zoo(|options| options.instances = 1);
    for batch in 0..12 {
        let ids = batch * 1000..(batch + 1) * 1000;
        let outcomes = host.handle(ids.map(|id| (id, message("keep"))).collect());
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Ok));
    }
    assert_eq!(host.engine.statistics(host.component).unwrap().created, 3);
}

#[test]
fn endless_recursion_is_a_trap() {
    let mut host = Host::with_zoo(|_| {});
    assert_eq!(trap(host.one("r")).text, "call stack exhausted");
}

#[test]
fn cancelling_works_everywhere() {
    let mut host = Host::with_zoo(|options| options.instances = 3);
    let topics = ["echo", "n", "wait", "echo"];
    let messages = topics
        .iter()
        .zip(1..)
        .map(|(topic, id)| (id, message(topic)));
    host.turn(messages.collect());
    (1..=4).for_each(|id| host.engine.cancel(id));
    host.turn_until(|events| (1..=4).all(|id| is_done(events, id)));
    for id in 1..=4 {
        assert_eq!(host.take_outcome(id), Outcome::Cancelled, "{id}");
    }
    assert_eq!(host.one("echo"), Outcome::Ok);
    let statistics = host.engine.statistics(host.component).unwrap();
    assert_eq!((statistics.instances, statistics.running), (1, 0));
}

#[test]
fn cancelling_what_is_not_there_does_nothing() {
    let host = Host::with_zoo(|_| {});
    host.engine.cancel(42);
}

#[test]
fn unloading_cancels_what_runs() {
    let mut host = Host::with_zoo(|options| options.instances = 2);
    host.turn(vec![
        (1, message("echo")),
        (2, message("n")),
        (3, message("echo")),
    ]);
    host.engine.unload(host.component);
    assert_eq!(host.engine.statistics(host.component), None);
    host.turn_until(|events| (1..=3).all(|id| is_done(events, id)));
    for id in 1..=3 {
        assert_eq!(host.take_outcome(id), Outcome::Cancelled, "{id}");
    }
}

#[test]
fn closing_ends_everything_in_time() {
    let mut host = Host::with_zoo(|_| {});
    host.turn(vec![
        (1, message("n")),
        (2, message("wait")),
        (3, message("echo")),
    ]);
    let began = Instant::now();
    host.engine.close();
    assert!(began.elapsed() < PATIENCE);
    host.turn(vec![(4, message("echo"))]);
    assert!(matches!(host.take_outcome(4), Outcome::Engine(_)));
}
