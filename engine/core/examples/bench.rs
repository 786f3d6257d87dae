//! What one message costs in the engine alone: `bench GUEST.wasm [SIZE …]` prints microseconds as JSON.
//!
//! Each message is a full round trip: a turn with the message, and a turn with the answer to each
//! operation the guest asks for, until it is done. One message is under way at a time.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, fs, process};

use wasi_messaging_engine::{
    Answer, CompileOptions, ComponentId, Engine, Event, Handling, LoadOptions, Message, Outcome,
    WASMTIME_VERSION, compile,
};

const SIZES: [usize; 4] = [16, 1024, 64 << 10, 1 << 20];
const ROUNDS: usize = 40;
const ROUND: Duration = Duration::from_millis(40);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let guest = arguments.next().ok_or("usage: bench GUEST.wasm [SIZE …]")?;
    let sizes = arguments
        .map(|size| size.parse())
        .collect::<Result<Vec<_>, _>>()?;
    let sizes = if sizes.is_empty() { &SIZES } else { &sizes[..] };
    let artifact = env::temp_dir().join(format!("wasi-messaging-bench-{}.cwasm", process::id()));
    compile(Path::new(&guest), &artifact, CompileOptions::default())?;
    let results = measure_all(&artifact, sizes);
    fs::remove_file(&artifact)?;
    let results = results?.join(", ");
    println!(r#"{{"guest": {guest:?}, "wasmtime": "{WASMTIME_VERSION}", "results": [{results}]}}"#);
    Ok(())
}

fn measure_all(artifact: &Path, sizes: &[usize]) -> Result<Vec<String>, Box<dyn Error>> {
    let engine = Engine::new(1)?;
    let reused = engine.load(artifact, options(false))?;
    let fresh = engine.load(artifact, options(true))?;
    let results = sizes.iter().map(|&size| {
        let reused = measure(&engine, reused, size)?;
        let fresh = measure(&engine, fresh, size)?;
        Ok(format!(
            r#"{{"bytes": {size}, "reused_us": {reused:.2}, "fresh_us": {fresh:.2}}}"#
        ))
    });
    results.collect()
}

fn options(fresh: bool) -> LoadOptions {
    LoadOptions {
        name: "bench".into(),
        memory: 256 << 20,
        fresh,
        ..LoadOptions::default()
    }
}

/// Microseconds a message, in the best of some rounds.
fn measure(engine: &Engine, component: ComponentId, size: usize) -> Result<f64, Box<dyn Error>> {
    let message = Message {
        topic: Some("in".into()),
        data: vec![b'x'; size].into(),
        ..Message::default()
    };
    let mut best = f64::MAX;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let mut count = 0;
        while began.elapsed() < ROUND {
            for _ in 0..16 {
                handle(engine, component, message.clone())?;
            }
            count += 16;
        }
        best = best.min(began.elapsed().as_secs_f64() * 1e6 / f64::from(count));
    }
    Ok(best)
}

fn handle(engine: &Engine, component: ComponentId, message: Message) -> Result<(), Box<dyn Error>> {
    let handling = Handling {
        component,
        handling: 1,
        message,
    };
    let mut events = engine.turn(vec![handling], Vec::new());
    loop {
        let mut answers = Vec::with_capacity(1);
        for event in events {
            match event {
                Event::Send { operation, .. }
                | Event::Connect { operation, .. }
                | Event::Request { operation, .. }
                | Event::Reply { operation, .. } => answers.push((operation, Answer::Done)),
                Event::Done {
                    outcome: Outcome::Ok,
                    ..
                } => return Ok(()),
                Event::Done { outcome, .. } => return Err(format!("{outcome:?}").into()),
                Event::Log { line, .. } => eprintln!("{line}"),
            }
        }
        events = engine.turn(Vec::new(), answers);
    }
}
