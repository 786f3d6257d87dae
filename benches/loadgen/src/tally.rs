//! Which messages were sent, and which came back how often.

use std::time::Duration;

/// How long nothing may arrive before what is missing counts as lost.
pub const SILENCE: Duration = Duration::from_secs(3);

/// What a label begins with; no other byte of a body is the same before it.
const MARK: u8 = b'#';
/// Bytes after the mark that say which message it is: the run, then the number, in hex.
const DIGITS: usize = 16;

/// Where the label is in the body that is sent. Handlers may move it.
pub struct Label(usize);

impl Label {
    /// The place that a body has for the label.
    pub fn find(body: &[u8]) -> Option<Self> {
        let at = body.iter().position(|byte| *byte == MARK)? + 1;
        (at + DIGITS <= body.len()).then_some(Self(at))
    }

    /// Writes that of the message with a number.
    pub fn write(&self, body: &mut [u8], number: usize) {
        let digits = format!("{:08x}{number:08x}", std::process::id());
        body[self.0..self.0 + DIGITS].copy_from_slice(digits.as_bytes());
    }

    /// The number of a message of this run.
    fn read(body: &[u8]) -> Option<usize> {
        let Self(at) = Self::find(body)?;
        let digits = std::str::from_utf8(&body[at..at + DIGITS]).ok()?;
        let run = u32::from_str_radix(&digits[..8], 16).ok()?;
        let number = u32::from_str_radix(&digits[8..], 16).ok()?;
        (run == std::process::id()).then_some(number as usize) // else it is left from a run before
    }
}

pub struct Tally {
    copies: u8,
    sent: usize,
    received: usize,
    handled: usize,
    duplicates: usize,
    seen: Vec<u8>,
}

impl Tally {
    /// Each message comes back so many times.
    pub fn new(copies: u8) -> Self {
        Self {
            copies,
            sent: 0,
            received: 0,
            handled: 0,
            duplicates: 0,
            seen: Vec::new(),
        }
    }

    /// Messages of which something has not come back.
    pub fn outstanding(&self) -> usize {
        self.sent - self.handled
    }

    /// Copies that came back, without those that were one too many.
    pub fn received(&self) -> usize {
        self.received
    }

    pub fn duplicates(&self) -> usize {
        self.duplicates
    }

    /// The number of the next message.
    pub fn next(&mut self) -> usize {
        self.sent += 1;
        self.sent - 1
    }

    /// Counts a body that came back; returns its number if it was waited for.
    pub fn arrived(&mut self, body: &[u8]) -> Option<usize> {
        let number = Label::read(body)?;
        if number >= self.seen.len() {
            self.seen.resize((number + 1).next_power_of_two(), 0);
        }
        if self.seen[number] == self.copies {
            self.duplicates += 1;
            return None;
        }
        self.seen[number] += 1;
        self.received += 1;
        if self.seen[number] == self.copies {
            self.handled += 1;
        }
        Some(number)
    }

    /// For programs; without braces.
    pub fn as_json(&self) -> String {
        format!(
            "\"sent\": {}, \"received\": {}, \"handled\": {}, \"lost\": {}, \"duplicates\": {}",
            self.sent,
            self.received,
            self.handled,
            self.sent * usize::from(self.copies) - self.received,
            self.duplicates,
        )
    }
}
