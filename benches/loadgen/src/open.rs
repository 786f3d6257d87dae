//! The open loop: messages leave by the clock, whatever comes back.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crate::load::Load;
use crate::protocol::{Connection, is_silence};
use crate::tally::{SILENCE, Tally};

/// Seconds' worth of messages that may be outstanding before the rate counts as not held.
const BEHIND: f64 = 0.5;
/// Messages that may be outstanding at any rate.
const SOME: usize = 50;
/// How late the system may wake a thread that sleeps, in nanoseconds; by default it is fifty times that.
const TIMER_SLACK: &str = "1000";

/// Sends at a rate for the time that was asked for and says how it went, with the latencies in
/// microseconds, from when a message should have left until its copy was read: a message that left late
/// because something was slow waited all the same.
pub fn drive(load: &Load, rate: f64) -> io::Result<String> {
    std::fs::write("/proc/self/timerslack_ns", TIMER_SLACK)?;
    let clock = Clock::new(rate);
    let sender = load.connect()?;
    let listener = load.listen()?;
    let (received, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let listening = scope.spawn(|| listen(listener, load, &clock, &received, &over));
        let sent = send(sender, load, &clock, &received);
        let ended = Instant::now();
        over.store(true, Relaxed);
        let heard = listening
            .join()
            .map_err(|_| io::Error::other("the listener failed"))??;
        Ok(heard.as_json(&sent?, ended))
    })
}

struct Clock {
    start: Instant,
    rate: f64,
}

impl Clock {
    fn new(rate: f64) -> Self {
        let start = Instant::now() + Duration::from_millis(20);
        Self { start, rate }
    }

    fn due(&self, number: usize) -> Instant {
        self.start + Duration::from_secs_f64(number as f64 / self.rate)
    }
}

struct Sent {
    messages: usize,
    /// Whether the rate was given up because too much was outstanding.
    gave_up: bool,
}

fn send(
    mut connection: Connection,
    load: &Load,
    clock: &Clock,
    received: &AtomicUsize,
) -> io::Result<Sent> {
    let mut body = load.body.clone();
    let count = (clock.rate * load.seconds) as usize;
    let behind = SOME.max((clock.rate * BEHIND) as usize);
    let mut tally = Tally::new(load.copies);
    for messages in 0..count {
        let due = clock.due(messages);
        let now = Instant::now();
        if due > now {
            connection.flush()?; // what was due at the same time leaves at once
            if messages - received.load(Relaxed) > behind {
                return Ok(Sent {
                    messages,
                    gave_up: true,
                });
            }
            thread::sleep(due - Instant::now().min(due));
        }
        load.label.write(&mut body, tally.next());
        connection.publish(&load.to, load.reply, &load.from, &body);
    }
    connection.flush()?;
    Ok(Sent {
        messages: count,
        gave_up: false,
    })
}

struct Heard {
    tally: Tally,
    latencies: BTreeMap<u128, usize>,
    last: Instant,
}

fn listen(
    mut connection: Connection,
    load: &Load,
    clock: &Clock,
    received: &AtomicUsize,
    over: &AtomicBool,
) -> io::Result<Heard> {
    // The sender numbers; here messages are taken as sent when they arrive.
    let mut heard = Heard {
        tally: Tally::new(load.copies),
        latencies: BTreeMap::new(),
        last: clock.start,
    };
    let count = (clock.rate * load.seconds) as usize;
    while heard.tally.received() < count && !(over.load(Relaxed) && heard.last.elapsed() > SILENCE)
    {
        let read = connection.read(|body| {
            let now = Instant::now();
            if let Some(number) = heard.tally.arrived(body) {
                let waited = now.saturating_duration_since(clock.due(number)).as_micros();
                *heard.latencies.entry(rounded(waited)).or_default() += 1;
                heard.last = now;
                received.fetch_add(1, Relaxed);
            }
        });
        match read {
            Err(error) if !is_silence(&error) => return Err(error),
            _ => {}
        }
    }
    Ok(heard)
}

/// To three digits, to two from ten milliseconds on, so that there are not too many different ones.
fn rounded(microseconds: u128) -> u128 {
    let most = if microseconds < 10_000 { 1000 } else { 100 };
    let mut unit = 1;
    while microseconds / unit >= most {
        unit *= 10;
    }
    (microseconds + unit / 2) / unit * unit
}

impl Heard {
    fn as_json(&self, sent: &Sent, ended: Instant) -> String {
        let pairs: Vec<String> = self
            .latencies
            .iter()
            .map(|(waited, count)| format!("[{waited}, {count}]"))
            .collect();
        format!(
            "{{\"sent\": {}, \"received\": {}, \"handled\": {}, \"lost\": {}, \"duplicates\": {}, \
             \"gave_up\": {}, \"late\": {}, \"latencies\": [{}]}}",
            sent.messages,
            self.tally.received(),
            self.tally.received(),
            sent.messages - self.tally.received(),
            self.tally.duplicates(),
            sent.gave_up,
            self.last.saturating_duration_since(ended).as_secs_f64(),
            pairs.join(", "),
        )
    }
}
