//! The closed loop: what comes back makes room for the next message.

use std::io;
use std::time::{Duration, Instant};

use crate::load::Load;
use crate::protocol::{Connection, is_silence};
use crate::tally::{SILENCE, Tally};

/// Sends for the time that was asked for, waits for what is outstanding, and says how it went. The time
/// is that from the first message to the last arrival.
pub fn drive(load: &Load) -> io::Result<String> {
    let mut connection = load.listen()?;
    let mut tally = Tally::new(load.copies);
    let mut body = load.body.clone();
    // Refilling in portions keeps the generator from writing message by message.
    let portion = (load.in_flight / 4).max(1);
    let start = Instant::now();
    let until = start + Duration::from_secs_f64(load.seconds);
    let mut last = start;
    loop {
        let room = load.in_flight - tally.outstanding();
        if room >= portion && Instant::now() < until {
            publish(&mut connection, load, &mut tally, &mut body, room)?;
        }
        if tally.outstanding() == 0 {
            break;
        }
        let before = tally.received();
        match connection.read(|body| {
            tally.arrived(body);
        }) {
            Ok(()) => {}
            Err(error) if is_silence(&error) => break,
            Err(error) => return Err(error),
        }
        if tally.received() > before {
            last = Instant::now();
        } else if last.elapsed() > SILENCE {
            break;
        }
    }
    // Whatever is still on its way would be one too many.
    connection.finish(|body| {
        tally.arrived(body);
    })?;
    let seconds = (last - start).as_secs_f64();
    Ok(format!("{{{}, \"seconds\": {seconds}}}", tally.as_json()))
}

fn publish(
    connection: &mut Connection,
    load: &Load,
    tally: &mut Tally,
    body: &mut [u8],
    messages: usize,
) -> io::Result<()> {
    for _ in 0..messages {
        load.label.write(body, tally.next());
        connection.publish(&load.to, load.reply, &load.from, body);
    }
    connection.flush()
}
