//! Runs components that speak `wasi:messaging@0.2.0-draft`, or `wasmcloud:messaging@0.2.0`.
//!
//! This crate knows neither brokers nor configuration, nor Python. Its caller has a loop of its own
//! and calls [`Engine::turn`] there: messages and [answers](Answer) go in, [events](Event) come out.
//! A guest runs on the caller's thread until it waits for an answer; one that takes longer than a
//! moment goes on on a worker thread, and [`Engine::wake_fd`] says when it has something.
//!
//! ```text
//!   turn ─▶ runner ─▶ pool ─▶ instance ─▶ guest ─▶ host functions ─▶ port ─▶ hub ─▶ events
//!             │                                                              ▲
//!             └──────────▶ worker threads ───────────────────────────────────┘
//! ```

mod artifact;
mod bindings;
mod component;
mod deadlines;
mod engine;
mod error;
mod event;
mod folders;
mod grants;
mod handler;
mod handling;
mod host;
mod hub;
mod inspect;
mod instance;
mod journal;
mod kind;
mod limits;
mod log;
mod message;
mod open;
mod options;
mod pool;
mod port;
mod quota;
mod runner;
mod settings;
mod slots;
mod state;
mod ticker;
mod trap;
mod worker;

pub use self::artifact::{CompileOptions, artifact_path, compile};
pub use self::engine::{Engine, Handling};
pub use self::error::{Error, Result};
pub use self::event::{
    Answer, ComponentId, Crash, Event, Failure, HandlingId, OperationId, Outcome, RequestOptions,
    Stream,
};
pub use self::grants::{Folder, Grants, HttpHost};
pub use self::inspect::{Inspection, Interfaces, inspect};
pub use self::message::{Message, Metadata};
pub use self::options::LoadOptions;
pub use self::pool::Statistics;

/// The version of wasmtime inside.
pub const WASMTIME_VERSION: &str = "48.0.8";

/// Translates WebAssembly text, a component's or a module's, to binary.
///
/// # Errors
///
/// The text is not well formed; the error shows where.
pub fn parse_text(text: &str) -> Result<Vec<u8>> {
    wat::parse_str(text).map_err(|error| Error::Failure(error.to_string()))
}
