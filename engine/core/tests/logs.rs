//! What guests write comes out as lines, up to a quota.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Host, message};
use wasi_messaging_engine::{Answer, Event, Outcome, Stream};

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
