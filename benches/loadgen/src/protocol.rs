//! As much of the NATS client protocol as the load needs.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const CONNECT: &str = "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true}\r\n";
const READ: usize = 64 * 1024;

pub struct Connection {
    stream: TcpStream,
    out: Vec<u8>,
    input: Vec<u8>,
    pongs: usize,
}

impl Connection {
    /// Connects and subscribes; returns when the server knows the subscription.
    pub fn open(port: u16, subject: &str, timeout: Duration) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(timeout))?;
        let mut connection = Self {
            stream,
            out: format!("{CONNECT}SUB {subject} 1\r\n").into_bytes(),
            input: Vec::new(),
            pongs: 0,
        };
        connection.round_trip(|_| {})?;
        Ok(connection)
    }

    /// Adds a message to what [`Self::flush`] sends.
    pub fn publish(&mut self, subject: &str, body: &[u8]) {
        let head = format!("PUB {subject} {}\r\n", body.len());
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
    pub fn finish(&mut self, arrived: impl FnMut(&[u8])) -> io::Result<()> {
        self.round_trip(arrived)
    }

    fn round_trip(&mut self, mut arrived: impl FnMut(&[u8])) -> io::Result<()> {
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
