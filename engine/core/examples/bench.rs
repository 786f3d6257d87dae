//! What one message costs in the engine alone: a contestant of the benchmark, `bench GUEST.wasm
//! reused|fresh`. It speaks the protocol of `benches/programs/serving.py`: it is asked, line by line, to
//! handle messages of a size for some time, and says how many it handled and how long that took.
//!
//! Each message is a full round trip: a turn with the message, and a turn with the answer to each
//! operation the guest asks for, until it is done. One message is under way at a time.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;
use std::time::Instant;
use std::{env, fs, io, process};

use wasi_messaging_engine::{
    Answer, CompileOptions, ComponentId, Engine, Event, Handling, LoadOptions, Message, Outcome,
    compile,
};

const USAGE: &str = "usage: bench GUEST.wasm reused|fresh";
/// A batch grows until it takes this share of the asked time; what was handled before is warm-up.
const GROWTH_SHARE: f64 = 0.1;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (guest, fresh) = match &arguments[..] {
        [guest, isolation] if isolation == "reused" => (guest, false),
        [guest, isolation] if isolation == "fresh" => (guest, true),
        _ => return Err(USAGE.into()),
    };
    let engine = Engine::new(1)?;
    let artifact = env::temp_dir().join(format!("wasi-messaging-bench-{}.cwasm", process::id()));
    compile(Path::new(guest), &artifact, CompileOptions::default())?;
    let loaded = engine.load(&artifact, options(fresh));
    fs::remove_file(&artifact)?;
    serve(&engine, loaded?)
}

fn options(fresh: bool) -> LoadOptions {
    LoadOptions {
        name: "bench".into(),
        memory: 256 << 20,
        fresh,
        ..LoadOptions::default()
    }
}

fn serve(engine: &Engine, component: ComponentId) -> Result<(), Box<dyn Error>> {
    println!(r#"{{"ready": true}}"#);
    let mut batches = HashMap::new();
    for line in io::stdin().lines() {
        let line = line?;
        let size = asked(&line, "size")? as usize;
        let seconds = asked(&line, "seconds")?;
        let batch = batches.entry(size).or_insert(1);
        let (messages, spent) = measure(engine, component, size, seconds, batch)?;
        println!(r#"{{"messages": {messages}, "seconds": {spent}}}"#);
    }
    Ok(())
}

/// A number of a line of JSON that has nothing but numbers.
fn asked(line: &str, name: &str) -> Result<f64, Box<dyn Error>> {
    let value = line
        .split(['{', ',', '}'])
        .filter_map(|field| field.split_once(':'))
        .find(|(key, _)| key.trim().trim_matches('"') == name);
    let (_, value) = value.ok_or_else(|| format!("no {name} in {line}"))?;
    Ok(value.trim().parse()?)
}

/// The messages that were handled, and the seconds they took.
fn measure(
    engine: &Engine,
    component: ComponentId,
    size: usize,
    seconds: f64,
    batch: &mut u64,
) -> Result<(u64, f64), Box<dyn Error>> {
    let message = Message {
        topic: Some("in".into()),
        data: vec![b'x'; size].into(),
        ..Message::default()
    };
    let (mut messages, mut total) = (0, 0.0);
    while total < seconds {
        let began = Instant::now();
        for _ in 0..*batch {
            handle(engine, component, message.clone())?;
        }
        let spent = began.elapsed().as_secs_f64();
        if spent < seconds * GROWTH_SHARE {
            *batch *= 2;
            continue;
        }
        messages += *batch;
        total += spent;
    }
    Ok((messages, total))
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
