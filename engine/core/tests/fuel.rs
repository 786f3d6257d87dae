//! Guests that may do so much and no more.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use common::{COMMAND, Folder, Host, ZOO, is_done, limit, message, options, trap};
use wasi_messaging_engine::{
    CompileOptions, Engine, LoadOptions, Outcome, artifact_path, inspect, parse_text,
};

const COUNTING: CompileOptions = CompileOptions { fuel: true };
const PLENTY: u64 = 1_000_000;

/// The zoo that counts, compiled once.
fn zoo() -> &'static Path {
    static ARTIFACT: OnceLock<(Folder, PathBuf)> = OnceLock::new();
    let (_, artifact) = ARTIFACT.get_or_init(|| {
        let folder = Folder::new();
        let artifact = folder.artifact_with(ZOO, COUNTING);
        (folder, artifact)
    });
    artifact
}

fn with_fuel(fuel: u64, change: impl FnOnce(&mut LoadOptions)) -> Host {
    Host::with(zoo(), |options| {
        options.fuel = Some(fuel);
        change(options);
    })
}

fn load_error(artifact: &Path, fuel: Option<u64>) -> String {
    let options = LoadOptions { fuel, ..options() };
    let engine = Engine::new(1).unwrap();
    engine.load(artifact, options).unwrap_err().to_string()
}

#[test]
fn running_out_is_a_limit_with_a_backtrace() {
    let mut host = with_fuel(PLENTY, |_| {});
    let crash = limit(host.one("n"));
    assert_eq!(crash.text, "limit of 1000000 units of fuel reached");
    assert!(crash.backtrace[0].ends_with("spin"), "{crash:?}");
    assert_eq!(host.one("echo"), Outcome::Ok);
}

#[test]
fn every_handling_has_all_of_it() {
    let enough = (1..).map(|step| step * 100).find(|fuel| {
        let mut host = with_fuel(*fuel, |_| {});
        host.one("echo") == Outcome::Ok
    });
    let mut host = with_fuel(enough.unwrap(), |options| options.instances = 1);
    for _ in 0..20 {
        assert_eq!(host.one("echo"), Outcome::Ok);
    }
    assert_eq!(host.engine.statistics(host.component).unwrap().created, 1);
}

#[test]
fn what_a_guest_ran_into_first_is_not_what_it_ended_at() {
    let mut host = with_fuel(PLENTY, |options| options.memory = 3 << 16);
    assert_eq!(host.one("m"), Outcome::Ok);
    let crash = limit(host.one("n"));
    assert_eq!(crash.text, "limit of 1000000 units of fuel reached");
    let crash = limit(host.one("l"));
    assert!(crash.text.starts_with("memory limit of"), "{}", crash.text);
    let crash = trap(host.one("trap"));
    assert_eq!(crash.text, "wasm `unreachable` instruction executed");
}

#[test]
fn guests_with_fuel_still_yield_and_meet_their_deadlines() {
    let mut host = with_fuel(u64::MAX, |options| {
        options.deadline = Some(Duration::from_millis(300));
    });
    host.turn(vec![(1, message("n")), (2, message("echo"))]);
    host.turn_until(|events| is_done(events, 2));
    assert!(!is_done(&host.events, 1));
    host.turn_until(|events| is_done(events, 1));
    let text = "deadline of 0.3 s passed".into();
    assert_eq!(host.take_outcome(1), Outcome::Deadline(text));
}

#[test]
fn commands_have_fuel_too() {
    let artifact = Folder::new();
    let artifact = artifact.artifact_with(COMMAND, COUNTING);
    let run = |fuel| {
        let mut host = Host::with(&artifact, |options| options.fuel = Some(fuel));
        host.engine
            .run_command(host.component, 9, Vec::new())
            .unwrap();
        host.turn_until(|events| is_done(events, 9));
        host.take_outcome(9)
    };
    assert_eq!(run(PLENTY), Outcome::Ok);
    assert_eq!(limit(run(1)).text, "limit of 1 units of fuel reached");
}

#[test]
fn an_instance_that_starts_for_ever_does_not_load() {
    let text = ZOO.replace(
        "(func $spin (loop $again (br $again)))",
        "(func $spin (loop $again (br $again))) (start $spin)",
    );
    let folder = Folder::new();
    let artifact = folder.artifact_with(&text, COUNTING);
    let text = load_error(&artifact, Some(PLENTY));
    let expected = "guest does not start: limit of 1000000 units of fuel reached";
    assert!(text.starts_with(expected), "{text}");
}

#[test]
fn code_and_options_must_agree() {
    let text = load_error(common::zoo(), Some(1));
    assert!(
        text.ends_with("does not count fuel and the component has a limit of it; compile it again"),
        "{text}"
    );
    let text = load_error(zoo(), None);
    assert!(
        text.ends_with("counts fuel and the component has no limit of it; compile it again"),
        "{text}"
    );
}

#[test]
fn code_that_counts_is_another_artifact() {
    let folder = Folder::new();
    let component = folder.write("zoo.wasm", parse_text(ZOO).unwrap());
    let path = |options| artifact_path(&component, &folder.path("cache"), options).unwrap();
    assert_ne!(path(COUNTING), path(CompileOptions::default()));
    let inspected = |artifact| format!("{:?}", inspect(artifact).unwrap());
    assert_eq!(inspected(zoo()), inspected(common::zoo()));
}
