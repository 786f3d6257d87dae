//! A host for tests: answers what guests ask, and waits for the engine the way an event loop does.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file is a crate of its own and uses a part of it"
)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use wasi_messaging_engine::{
    Answer, CompileOptions, ComponentId, Crash, Engine, Event, Handling, HandlingId, LoadOptions,
    Message, OperationId, Outcome, compile, parse_text,
};

/// No test waits longer for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);
pub const ZOO: &str = include_str!("../guests/zoo.wat");
pub const COMMAND: &str = include_str!("../guests/command.wat");
pub const WASMCLOUD: &str = include_str!("../guests/wasmcloud.wat");

/// A folder that is gone afterwards.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("wasi-messaging-test-{}-{number}", process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    /// Compiles a component in text form.
    pub fn artifact(&self, text: &str) -> PathBuf {
        self.artifact_with(text, CompileOptions::default())
    }

    pub fn artifact_with(&self, text: &str, options: CompileOptions) -> PathBuf {
        let component = self.write("component.wasm", parse_text(text).unwrap());
        let artifact = self.path("component.cwasm");
        compile(&component, &artifact, options).unwrap();
        artifact
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The zoo, compiled once for all tests of a file.
pub fn zoo() -> &'static Path {
    static ARTIFACT: OnceLock<(Folder, PathBuf)> = OnceLock::new();
    let (_, artifact) = ARTIFACT.get_or_init(|| {
        let folder = Folder::new();
        let artifact = folder.artifact(ZOO);
        (folder, artifact)
    });
    artifact
}

pub fn options() -> LoadOptions {
    LoadOptions {
        name: "guest".into(),
        instances: 4,
        memory: 16 << 20,
        deadline: Some(PATIENCE),
        log_lines_per_second: 1000,
        ..LoadOptions::default()
    }
}

pub fn message(topic: &str) -> Message {
    Message {
        topic: Some(topic.into()),
        data: "hello".into(),
        ..Message::default()
    }
}

/// The text of a component whose core module has this in it; it exports `memory` and `handle`.
pub fn component(module: &str) -> String {
    format!(
        r#"(component
          (import "wasi:messaging/types@0.2.0-draft" (instance $types
            (export "message" (type (sub resource)))
            (type $e (variant (case "timeout") (case "connection" string)
                              (case "permission-denied" string) (case "other" string)))
            (export "error" (type (eq $e)))))
          (alias export $types "message" (type $message))
          (alias export $types "error" (type $error))
          (core module $M {module})
          (core instance $m (instantiate $M))
          (func $handle (param "message" (own $message)) (result (result (error $error)))
            (canon lift (core func $m "handle") (memory (core memory $m "memory"))))
          (instance $handler (export "handle" (func $handle)))
          (export "wasi:messaging/incoming-handler@0.2.0-draft" (instance $handler)))"#
    )
}

/// An engine with one component.
pub struct Host {
    pub engine: Arc<Engine>,
    pub component: ComponentId,
    /// Everything that happened, in order.
    pub events: Vec<Event>,
    pub answers: Vec<(OperationId, Answer)>,
}

impl Host {
    pub fn with_zoo(change: impl FnOnce(&mut LoadOptions)) -> Self {
        Self::with(zoo(), change)
    }

