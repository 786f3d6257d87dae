//! From the engine's events to Python's tuples.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use wasi_messaging_engine::{Crash, Event, Failure, Message, Outcome, Stream};

pub(crate) mod kind {
    pub(crate) const SEND: u8 = 0;
    pub(crate) const CONNECT: u8 = 1;
    pub(crate) const REQUEST: u8 = 2;
    pub(crate) const REPLY: u8 = 3;
    pub(crate) const DONE: u8 = 4;
    pub(crate) const LOG: u8 = 5;
}

pub(crate) mod outcome {
    pub(crate) const OK: u8 = 0;
    pub(crate) const TIMEOUT: u8 = 1;
    pub(crate) const CONNECTION: u8 = 2;
    pub(crate) const PERMISSION_DENIED: u8 = 3;
    pub(crate) const OTHER: u8 = 4;
    pub(crate) const TRAP: u8 = 5;
    pub(crate) const LIMIT: u8 = 6;
    pub(crate) const DEADLINE: u8 = 7;
    pub(crate) const CANCELLED: u8 = 8;
    pub(crate) const ENGINE: u8 = 9;
    pub(crate) const EXIT: u8 = 10;
}

const CONSTANTS: [(&str, u8); 17] = [
    ("SEND", kind::SEND),
    ("CONNECT", kind::CONNECT),
    ("REQUEST", kind::REQUEST),
    ("REPLY", kind::REPLY),
    ("DONE", kind::DONE),
    ("LOG", kind::LOG),
    ("OK", outcome::OK),
    ("TIMEOUT", outcome::TIMEOUT),
    ("CONNECTION", outcome::CONNECTION),
    ("PERMISSION_DENIED", outcome::PERMISSION_DENIED),
    ("OTHER", outcome::OTHER),
    ("TRAP", outcome::TRAP),
    ("LIMIT", outcome::LIMIT),
    ("DEADLINE", outcome::DEADLINE),
    ("CANCELLED", outcome::CANCELLED),
    ("ENGINE", outcome::ENGINE),
    ("EXIT", outcome::EXIT),
];

pub(crate) fn add_constants(module: &Bound<'_, PyModule>) -> PyResult<()> {
    CONSTANTS
        .iter()
        .try_for_each(|(name, value)| module.add(*name, value))
}

/// The tuple that `_engine.pyi` describes for this kind of event.
pub(crate) fn to_python<'py>(py: Python<'py>, event: Event) -> PyResult<Bound<'py, PyTuple>> {
    match event {
        Event::Send {
            operation,
            handling,
            client,
            message,
        } => {
            let (topic, data, content_type, metadata) = parts(py, message);
            let ids = (kind::SEND, operation, handling);
            (
                ids.0,
                ids.1,
                ids.2,
                &*client,
                topic,
                data,
                content_type,
                metadata,
            )
                .into_pyobject(py)
        }
        Event::Request {
            operation,
            handling,
            client,
            message,
            options,
        } => {
            let (topic, data, content_type, metadata) = parts(py, message);
            let (timeout, expected) = (options.timeout_ms, options.expected);
            let ids = (kind::REQUEST, operation, handling);
            (
                ids.0,
                ids.1,
                ids.2,
                &*client,
                topic,
                data,
                content_type,
                metadata,
                timeout,
                expected,
            )
                .into_pyobject(py)
        }
        Event::Connect {
            operation,
            handling,
            client,
        } => (kind::CONNECT, operation, handling, &*client).into_pyobject(py),
        Event::Reply {
            operation,
            handling,
            message,
        } => {
            let (_, data, content_type, metadata) = parts(py, message);
            (
                kind::REPLY,
                operation,
                handling,
                data,
                content_type,
                metadata,
            )
                .into_pyobject(py)
        }
        Event::Done { handling, outcome } => done(py, handling, outcome),
        Event::Log {
            component,
            handling,
            stream,
            line,
        } => (kind::LOG, component, handling, stream_name(stream), line).into_pyobject(py),
    }
}

type Parts<'py> = (
    String,
    Bound<'py, PyBytes>,
    Option<String>,
    Option<Vec<(String, String)>>,
);

fn parts(py: Python<'_>, message: Message) -> Parts<'_> {
    (
        message.topic.unwrap_or_default(),
        PyBytes::new(py, &message.data),
        message.content_type,
        message.metadata,
    )
}

fn done(py: Python<'_>, handling: u64, outcome: Outcome) -> PyResult<Bound<'_, PyTuple>> {
    let (code, text, crash) = match outcome {
        Outcome::Ok => (outcome::OK, String::new(), None),
        Outcome::Failed(Failure::Timeout) => (outcome::TIMEOUT, String::new(), None),
        Outcome::Failed(Failure::Connection(text)) => (outcome::CONNECTION, text, None),
        Outcome::Failed(Failure::PermissionDenied(text)) => {
            (outcome::PERMISSION_DENIED, text, None)
        }
        Outcome::Failed(Failure::Other(text)) => (outcome::OTHER, text, None),
        Outcome::Trap(crash) => (outcome::TRAP, crash.text.clone(), Some(crash)),
        Outcome::Limit(crash) => (outcome::LIMIT, crash.text.clone(), Some(crash)),
        Outcome::Deadline(text) => (outcome::DEADLINE, text, None),
        Outcome::Cancelled => (outcome::CANCELLED, String::new(), None),
        Outcome::Engine(text) => (outcome::ENGINE, text, None),
        Outcome::Exit(status) => (outcome::EXIT, status.to_string(), None),
    };
    let (backtrace, stderr) = match crash {
        Some(Crash {
            backtrace, stderr, ..
        }) => (Some(backtrace), Some(stderr)),
        None => (None, None),
    };
    (kind::DONE, handling, code, text, backtrace, stderr).into_pyobject(py)
}

fn stream_name(stream: Stream) -> &'static str {
    match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
        Stream::Dropped => "dropped",
        Stream::Denied => "denied",
        Stream::Limited => "limited",
    }
}
