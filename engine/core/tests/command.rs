//! Components that run as commands.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::time::Duration;

use common::{COMMAND, Folder, Host, is_done, message, trap};
use wasi_messaging_engine::{LoadOptions, Outcome};

fn run(arguments: &[&str], change: impl FnOnce(&mut LoadOptions)) -> Outcome {
    let mut host = Host::with(&Folder::new().artifact(COMMAND), change);
    let arguments = arguments
        .iter()
        .map(|argument| (*argument).into())
        .collect();
    host.engine
        .run_command(host.component, 9, arguments)
        .unwrap();
    host.turn_until(|events| is_done(events, 9));
    host.take_outcome(9)
}

#[test]
fn a_command_that_returns_ok_is_ok() {
    assert_eq!(run(&[], |_| {}), Outcome::Ok);
}

#[test]
fn a_command_that_returns_an_error_exits_with_one() {
    assert_eq!(run(&["e"], |_| {}), Outcome::Exit(1));
}

#[test]
fn a_command_may_exit() {
    assert_eq!(run(&["x"], |_| {}), Outcome::Exit(1));
}

#[test]
fn a_command_may_trap() {
    assert_eq!(
        trap(run(&["t"], |_| {})).text,
        "wasm `unreachable` instruction executed"
    );
}

#[test]
fn a_command_has_a_deadline_if_one_is_set() {
    let outcome = run(&["n"], |options| {
        options.deadline = Some(Duration::from_millis(100));
    });
    assert_eq!(
        outcome,
        Outcome::Deadline("deadline of 0.1 s passed".into())
    );
}

#[test]
fn a_command_without_deadline_can_be_cancelled() {
    let mut host = Host::with(&Folder::new().artifact(COMMAND), |options| {
        options.deadline = None;
    });
    host.engine
        .run_command(host.component, 9, vec!["n".into()])
        .unwrap();
    host.turn(Vec::new());
    host.engine.cancel(9);
    host.turn_until(|events| is_done(events, 9));
    assert_eq!(host.take_outcome(9), Outcome::Cancelled);
}

#[test]
fn a_command_takes_no_messages_and_a_handler_is_no_command() {
    let mut host = Host::with(&Folder::new().artifact(COMMAND), |_| {});
    let Outcome::Engine(text) = host.one("echo") else {
        panic!("a command took a message");
    };
    assert!(text.contains("takes no messages"), "{text}");
    let mut host = Host::with_zoo(|_| {});
    host.engine
        .run_command(host.component, 1, Vec::new())
        .unwrap();
    host.turn_until(|events| is_done(events, 1));
    let Outcome::Engine(text) = host.take_outcome(1) else {
        panic!("a handler ran as a command");
    };
    assert!(text.contains("is no command"), "{text}");
    assert_eq!(host.handle(vec![(2, message("echo"))]), [Outcome::Ok]);
}
