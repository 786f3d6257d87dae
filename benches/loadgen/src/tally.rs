//! Which messages were sent, and which came back how often.

/// Bytes at the start of a body that say which message it is: the run, then the number, in hex.
pub const LABEL: usize = 16;

pub struct Tally {
    run: u32,
    sent: usize,
    received: usize,
    duplicates: usize,
    seen: Vec<bool>,
}

impl Tally {
    pub fn new(count: usize) -> Self {
        Self {
            run: std::process::id(), // what is left from a run before is not counted
            sent: 0,
            received: 0,
            duplicates: 0,
            seen: vec![false; count],
        }
    }

    pub fn sent(&self) -> usize {
        self.sent
    }

    pub fn received(&self) -> usize {
        self.received
    }

    pub fn duplicates(&self) -> usize {
        self.duplicates
    }

    /// Writes the next message's label into a body.
    pub fn label_next(&mut self, body: &mut [u8]) {
        let label = format!("{:08x}{:08x}", self.run, self.sent);
        body[..LABEL].copy_from_slice(label.as_bytes());
        self.sent += 1;
    }

    /// Counts a body that came back.
    pub fn arrived(&mut self, body: &[u8]) {
        let Some((run, number)) = read_label(body) else {
            return;
        };
        if run != self.run {
            return;
        }
        match self.seen.get_mut(number) {
            Some(seen) if *seen => self.duplicates += 1,
            Some(seen) => {
                *seen = true;
                self.received += 1;
            }
            None => {}
        }
    }
}

fn read_label(body: &[u8]) -> Option<(u32, usize)> {
    let label = std::str::from_utf8(body.get(..LABEL)?).ok()?;
    let run = u32::from_str_radix(&label[..8], 16).ok()?;
    let number = u32::from_str_radix(&label[8..], 16).ok()?;
    Some((run, number as usize))
}
