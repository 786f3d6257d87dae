//! What guests write to standard output and standard error, as lines.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::event::Stream;
use crate::hub::lock;
use crate::journal::Journal;

/// A longer line is broken here.
const MAX_LINE: usize = 8 * 1024;
/// What a guest may write at once; it never has to wait.
const PERMIT: usize = 64 * 1024;
/// Lines of standard error kept for a trap's report.
const TAIL: usize = 20;

/// Both streams of one instance. A last line without an end comes out when this is dropped.
pub(crate) struct Capture {
    journal: Arc<Journal>,
    lines: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    tail: VecDeque<String>,
}

impl Capture {
    pub(crate) fn new(journal: Arc<Journal>) -> Self {
        Self {
            journal,
            lines: Mutex::default(),
        }
    }

    /// Forgets what earlier handlings wrote to standard error.
    pub(crate) fn begin(&self) {
        lock(&self.lines).tail.clear();
    }

    /// Makes lines of what has no end yet, and says so if lines were left out.
    pub(crate) fn flush(&self) {
        let mut lines = lock(&self.lines);
        for stream in [Stream::Stdout, Stream::Stderr] {
            let rest = std::mem::take(lines.buffer(stream));
            if !rest.is_empty() {
                self.emit(&mut lines.tail, stream, &rest);
            }
        }
        self.journal.end();
    }

    /// The last lines of standard error.
    pub(crate) fn tail(&self) -> Vec<String> {
        lock(&self.lines).tail.iter().cloned().collect()
    }

    fn write(&self, stream: Stream, bytes: &[u8]) {
        let mut lines = lock(&self.lines);
        let lines = &mut *lines;
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let buffer = lines.buffer(stream);
            buffer.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(buffer);
                self.emit(&mut lines.tail, stream, &line);
            }
            while lines.buffer(stream).len() >= MAX_LINE {
                let rest = split_line(lines.buffer(stream));
                let line = std::mem::replace(lines.buffer(stream), rest);
                self.emit(&mut lines.tail, stream, &line);
            }
        }
    }

    fn emit(&self, tail: &mut VecDeque<String>, stream: Stream, line: &[u8]) {
        let admitted = self.journal.admit();
        if !admitted && stream == Stream::Stdout {
            return;
        }
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        if stream == Stream::Stderr {
            if tail.len() == TAIL {
                tail.pop_front();
            }
            tail.push_back(line.clone().into_owned());
        }
        if admitted {
            self.journal.write(stream, line.into_owned());
        }
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.flush();
    }
}

impl Lines {
    fn buffer(&mut self, stream: Stream) -> &mut Vec<u8> {
        if stream == Stream::Stderr {
            &mut self.stderr
        } else {
            &mut self.stdout
        }
    }
}

/// Cuts a line that is too long, not within a character, and returns what is left over.
fn split_line(line: &mut Vec<u8>) -> Vec<u8> {
    let is_boundary = |at: &usize| line.get(*at).is_none_or(|byte| byte & 0xC0 != 0x80);
    let at = (MAX_LINE - 3..=MAX_LINE).rev().find(is_boundary);
    line.split_off(at.unwrap_or(MAX_LINE))
}

/// One of the two streams, as WASI wants it.
#[derive(Clone)]
pub(crate) struct LogStream {
    pub(crate) capture: Arc<Capture>,
    pub(crate) stream: Stream,
}

impl IsTerminal for LogStream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogStream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for LogStream {
    async fn ready(&mut self) {}
}

#[async_trait]
impl OutputStream for LogStream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.capture.write(self.stream, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(PERMIT)
    }
}

impl AsyncWrite for LogStream {
    fn poll_write(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.capture.write(self.stream, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
