//! What is asked of the generator: words `NAME=VALUE`, and the body on standard input.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Read};

use crate::protocol::{Connection, ReplyTo};
use crate::tally::{Label, SILENCE};

const USAGE: &str = "usage: wasi-messaging-loadgen port=N [token=T] to=SUBJECT from=SUBJECT seconds=S \
     (in-flight=N | rate=N) [copies=N] [reply=address|header] < BODY; \
     BODY holds a label: '#' and 16 more bytes";

pub struct Load {
    port: u16,
    token: Option<String>,
    /// Where messages go.
    pub to: String,
    /// Where copies and replies come from.
    pub from: String,
    /// How a message says that it wants a reply.
    pub reply: ReplyTo,
    /// How long messages are sent.
    pub seconds: f64,
    /// Outstanding at most, in a closed loop.
    pub in_flight: usize,
    /// Messages a second, in an open loop.
    pub rate: Option<f64>,
    /// How often each comes back.
    pub copies: u8,
    /// With a place for the label.
    pub body: Vec<u8>,
    pub label: Label,
}

impl Load {
    pub fn from_args() -> Result<Self, Box<dyn Error>> {
        let mut given = HashMap::new();
        for word in std::env::args().skip(1) {
            let (name, value) = word.split_once('=').ok_or(USAGE)?;
            given.insert(name.to_owned(), value.to_owned());
        }
        let mut take = |name: &str| given.remove(name);
        let mut body = Vec::new();
        io::stdin().read_to_end(&mut body)?;
        let load = Self {
            port: take("port").ok_or(USAGE)?.parse()?,
            token: take("token"),
            to: take("to").ok_or(USAGE)?,
            from: take("from").ok_or(USAGE)?,
            reply: match take("reply").as_deref() {
                None => ReplyTo::Nobody,
                Some("address") => ReplyTo::Address,
                Some("header") => ReplyTo::Header,
                Some(_) => return Err(USAGE.into()),
            },
            seconds: take("seconds").ok_or(USAGE)?.parse()?,
            in_flight: take("in-flight").map_or(Ok(1), |word| word.parse())?,
            rate: take("rate").map(|word| word.parse()).transpose()?,
            copies: take("copies").map_or(Ok(1), |word| word.parse())?,
            label: Label::find(&body).ok_or(USAGE)?,
            body,
        };
        if !given.is_empty() || load.in_flight == 0 || load.copies == 0 {
            return Err(USAGE.into());
        }
        Ok(load)
    }

    /// A connection that hears what comes back.
    pub fn listen(&self) -> io::Result<Connection> {
        let mut connection = self.connect()?;
        connection.subscribe(&self.from)?;
        Ok(connection)
    }

    /// A connection.
    pub fn connect(&self) -> io::Result<Connection> {
        Connection::open(self.port, self.token.as_deref(), SILENCE)
    }
}
