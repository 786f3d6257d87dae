//! Closed-loop load on NATS for an echo program.
//!
//! Publishes numbered messages on one subject, keeps at most a fixed number of them outstanding, and
//! counts what comes back on another. One thread, one connection, the protocol spoken by hand, so that
//! the generator takes as little as possible of a small machine from the program it measures.

mod protocol;
mod tally;

use std::error::Error;
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use protocol::Connection;
use tally::Tally;

const USAGE: &str = "usage: wasi-messaging-loadgen PORT IN OUT COUNT WINDOW SIZE";
/// How long nothing may arrive before what is missing counts as lost.
const SILENCE: Duration = Duration::from_secs(5);

struct Load {
    port: u16,
    to: String,
    from: String,
    count: usize,
    window: usize,
    size: usize,
}

impl Load {
    fn from_args() -> Result<Self, Box<dyn Error>> {
        let given: Vec<String> = std::env::args().skip(1).collect();
        let [port, to, from, count, window, size] = given.as_slice() else {
            return Err(USAGE.into());
        };
        let load = Self {
            port: port.parse()?,
            to: to.clone(),
            from: from.clone(),
            count: count.parse()?,
            window: window.parse()?,
            size: size.parse()?,
        };
        if load.count == 0 || load.window == 0 || load.size < tally::LABEL {
            return Err(format!("{USAGE}; SIZE is at least {}", tally::LABEL).into());
        }
        Ok(load)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let load = Load::from_args()?;
    let mut connection = Connection::open(load.port, &load.from, SILENCE)?;
    let mut tally = Tally::new(load.count);
    let seconds = drive(&mut connection, &load, &mut tally)?;
    println!(
        "{{\"sent\": {}, \"received\": {}, \"lost\": {}, \"duplicates\": {}, \"seconds\": {seconds}}}",
        tally.sent(),
        tally.received(),
        tally.sent() - tally.received(),
        tally.duplicates(),
    );
    Ok(())
}

/// Sends everything and waits for it; returns the seconds from the first publish to the last arrival.
fn drive(
    connection: &mut Connection,
    load: &Load,
    tally: &mut Tally,
) -> Result<f64, Box<dyn Error>> {
    // Refilling in portions keeps the generator from writing message by message.
    let portion = (load.window / 4).max(1);
    let start = Instant::now();
    let mut last = start;
    while tally.received() < load.count {
        let left = load.count - tally.sent();
        let room = load.window - (tally.sent() - tally.received());
        if room >= portion.min(left) {
            publish(connection, load, tally, room.min(left))?;
        }
        let before = tally.received();
        match connection.read(|body| tally.arrived(body)) {
            Ok(()) => {}
            Err(error) if silent(error.kind()) => break,
            Err(error) => return Err(error.into()),
        }
        if tally.received() > before {
            last = Instant::now();
        } else if last.elapsed() > SILENCE {
            break;
        }
    }
    // Whatever is still on its way would be one too many.
    connection.finish(|body| tally.arrived(body))?;
    Ok((last - start).as_secs_f64())
}

fn publish(
    connection: &mut Connection,
    load: &Load,
    tally: &mut Tally,
    messages: usize,
) -> std::io::Result<()> {
    let mut body = vec![b'x'; load.size];
    for _ in 0..messages {
        tally.label_next(&mut body);
        connection.publish(&load.to, &body);
    }
    connection.flush()
}

fn silent(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}
