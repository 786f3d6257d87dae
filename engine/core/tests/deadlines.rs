//! Guests that take too long.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::{Duration, Instant};

use common::{Host, is_done, message};
use wasi_messaging_engine::{Answer, Event, Outcome};

const SHORT: Duration = Duration::from_millis(250);

fn deadline() -> Outcome {
    Outcome::Deadline("deadline of 0.25 s passed".into())
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
fn a_guest_that_moved_to_a_worker_and_gets_no_answer_meets_its_deadline() {
    let mut host = Host::with_zoo(|options| options.deadline = Some(SHORT));
    let outcomes = host.handle_with(vec![(1, message("b"))], |_| None);
    assert_eq!(outcomes, [deadline()]);
}

#[test]
fn a_request_may_take_less_time_than_its_handling_has() {
    let mut host = Host::with_zoo(|options| options.deadline = Some(SHORT));
    let outcomes = host.handle_with(vec![(1, message("query"))], |event| {
        Some(match event {
            Event::Request { options, .. } => {
                let timeout = options.timeout_ms.unwrap();
                assert!((1..=225).contains(&timeout), "{timeout}");
                Answer::Replies(Vec::new())
            }
            _ => Answer::Done,
        })
    });
    assert_eq!(outcomes, [Outcome::Ok]);
}
