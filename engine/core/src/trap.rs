//! From errors of wasmtime to outcomes.

use wasmtime::component::ResourceTableError;
use wasmtime::{Error, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use crate::error::one_line;
use crate::event::{Crash, Outcome};
use crate::state::State;

/// What a guest that was running came to.
pub(crate) fn while_running(error: &Error, state: &mut State) -> Outcome {
    crash(error, state)
}

/// What an instance that was starting came to: only a trap is the guest's doing.
pub(crate) fn while_starting(error: &Error, name: &str, state: &mut State) -> Outcome {
    let refused = state.limiter.refused();
    if refused || error.is::<Trap>() || error.is::<WasmBacktrace>() {
        return crash(error, state);
    }
    let text = one_line(error);
    Outcome::Engine(format!("cannot start an instance of {name}: {text}"))
}

/// The status that a command ended with by `wasi:cli/exit`.
pub(crate) fn exit_status(error: &Error) -> Option<i32> {
    error.downcast_ref::<I32Exit>().map(|exit| exit.0)
}

fn crash(error: &Error, state: &mut State) -> Outcome {
    state.flush();
    let crash = Crash {
        text: reason(error),
        backtrace: backtrace(error),
        stderr: state.stderr(),
    };
    match limit(error, state) {
        Some(text) => Outcome::Limit(Crash { text, ..crash }),
        None => Outcome::Trap(crash),
    }
}

/// The limit that the guest ran into, and what it came to then.
fn limit(error: &Error, state: &mut State) -> Option<String> {
    let limits = *state.limiter.limits();
    if matches!(error.downcast_ref(), Some(Trap::OutOfFuel)) {
        return Some(limits.fuel_text());
    }
    let full = || matches!(error.downcast_ref(), Some(ResourceTableError::Full));
    let refused = state.limiter.take_refused();
    let limit = refused.or_else(|| full().then(|| limits.handles_text()))?;
    Some(format!("{limit}: {}", reason(error)))
}

fn reason(error: &Error) -> String {
    if let Some(trap) = error.downcast_ref::<Trap>() {
        let text = trap.to_string();
        return text.strip_prefix("wasm trap: ").unwrap_or(&text).into();
    }
    match exit_status(error) {
        Some(status) => format!("the component exited with status {status}"),
        None => error.root_cause().to_string(),
    }
}

/// Without wasmtime's heading and hints.
fn backtrace(error: &Error) -> Vec<String> {
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else {
        return Vec::new();
    };
    let text = backtrace.to_string();
    let frames = text.lines().skip(1).map(str::trim);
    frames
        .take_while(|line| !line.starts_with("note:"))
        .map(Into::into)
        .collect()
}
