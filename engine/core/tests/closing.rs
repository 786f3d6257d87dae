//! Closing ends everything, and says so.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Host, message, operation};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wasi_messaging_engine::{Answer, Event, HandlingId, Outcome};

fn endings(events: &[Event], id: HandlingId) -> Vec<&Outcome> {
    let outcomes = events.iter().filter_map(|event| match event {
        Event::Done { handling, outcome } if *handling == id => Some(outcome),
        _ => None,
    });
    outcomes.collect()
}

#[test]
fn every_handling_ends_once() {
    let mut host = Host::with_zoo(|options| {
        options.instances = 3;
        options.deadline = None;
    });
    // One spins, one sleeps, one waits for an answer, and two for an instance.
    let topics = ["n", "wait", "echo", "echo", "n"];
    host.turn(
        (0..)
            .zip(topics)
            .map(|(id, topic)| (id, message(topic)))
            .collect(),
    );
    host.turn_until_with(|events| !events.is_empty(), |_| None);
    let asked = operation(&host.events[0]).unwrap();
    host.engine.close();
    host.answers.push((asked, Answer::Done));
    host.turn(vec![(9, message("echo"))]);
    for id in 0..5 {
        assert_eq!(endings(&host.events, id), [&Outcome::Cancelled], "{id}");
    }
    let refused = Outcome::Engine("the engine is closed".into());
    assert_eq!(endings(&host.events, 9), [&refused]);
    let before = host.events.len();
    host.turn(Vec::new());
    assert_eq!(host.events.len(), before);
}

#[test]
fn a_closed_engine_is_quiet_after_a_turn() {
    let mut host = Host::with_zoo(|_| {});
    host.turn(vec![(1, message("n"))]);
    host.engine.close();
    host.turn(Vec::new());
    let fd = host.engine.wake_fd();
    let fds = &mut [PollFd::new(&fd, PollFlags::IN)];
    let rung = poll(fds, Some(&Timespec::default())).unwrap();
    assert_eq!(rung, 0);
}
