//! From Python's values to the engine's, and errors the other way.

use std::io;

use bytes::Bytes;
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyList, PyTuple};
use wasi_messaging_engine as core;

use crate::event::outcome;

create_exception!(
    wasi_messaging._engine,
    EngineFailure,
    PyException,
    "The engine could not do what it was asked; the text is for people."
);

pub(crate) fn raise(error: core::Error) -> PyErr {
    match error {
        core::Error::Io(what, error) => {
            io::Error::new(error.kind(), format!("{what}: {error}")).into()
        }
        core::Error::Failure(text) => EngineFailure::new_err(text),
    }
}

/// `topic, data, content type, metadata`, as in `_engine.pyi`.
#[derive(FromPyObject)]
pub(crate) struct WireMessage(
    Option<String>,
    PyBackedBytes,
    Option<String>,
    Option<core::Metadata>,
);

impl From<WireMessage> for core::Message {
    fn from(WireMessage(topic, data, content_type, metadata): WireMessage) -> Self {
        Self {
            topic,
            content_type,
            data: Bytes::from_owner(data),
            metadata,
        }
    }
}

/// Something handed in: as it should be, or unusable and why.
pub(crate) type Extracted<T> = Result<T, String>;

/// The number of an item comes with whatever can be made of it, so that one bad item harms no other.
///
/// # Errors
///
/// The item does not even have a number.
pub(crate) fn handling(item: &Bound<'_, PyAny>) -> PyResult<(u64, Extracted<core::Handling>)> {
    match item.extract::<WireHandling>() {
        Ok(wire) => Ok((wire.1, Ok(wire.into()))),
        Err(error) => {
            let id = item.get_item(1)?.extract()?;
            let text = format!("the message cannot be used: {}", text(item.py(), &error));
            Ok((id, Err(text)))
        }
    }
}

/// As [`handling`]; an answer that is unusable is a failure of the operation.
pub(crate) fn answer(item: &Bound<'_, PyAny>) -> PyResult<(u64, core::Answer)> {
    let (operation, answer): (u64, Bound<'_, PyAny>) = item.extract()?;
    let answer = answer.extract::<WireAnswer>().map_or_else(
        |error| {
            let text = text(item.py(), &error);
            let text = format!("the host gave an answer that cannot be used: {text}");
            core::Answer::Failed(core::Failure::Other(text))
        },
        Into::into,
    );
    Ok((operation, answer))
}

/// An exception with what it was caused by, as PyO3 chains them.
fn text(py: Python<'_>, error: &PyErr) -> String {
    let cause = error.cause(py).map(|cause| text(py, &cause));
    let kind = error.get_type(py);
    let kind = kind
        .name()
        .map_or_else(|_| "error".into(), |name| name.to_string());
    let own = error.value(py).str();
    let own = own.map_or(kind.clone(), |own| {
        format!("{kind}: {}", own.to_string_lossy())
    });
    match cause {
        Some(cause) => format!("{own}: {cause}"),
        None => own,
    }
}

/// `component, handling, topic, data, content type, metadata`.
#[derive(FromPyObject)]
pub(crate) struct WireHandling(
    u64,
    u64,
    Option<String>,
    PyBackedBytes,
    Option<String>,
    Option<core::Metadata>,
);

impl From<WireHandling> for core::Handling {
    fn from(wire: WireHandling) -> Self {
        let WireHandling(component, handling, topic, data, content_type, metadata) = wire;
        Self {
            component,
            handling,
            message: WireMessage(topic, data, content_type, metadata).into(),
        }
    }
}

/// `None`, an error and its text, or replies.
pub(crate) struct WireAnswer(core::Answer);

impl From<WireAnswer> for core::Answer {
    fn from(answer: WireAnswer) -> Self {
        answer.0
    }
}

impl<'py> FromPyObject<'_, 'py> for WireAnswer {
    type Error = PyErr;

    fn extract(answer: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        Ok(Self(if answer.is_none() {
            core::Answer::Done
        } else if answer.is_instance_of::<PyTuple>() {
            let (outcome, text) = answer.extract()?;
            core::Answer::Failed(failure(outcome, text)?)
        } else if answer.is_instance_of::<PyList>() {
            let replies: Vec<WireMessage> = answer.extract()?;
            core::Answer::Replies(replies.into_iter().map(Into::into).collect())
        } else {
            let text = "an answer is None, (outcome, text), or a list of messages";
            return Err(PyTypeError::new_err(text));
        }))
    }
}

fn failure(outcome: u8, text: String) -> PyResult<core::Failure> {
    Ok(match outcome {
        outcome::TIMEOUT => core::Failure::Timeout,
        outcome::CONNECTION => core::Failure::Connection(text),
        outcome::PERMISSION_DENIED => core::Failure::PermissionDenied(text),
        outcome::OTHER => core::Failure::Other(text),
        _ => {
            let text = format!("{outcome} is no outcome that an operation can have");
            return Err(PyValueError::new_err(text));
        }
    })
}
