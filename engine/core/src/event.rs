//! What crosses the border between the engine and its caller.

use std::sync::Arc;

use crate::message::Message;

/// The engine's number for a loaded component.
pub type ComponentId = u64;
/// The caller's number for a handling, unique among those running.
pub type HandlingId = u64;
/// The engine's number for something a guest waits for.
pub type OperationId = u64;

/// Something a guest did, or that became of it.
#[derive(Debug)]
pub enum Event {
    /// A guest sends a message; its topic is where to.
    Send {
        /// What the answer must name.
        operation: OperationId,
        /// Whose it is.
        handling: HandlingId,
        /// Which client of the component.
        client: Arc<str>,
        /// What is sent, with the topic it goes to.
        message: Message,
    },
    /// A guest opens a client.
    Connect {
        /// What the answer must name.
        operation: OperationId,
        /// Whose it is.
        handling: HandlingId,
        /// The client's name, as the guest spells it.
        client: Arc<str>,
    },
    /// A guest asks for replies.
    Request {
        /// What the answer must name.
        operation: OperationId,
        /// Whose it is.
        handling: HandlingId,
        /// Which client of the component.
        client: Arc<str>,
        /// What is asked, with the topic it goes to.
        message: Message,
        /// How long, and how many.
        options: RequestOptions,
    },
    /// A guest answers the message it is handling.
    Reply {
        /// What the answer must name.
        operation: OperationId,
        /// Whose it is.
        handling: HandlingId,
        /// The reply.
        message: Message,
    },
    /// A handling, or a command, ended. Exactly one of these comes for each.
    Done {
        /// Which.
        handling: HandlingId,
        /// How.
        outcome: Outcome,
    },
    /// A guest wrote a line.
    Log {
        /// Which component.
        component: ComponentId,
        /// During which handling; none while an instance started ahead of any.
        handling: Option<HandlingId>,
        /// Where to.
        stream: Stream,
        /// What, without the line's end.
        line: String,
    },
}

/// What a guest set for a request; none where it set nothing. A handling with a deadline bounds the
/// time of its requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestOptions {
    /// How long to wait, in milliseconds.
    pub timeout_ms: Option<u32>,
    /// How many replies to wait for.
    pub expected: Option<u32>,
}

/// Where a line was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// Not written by the guest: says how many lines were left out.
    Dropped,
    /// Not written by the guest: says what it wanted and is not granted.
    Denied,
    /// Not written by the guest: says what it wanted more of than an instance may have.
    Limited,
}

/// How a handling ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The guest returned ok.
    Ok,
    /// The guest returned an error.
    Failed(Failure),
    /// The guest trapped.
    Trap(Crash),
    /// The guest trapped after it was refused memory, table elements or handles.
    Limit(Crash),
    /// It took too long.
    Deadline(String),
    /// The caller wanted it stopped.
    Cancelled,
    /// The engine failed; the guest is not to blame.
    Engine(String),
    /// A command ended with this status, which is not zero.
    Exit(i32),
}

/// What is known of a trap.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Crash {
    /// Why.
    pub text: String,
    /// Frames of the guest's stack, innermost first.
    pub backtrace: Vec<String>,
    /// The last lines the guest wrote to standard error in this handling.
    pub stderr: Vec<String>,
}

/// The interface's `error`: what a guest returns, and what an operation of its may come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Took too long.
    Timeout,
    /// The broker, or the client.
    Connection(String),
    /// Not allowed.
    PermissionDenied(String),
    /// Anything else.
    Other(String),
}

/// What became of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was done. For a request: no replies.
    Done,
    /// It failed.
    Failed(Failure),
    /// The replies to a request.
    Replies(Vec<Message>),
}

impl Answer {
    /// As the result of an operation that gives nothing.
    pub(crate) fn nothing(self) -> Result<(), Failure> {
        match self {
            Self::Done => Ok(()),
            Self::Failed(failure) => Err(failure),
            Self::Replies(_) => Err(Failure::Other("the host answered with replies".into())),
        }
    }

    /// As the result of a request.
    pub(crate) fn replies(self) -> Result<Vec<Message>, Failure> {
        match self {
            Self::Done => Ok(Vec::new()),
            Self::Failed(failure) => Err(failure),
            Self::Replies(replies) => Ok(replies),
        }
    }
}
