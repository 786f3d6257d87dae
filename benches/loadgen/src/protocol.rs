//! As much of the NATS client protocol as the load needs.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const OPTIONS: &str = "\"verbose\":false,\"pedantic\":false,\"headers\":true";
/// The header for a reply's address, where a stream keeps the message and needs the protocol's own.
const REPLY_HEADER: &str = "wasi-messaging-reply-to";
const READ: usize = 64 * 1024;

pub struct Connection {
    stream: TcpStream,
    out: Vec<u8>,
    input: Vec<u8>,
    pongs: usize,
}

/// How a message says where its reply goes.
#[derive(Clone, Copy)]
pub enum ReplyTo {
    Nobody,
    Address,
    Header,
}

impl Connection {
    /// Connects; returns when the server has accepted.
    pub fn open(port: u16, token: Option<&str>, timeout: Duration) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(timeout))?;
        let token = token.map_or(String::new(), |it| format!(",\"auth_token\":\"{it}\""));
        let mut connection = Self {
            stream,
            out: format!("CONNECT {{{OPTIONS}{token}}}\r\n").into_bytes(),
            input: Vec::new(),
            pongs: 0,
        };
        connection.finish(|_| {})?;
        Ok(connection)
    }

    /// Returns when the server knows the subscription.
    pub fn subscribe(&mut self, subject: &str) -> io::Result<()> {
        self.out
            .extend_from_slice(format!("SUB {subject} 1\r\n").as_bytes());
        self.finish(|_| {})
    }

    /// Adds a message to what [`Self::flush`] sends.
    pub fn publish(&mut self, subject: &str, reply: ReplyTo, inbox: &str, body: &[u8]) {
        let size = body.len();
        let head = match reply {
            ReplyTo::Nobody => format!("PUB {subject} {size}\r\n"),
            ReplyTo::Address => format!("PUB {subject} {inbox} {size}\r\n"),
            ReplyTo::Header => {
                let headers = format!("NATS/1.0\r\n{REPLY_HEADER}: {inbox}\r\n\r\n");
                let length = headers.len();
                format!("HPUB {subject} {length} {}\r\n{headers}", length + size)
            }
        };
        self.out.extend_from_slice(head.as_bytes());
        self.out.extend_from_slice(body);
        self.out.extend_from_slice(b"\r\n");
    }

    /// Sends what was published.
    pub fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.out)?;
        self.out.clear();
        Ok(())
    }

    /// Waits for bytes and hands over the bodies of the messages that are complete.
    pub fn read(&mut self, mut arrived: impl FnMut(&[u8])) -> io::Result<()> {
        let have = self.input.len();
        self.input.resize(have + READ, 0);
        let got = self.stream.read(&mut self.input[have..]);
        self.input.truncate(have + *got.as_ref().unwrap_or(&0));
        if got? == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the server hung up",
            ));
        }
        let mut at = 0;
        while let Some(used) = self.take(at, &mut arrived)? {
            at += used;
        }
        self.input.drain(..at);
        self.flush()
    }

    /// Reads on until the server has answered everything sent so far.
    pub fn finish(&mut self, mut arrived: impl FnMut(&[u8])) -> io::Result<()> {
        let awaited = self.pongs + 1;
        self.out.extend_from_slice(b"PING\r\n");
        self.flush()?;
        while self.pongs < awaited {
            self.read(&mut arrived)?;
        }
        Ok(())
    }

    /// Reads one command of the server; returns its length, or nothing if it is not complete.
    fn take(&mut self, at: usize, arrived: &mut impl FnMut(&[u8])) -> io::Result<Option<usize>> {
        let input = &self.input[at..];
        let Some(end) = input.windows(2).position(|pair| pair == b"\r\n") else {
            return Ok(None);
        };
        let line = String::from_utf8_lossy(&input[..end]);
        let mut words = line.split_ascii_whitespace();
        let head = end + 2;
        match words.next() {
            Some(kind @ ("MSG" | "HMSG")) => {
                let sizes: Vec<usize> = words.rev().map_while(|word| word.parse().ok()).collect();
                let total = *sizes.first().ok_or_else(|| unexpected(&line))?;
                if input.len() < head + total + 2 {
                    return Ok(None);
                }
                let headers = if kind == "HMSG" { sizes[1] } else { 0 };
                arrived(&input[head + headers..head + total]);
                Ok(Some(head + total + 2))
            }
            Some("PING") => {
                self.out.extend_from_slice(b"PONG\r\n");
                Ok(Some(head))
            }
            Some("PONG") => {
                self.pongs += 1;
                Ok(Some(head))
            }
            Some("INFO" | "+OK") => Ok(Some(head)),
            _ => Err(unexpected(&line)),
        }
    }
}

fn unexpected(line: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("unexpected from the server: {line}"),
    )
}

/// Whether nothing came within the timeout.
pub fn is_silence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}
