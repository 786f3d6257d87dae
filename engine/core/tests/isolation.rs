//! What is left of a message where the next one is handled.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::{Folder, Host, component, message};
use wasi_messaging_engine::Outcome;

/// Traps if it finds a trace of an earlier message: in each second page of 2.5 MiB, of which more apart
/// from each other are touched than a scan of them would hold, in a table and in a global.
const TRACES: &str = r#"
    (memory (export "memory") 40)
    (table $table 1000 funcref)
    (global $global (mut i32) (i32.const 0))
    (elem declare func $handle)
    (func $handle (export "handle") (param i32) (result i32)
      (local $at i32)
      (if (global.get $global) (then (unreachable)))
      (global.set $global (i32.const 1))
      (if (i32.eqz (ref.is_null (table.get $table (i32.const 700)))) (then (unreachable)))
      (table.set $table (i32.const 700) (ref.func $handle))
      (loop $next
        (if (i32.load offset=64 (local.get $at)) (then (unreachable)))
        (i32.store offset=64 (local.get $at) (i32.const 1))
        (local.set $at (i32.add (local.get $at) (i32.const 8192)))
        (br_if $next (i32.lt_u (local.get $at) (i32.const 2621440))))
      (i32.const 0))"#;

fn outcomes_of_traces(fresh: bool) -> Vec<bool> {
    let folder = Folder::new();
    let mut host = Host::with(&folder.artifact(&component(TRACES)), |options| {
        options.fresh = fresh;
        options.instances = 1;
    });
    let outcomes = (0..6).map(|id| host.handle(vec![(id, message("any"))]));
    outcomes.map(|outcomes| outcomes == [Outcome::Ok]).collect()
}

#[test]
fn a_fresh_instance_finds_no_trace_of_another_in_memory_tables_and_globals() {
    assert_eq!(outcomes_of_traces(true), [true; 6]);
}

#[test]
fn nor_does_one_that_replaces_an_instance_that_trapped() {
    assert_eq!(
        outcomes_of_traces(false),
        [true, false, true, false, true, false]
    );
}
