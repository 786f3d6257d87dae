//! Load on NATS for a handler that copies, changes, multiplies or answers messages.
//!
//! Publishes numbered messages on one subject and counts what comes back on another: in a closed loop
//! with a number of them outstanding, or in an open loop at a rate, with the latency of each counted
//! from the moment it should have been sent. The protocol is spoken by hand and nothing else is linked,
//! so that the generator takes as little as possible of a small machine from what it measures.

mod closed;
mod load;
mod open;
mod protocol;
mod tally;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let load = load::Load::from_args()?;
    let answer = match load.rate {
        Some(rate) => open::drive(&load, rate)?,
        None => closed::drive(&load)?,
    };
    println!("{answer}");
    Ok(())
}