    pub fn with(artifact: &Path, change: impl FnOnce(&mut LoadOptions)) -> Self {
        let mut options = options();
        change(&mut options);
        let engine = Arc::new(Engine::new(2).unwrap());
        let component = engine.load(artifact, options).unwrap();
        Self {
            engine,
            component,
            events: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// One turn; gives the index of its first event.
    pub fn turn(&mut self, messages: Vec<(HandlingId, Message)>) -> usize {
        let component = self.component;
        let handlings = messages.into_iter().map(|(handling, message)| Handling {
            component,
            handling,
            message,
        });
        let answers = std::mem::take(&mut self.answers);
        let first = self.events.len();
        let events = self.engine.turn(handlings.collect(), answers);
        self.events.extend(events);
        first
    }

    /// Turns until `until` holds, answering every operation with ok.
    pub fn turn_until(&mut self, until: impl Fn(&[Event]) -> bool) {
        self.turn_until_with(until, |_| Some(Answer::Done));
    }

    /// Turns until `until` holds; operations get what `answer` gives, if anything.
    pub fn turn_until_with(
        &mut self,
        until: impl Fn(&[Event]) -> bool,
        answer: impl Fn(&Event) -> Option<Answer>,
    ) {
        let end = Instant::now() + PATIENCE;
        let mut seen = 0;
        loop {
            for event in &self.events[seen..] {
                if let (Some(operation), Some(answer)) = (operation(event), answer(event)) {
                    self.answers.push((operation, answer));
                }
            }
            seen = self.events.len();
            if until(&self.events) {
                return;
            }
            if self.answers.is_empty() && !self.engine.pending() {
                self.wait(end);
            }
            self.turn(Vec::new());
        }
    }

    /// Waits until the engine wants a turn.
    fn wait(&self, end: Instant) {
        let left = end.saturating_duration_since(Instant::now());
        let fd = self.engine.wake_fd();
        let timeout = Timespec::try_from(left).unwrap();
        let readable = poll(&mut [PollFd::new(&fd, PollFlags::IN)], Some(&timeout)).unwrap();
        assert!(readable > 0, "no wake-up; so far: {:#?}", self.events);
    }

    /// Handles messages to their end, and gives their outcomes.
    pub fn handle(&mut self, messages: Vec<(HandlingId, Message)>) -> Vec<Outcome> {
        self.handle_with(messages, |_| Some(Answer::Done))
    }

    pub fn handle_with(
        &mut self,
        messages: Vec<(HandlingId, Message)>,
        answer: impl Fn(&Event) -> Option<Answer>,
    ) -> Vec<Outcome> {
        let ids: Vec<_> = messages.iter().map(|(id, _)| *id).collect();
        self.events.clear();
        self.turn(messages);
        self.turn_until_with(|events| ids.iter().all(|id| is_done(events, *id)), answer);
        ids.into_iter().map(|id| self.take_outcome(id)).collect()
    }

    /// Handles one message, which has this topic.
    pub fn one(&mut self, topic: &str) -> Outcome {
        self.handle(vec![(1, message(topic))]).remove(0)
    }

    pub fn take_outcome(&mut self, id: HandlingId) -> Outcome {
        let is_it =
            |event: &Event| matches!(event, Event::Done { handling, .. } if *handling == id);
        let index = self.events.iter().position(is_it).unwrap();
        match self.events.remove(index) {
            Event::Done { outcome, .. } => outcome,
            _ => unreachable!(),
        }
    }

    /// What guests sent.
    pub fn sent(&self) -> Vec<&Message> {
        let sent = self.events.iter().filter_map(|event| match event {
            Event::Send { message, .. } => Some(message),
            _ => None,
        });
        sent.collect()
    }
}

pub fn operation(event: &Event) -> Option<OperationId> {
    match event {
        Event::Send { operation, .. }
        | Event::Connect { operation, .. }
        | Event::Request { operation, .. }
        | Event::Reply { operation, .. } => Some(*operation),
        Event::Done { .. } | Event::Log { .. } => None,
    }
}

pub fn is_done(events: &[Event], id: HandlingId) -> bool {
    events
        .iter()
        .any(|event| matches!(event, Event::Done { handling, .. } if *handling == id))
}

pub fn trap(outcome: Outcome) -> Crash {
    match outcome {
        Outcome::Trap(crash) => crash,
        other => panic!("not a trap: {other:?}"),
    }
}

pub fn limit(outcome: Outcome) -> Crash {
    match outcome {
        Outcome::Limit(crash) => crash,
        other => panic!("not a limit: {other:?}"),
    }
}
