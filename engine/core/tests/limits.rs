//! Guests that take too much or too long, or break.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::{Duration, Instant};

use common::{Host, PATIENCE, is_done, limit, message, trap};
use wasi_messaging_engine::{Answer, Event, Failure, Outcome, Stream};

const SHORT: Duration = Duration::from_millis(250);

fn deadline() -> Outcome {
    Outcome::Deadline("deadline of 0.25 s passed".into())
}

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
fn a_spinning_guest_meets_its_deadline_while_others_proceed() {
    let mut host = Host::with_zoo(|options| options.deadline = Some(SHORT));
    let began = Instant::now();
    host.turn(vec![(1, message("n"))]);
    assert!(began.elapsed() < SHORT, "the thread was held");
    for id in 100..200 {
        let outcomes = host.handle(vec![(id, message("echo"))]);
        assert_eq!(outcomes, [Outcome::Ok]);
    }
    host.turn_until(|events| is_done(events, 1));
    assert_eq!(host.take_outcome(1), deadline());
    assert!(began.elapsed() >= SHORT);
}

#[test]
fn more_spinning_guests_than_threads_all_meet_their_deadline() {
    let mut host = Host::with_zoo(|options| {
        options.deadline = Some(SHORT);
        options.instances = 12;
    });
    let began = Instant::now();
    let outcomes = host.handle((0..12).map(|id| (id, message("n"))).collect());
    assert!(outcomes.iter().all(|outcome| *outcome == deadline()));
    assert!(began.elapsed() < SHORT * 8, "{:?}", began.elapsed());
}

#[test]
fn a_sleeping_guest_meets_its_deadline() {
    let mut host = Host::with_zoo(|options| options.deadline = Some(SHORT));
    assert_eq!(host.one("wait"), deadline());
    assert_eq!(host.one("echo"), Outcome::Ok);
}

#[test]
fn a_guest_without_an_answer_meets_its_deadline() {
    let mut host = Host::with_zoo(|options| options.deadline = Some(SHORT));
    let began = Instant::now();
    let outcomes = host.handle_with(vec![(1, message("echo")), (2, message("echo"))], |_| None);
    assert_eq!(outcomes, [deadline(), deadline()]);
    assert!((SHORT..SHORT * 8).contains(&began.elapsed()));
}

#[test]
fn a_deadline_counts_from_the_start_not_from_the_queue() {
    let mut host = Host::with_zoo(|options| {
        options.deadline = Some(SHORT);
        options.instances = 1;
    });
    let outcomes = host.handle(vec![(1, message("n")), (2, message("echo"))]);
    assert_eq!(outcomes, [deadline(), Outcome::Ok]);
}

#[test]
fn a_deadline_wakes_the_caller_when_all_was_quiet() {
    let mut host = Host::with_zoo(|options| options.deadline = Some(Duration::from_millis(600)));
    let outcomes = host.handle_with(vec![(1, message("echo"))], |_| None);
    assert!(matches!(outcomes[..], [Outcome::Deadline(_)]));
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
fn a_guest_that_moved_to_a_worker_and_gets_no_answer_meets_its_deadline() {
    let mut host = Host::with_zoo(|options| options.deadline = Some(SHORT));
    let outcomes = host.handle_with(vec![(1, message("b"))], |_| None);
    assert_eq!(outcomes, [deadline()]);
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

#[test]
fn lines_are_logged_up_to_the_quota_and_the_rest_is_counted() {
    let mut host = Host::with_zoo(|options| options.log_lines_per_second = 10);
    assert_eq!(host.one("o"), Outcome::Ok);
    let lines = host.events.iter().filter_map(|event| match event {
        Event::Log {
            stream,
            line,
            handling,
            component,
        } => {
            assert_eq!((*handling, *component), (Some(1), host.component));
            Some((*stream, line.as_str()))
        }
        _ => None,
    });
    let mut expected = vec![(Stream::Stdout, "a line"); 10];
    expected.push((Stream::Dropped, "91 lines left out"));
    assert_eq!(lines.collect::<Vec<_>>(), expected);
}

#[test]
fn a_line_without_an_end_comes_out() {
    let mut host = Host::with_zoo(|_| {});
    host.one("o");
    let last = host.events.iter().rev().find_map(|event| match event {
        Event::Log { line, .. } => Some(line.as_str()),
        _ => None,
    });
    assert_eq!(last, Some("no end"));
}

#[test]
fn lines_left_out_later_are_reported_once_the_second_is_over() {
    let mut host = Host::with_zoo(|options| options.log_lines_per_second = 0);
    host.handle(vec![(1, message("o")), (2, message("o"))]);
    let reports = |events: &[Event]| {
        let logs = events.iter().filter_map(|event| match event {
            Event::Log { line, .. } => Some(line.clone()),
            _ => None,
        });
        logs.collect::<Vec<_>>()
    };
    assert_eq!(reports(&host.events), ["101 lines left out"]);
    host.turn_until_with(|events| reports(events).len() == 2, |_| Some(Answer::Done));
    assert_eq!(reports(&host.events)[1], "101 lines left out");
}
