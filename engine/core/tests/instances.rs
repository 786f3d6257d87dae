//! How instances are made, reused and replaced.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use common::{Folder, Host, component, message, options};
use wasi_messaging_engine::{Engine, Outcome};

fn counts(host: &mut Host, messages: u64) -> Vec<u8> {
    let counts = (0..messages).map(|id| {
        assert_eq!(host.handle(vec![(id, message("count"))]), [Outcome::Ok]);
        host.sent()[0].data[0]
    });
    counts.collect()
}

#[test]
fn a_reused_instance_keeps_its_state() {
    let mut host = Host::with_zoo(|_| {});
    assert_eq!(counts(&mut host, 5), [1, 2, 3, 4, 5]);
    assert_eq!(host.engine.statistics(host.component).unwrap().created, 1);
}

#[test]
fn a_fresh_instance_has_no_past() {
    let mut host = Host::with_zoo(|options| options.fresh = true);
    assert_eq!(counts(&mut host, 5), [1; 5]);
    let statistics = host.engine.statistics(host.component).unwrap();
    assert_eq!((statistics.instances, statistics.created), (0, 6));
}

#[test]
fn an_instance_is_replaced_after_its_messages() {
    let mut host = Host::with_zoo(|options| options.max_messages_per_instance = Some(2));
    assert_eq!(counts(&mut host, 5), [1, 2, 1, 2, 1]);
}

#[test]
fn all_instances_can_be_in_use_and_replaced_at_once() {
    let mut host = Host::with_zoo(|options| {
        options.instances = 50;
        options.max_messages_per_instance = Some(1);
    });
    for _ in 0..5 {
        let outcomes = host.handle((0..50).map(|id| (id, message("echo"))).collect());
        assert!(
            outcomes.iter().all(|outcome| *outcome == Outcome::Ok),
            "{outcomes:?}"
        );
    }
}

fn load_error(text: &str, change: impl FnOnce(&mut wasi_messaging_engine::LoadOptions)) -> String {
    let folder = Folder::new();
    let mut options = options();
    change(&mut options);
    let engine = Engine::new(1).unwrap();
    engine
        .load(&folder.artifact(text), options)
        .unwrap_err()
        .to_string()
}

/// A component whose core module has this in it, and a handler that traps.
fn starting(module: &str) -> String {
    component(&format!(
        r#"{module}
            (memory (export "memory") 1)
            (func (export "handle") (param i32) (result i32) (unreachable))"#
    ))
}

#[test]
fn a_component_that_traps_at_its_start_does_not_load() {
    let text = load_error(
        &starting("(func $start (unreachable)) (start $start)"),
        |_| {},
    );
    assert!(
        text.starts_with("guest does not start: wasm `unreachable`"),
        "{text}"
    );
    assert!(text.contains("start"), "{text}");
}

#[test]
fn a_component_that_never_starts_does_not_load() {
    let spin = "(func $start (loop $l (br $l))) (start $start)";
    let text = load_error(&starting(spin), |options| {
        options.deadline = Some(Duration::from_millis(200));
    });
    assert_eq!(text, "guest does not start: deadline of 0.2 s passed");
}

#[test]
fn loading_does_not_hold_up_turns() {
    let folder = Folder::new();
    let artifact = folder.artifact(&starting("(func $start (loop $l (br $l))) (start $start)"));
    let mut options = options();
    options.deadline = Some(Duration::from_millis(500));
    let mut host = Host::with_zoo(|_| {});
    let engine = Arc::clone(&host.engine);
    let loading = thread::spawn(move || engine.load(&artifact, options).unwrap_err());
    let mut longest = Duration::ZERO;
    let mut handled = 0;
    while !loading.is_finished() {
        let began = Instant::now();
        assert_eq!(host.one("echo"), Outcome::Ok);
        longest = longest.max(began.elapsed());
        handled += 1;
    }
    let error = loading.join().unwrap().to_string();
    assert_eq!(error, "guest does not start: deadline of 0.5 s passed");
    assert!(handled > 10, "{handled}");
    assert!(longest < Duration::from_millis(250), "{longest:?}");
}

#[test]
fn a_component_with_more_memory_than_allowed_does_not_load() {
    let text = load_error(common::ZOO, |options| options.memory = 100_000);
    assert!(
        text.starts_with("guest does not start: memory limit of 97.7 KiB reached"),
        "{text}"
    );
}

#[test]
fn instances_must_be_a_sensible_number() {
    for instances in [0, 10_001] {
        let text = load_error(common::ZOO, |options| options.instances = instances);
        assert!(text.contains("instances must be 1 to 10000"), "{text}");
    }
}

#[test]
fn there_is_room_for_as_many_instances_as_are_allowed() {
    let mut host = Host::with_zoo(|options| options.instances = 10_000);
    assert_eq!(host.one("echo"), Outcome::Ok);
}

#[test]
fn a_thousand_instances_can_be_in_use_at_once() {
    let mut host = Host::with_zoo(|options| options.instances = 1000);
    host.turn((0..1000).map(|id| (id, message("echo"))).collect());
    while host.engine.pending() {
        host.turn(Vec::new());
    }
    assert_eq!(
        host.engine.statistics(host.component).unwrap().running,
        1000
    );
}

#[test]
fn too_many_instances_for_the_machine_are_a_clear_error() {
    // Each memory reserves 4 GiB of addresses, of which there are 128 TiB.
    let text = load_error(
        &starting("(memory 1) (memory 1) (memory 1) (memory 1)"),
        |options| options.instances = 10_000,
    );
    let start = "guest: this machine cannot give 10000 instances of this component room (";
    assert!(text.starts_with(start), "{text}");
    assert!(text.ends_with("); lower `instances`"), "{text}");
}

/// A component that calls `client.connect` while it starts.
const CONNECTING: &str = r#"(component
  (import "wasi:messaging/types@0.2.0-draft" (instance $types
    (export "client" (type $client (sub resource)))
    (export "message" (type (sub resource)))
    (type $e (variant (case "timeout") (case "connection" string)
                      (case "permission-denied" string) (case "other" string)))
    (export "error" (type $error (eq $e)))
    (export "[static]client.connect" (func (param "name" string)
      (result (result (own $client) (error $error)))))))
  (alias export $types "message" (type $message))
  (alias export $types "error" (type $error))
  (core module $Memory (memory (export "memory") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
  (core instance $mem (instantiate $Memory))
  (core func $connect (canon lower (func $types "[static]client.connect")
    (memory (core memory $mem "memory")) (realloc (core func $mem "realloc"))))
  (core module $M
    (import "" "connect" (func $connect (param i32 i32 i32)))
    (func $start (call $connect (i32.const 0) (i32.const 0) (i32.const 16)))
    (start $start)
    (func (export "handle") (param i32) (result i32) (unreachable)))
  (core instance $m (instantiate $M
    (with "" (instance (export "connect" (func $connect))))))
  (func $handle (param "message" (own $message)) (result (result (error $error)))
    (canon lift (core func $m "handle") (memory (core memory $mem "memory"))))
  (instance $handler (export "handle" (func $handle)))
  (export "wasi:messaging/incoming-handler@0.2.0-draft" (instance $handler)))"#;

#[test]
fn a_component_that_connects_at_its_start_does_not_load() {
    let text = load_error(CONNECTING, |_| {});
    let start = "guest does not start: connect, send, request and reply can be called only while \
                 a message is handled";
    assert!(text.starts_with(start), "{text}");
}

#[test]
fn a_component_with_nothing_to_call_does_not_load() {
    let text = load_error("(component)", |_| {});
    assert!(text.contains("exports neither"), "{text}");
}
