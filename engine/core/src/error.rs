//! What can go wrong outside of a handling.

use std::{fmt, io};

/// Why the engine could not do what it was asked.
#[derive(Debug)]
pub enum Error {
    /// A file or folder; with what was tried.
    Io(String, io::Error),
    /// Anything else, in words for people.
    Failure(String),
}

/// A result whose error is the engine's.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub(crate) fn failure(text: impl Into<String>) -> Self {
        Self::Failure(text.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(what, error) => write!(f, "{what}: {error}"),
            Self::Failure(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            Self::Failure(_) => None,
        }
    }
}

/// The whole chain of an error of wasmtime on one line.
pub(crate) fn one_line(error: &wasmtime::Error) -> String {
    format!("{error:#}").replace('\n', " ")
}
