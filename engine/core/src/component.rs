//! A loaded component: everything its instances have in common.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::{Component as Code, InstancePre, Linker};
use wasmtime::{Engine, EngineWeak};
use wasmtime_wasi::p2::bindings::CommandPre;

use crate::artifact::{deserialize, open};
use crate::error::{Error, Result, one_line};
use crate::event::{ComponentId, Outcome};
use crate::folders::Folders;
use crate::grants::Grants;
use crate::handler::{HANDLER, HandlerPre, exports};
use crate::instance::{Instance, new_store, refuel};
use crate::journal::Journal;
use crate::options::LoadOptions;
use crate::port::Port;
use crate::quota::Quota;
use crate::state::State;
use crate::{host, inspect, settings, trap};

const RUN: &str = "wasi:cli/run@0.2";
const HTTP: &str = "wasi:http/";

pub(crate) struct Component {
    pub(crate) id: ComponentId,
    pub(crate) options: LoadOptions,
    pub(crate) quota: Arc<Quota>,
    engine: Engine,
    grants: Arc<Grants>,
    folders: Folders,
    handler: Option<HandlerPre>,
    command: Option<CommandPre<State>>,
}

impl Component {
    /// Loads compiled code and links it; makes no instance yet.
    pub(crate) fn load(id: ComponentId, artifact: &Path, options: LoadOptions) -> Result<Self> {
        options.check()?;
        let failed = |error| Error::failure(format!("{}: {}", options.name, one_line(&error)));
        let (code, settings) = open(artifact)?;
        if settings.fuel != options.fuel.is_some() {
            return Err(other_fuel(&options, artifact));
        }
        let engine = settings::pooled_engine(&code, settings, &options)
            .map_err(|error| no_room(&options, &error))?;
        let code = deserialize(&engine, artifact)?;
        let pre = link(&engine, &code, &options)?;
        let handler = HandlerPre::of(&code, &pre).map_err(failed)?;
        let folders = Folders::open(&options.grants.files)
            .map_err(|error| Error::failure(format!("{}: {error}", options.name)))?;
        let command = exports(&code, RUN).then(|| CommandPre::new(pre));
        if handler.is_none() && command.is_none() {
            let text = format!(
                "{}: exports neither {HANDLER} nor wasi:cli/run",
                options.name
            );
            return Err(Error::Failure(text));
        }
        Ok(Self {
            id,
            quota: Arc::new(Quota::new(options.log_lines_per_second)),
            grants: Arc::new(options.grants.clone()),
            folders,
            handler,
            command: command.transpose().map_err(failed)?,
            engine,
            options,
        })
    }

    pub(crate) fn engine(&self) -> EngineWeak {
        self.engine.weak()
    }

    /// Whether it takes messages, and does not only run as a command.
    pub(crate) fn is_handler(&self) -> bool {
        self.handler.is_some()
    }

    /// When work that starts now must have ended.
    pub(crate) fn deadline_from(&self, now: Instant) -> Option<Instant> {
        now.checked_add(self.options.deadline?)
    }

    pub(crate) fn deadline_outcome(&self) -> Outcome {
        let deadline = self.options.deadline.unwrap_or_default().as_secs_f64();
        Outcome::Deadline(format!("deadline of {deadline} s passed"))
    }

    /// A new instance, for messages.
    pub(crate) async fn instantiate(&self, port: Arc<Port>) -> Result<Instance, Outcome> {
        let name = &self.options.name;
        let Some(pre) = &self.handler else {
            let text = format!("{name} takes no messages: it does not export {HANDLER}");
            return Err(Outcome::Engine(text));
        };
        let journal = self.journal(&port);
        let (grants, folders) = (&self.grants, &self.folders);
        let state = State::for_messages(port, &self.options, grants, folders, journal);
        Instance::start(pre, name, state).await
    }

    fn journal(&self, port: &Arc<Port>) -> Journal {
        Journal::new(self.id, Arc::clone(port), Arc::clone(&self.quota))
    }

    /// Runs the command to its end, in an instance of its own.
    pub(crate) async fn run(&self, port: Arc<Port>, arguments: &[String]) -> Outcome {
        let name = &self.options.name;
        let Some(pre) = &self.command else {
            let text = format!("{name} is no command: it does not export wasi:cli/run");
            return Outcome::Engine(text);
        };
        let arguments = [std::slice::from_ref(name), arguments].concat();
        let journal = self.journal(&port);
        let (grants, folders, options) = (&self.grants, &self.folders, &self.options);
        let state = State::for_command(port, options, grants, folders, journal, &arguments);
        let mut store = new_store(&self.engine, state);
        let command = match pre.instantiate_async(&mut store).await {
            Ok(command) => command,
            Err(error) => return trap::while_starting(&error, name, store.data_mut()),
        };
        refuel(&mut store);
        store.data_mut().begin();
        match command.wasi_cli_run().call_run(&mut store).await {
            Ok(Ok(())) => Outcome::Ok,
            Ok(Err(())) => Outcome::Exit(1),
            Err(error) => match trap::exit_status(&error) {
                Some(0) => Outcome::Ok,
                Some(status) => Outcome::Exit(status),
                None => trap::while_running(&error, store.data_mut()),
            },
        }
    }
}

/// Code that does not count cannot stop, and code that counts would be slow for nothing.
fn other_fuel(options: &LoadOptions, artifact: &Path) -> Error {
    let (code, wish) = match options.fuel {
        Some(_) => ("does not count", "has a limit of"),
        None => ("counts", "has no limit of"),
    };
    Error::failure(format!(
        "{}: {} {code} fuel and the component {wish} it; compile it again",
        options.name,
        artifact.display()
    ))
}

/// The pool is mere address space, of which each instance takes some gigabytes, and a few entries in
/// the kernel's list of mappings: a machine has enough of both for thousands of instances.
fn no_room(options: &LoadOptions, error: &wasmtime::Error) -> Error {
    let LoadOptions {
        name, instances, ..
    } = options;
    let error = one_line(error);
    Error::failure(format!(
        "{name}: this machine cannot give {instances} instances of this component room ({error}); \
         lower `instances`"
    ))
}

fn link(engine: &Engine, code: &Code, options: &LoadOptions) -> Result<InstancePre<State>> {
    let name = &options.name;
    let wants_http = imports(code, HTTP);
    if wants_http && options.grants.http.is_none() {
        let text = format!("{name} imports wasi:http, and no hosts are granted to it");
        return Err(Error::Failure(text));
    }
    let mut linker = Linker::new(engine);
    host::add_to_linker(&mut linker, wants_http)
        .and_then(|()| linker.instantiate_pre(code))
        .map_err(|error| {
            let unmet = inspect::unmet(engine, code);
            let text = match unmet.is_empty() {
                true => one_line(&error),
                false => unmet.join("; "),
            };
            Error::failure(format!(
                "{name} imports what this host does not give: {text}"
            ))
        })
}

fn imports(code: &Code, prefix: &str) -> bool {
    let ty = code.component_type();
    let mut imports = ty.imports(code.engine());
    imports.any(|(name, _)| name.starts_with(prefix))
}
