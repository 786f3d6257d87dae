//! The class `Engine`.

use std::collections::HashMap;
use std::os::fd::{AsRawFd, RawFd};
use std::path::PathBuf;
use std::process;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyList;
use wasi_messaging_engine as core;

use crate::convert::{EngineFailure, answer, handling, raise};
use crate::event::to_python;

#[pyclass(frozen, module = "wasi_messaging._engine")]
pub(crate) struct Engine {
    /// None only while this is dropped.
    engine: Option<core::Engine>,
    /// The process it was made in; its threads did not come along to any other.
    process: u32,
}

impl Engine {
    fn core(&self) -> PyResult<&core::Engine> {
        let here = self.process == process::id();
        self.engine.as_ref().filter(|_| here).ok_or_else(|| {
            let text = "an engine cannot be used in a process forked from the one that made it";
            EngineFailure::new_err(text)
        })
    }
}

/// In a forked process there are no threads to wait for, though waiting is what dropping would do.
impl Drop for Engine {
    fn drop(&mut self) {
        if self.process != process::id() {
            std::mem::forget(self.engine.take());
        }
    }
}

#[pymethods]
impl Engine {
    #[new]
    #[pyo3(signature = (*, worker_threads = 2))]
    fn new(worker_threads: usize) -> PyResult<Self> {
        Ok(Self {
            engine: Some(core::Engine::new(worker_threads).map_err(raise)?),
            process: process::id(),
        })
    }

    fn fileno(&self) -> PyResult<RawFd> {
        Ok(self.core()?.wake_fd().as_raw_fd())
    }

    #[pyo3(signature = (
        artifact,
        name,
        *,
        instances,
        memory,
        max_handles,
        max_table_elements,
        fuel,
        deadline,
        fresh,
        max_messages_per_instance,
        env,
        config = Vec::new(),
        files = Vec::new(),
        http = None,
        sockets = Vec::new(),
        log_lines_per_second,
    ))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn load(
        &self,
        py: Python<'_>,
        artifact: PathBuf,
        name: String,
        instances: usize,
        memory: usize,
        max_handles: usize,
        max_table_elements: usize,
        fuel: Option<u64>,
        deadline: f64,
        fresh: bool,
        max_messages_per_instance: Option<u64>,
        env: Vec<(String, String)>,
        config: Vec<(String, String)>,
        files: Vec<(PathBuf, String, bool)>,
        http: Option<Vec<(String, Option<u16>)>>,
        sockets: Vec<(String, u16)>,
        log_lines_per_second: u64,
    ) -> PyResult<u64> {
        let options = core::LoadOptions {
            name,
            instances,
            memory,
            max_handles,
            max_table_elements,
            fuel,
            deadline: limit(deadline),
            fresh,
            max_messages_per_instance,
            grants: core::Grants {
                env,
                config,
                files: files.into_iter().map(folder).collect(),
                http: http.map(|hosts| hosts.into_iter().map(http_host).collect()),
                sockets,
            },
            log_lines_per_second,
        };
        let engine = self.core()?;
        py.detach(|| engine.load(&artifact, options)).map_err(raise)
    }

    fn unload(&self, py: Python<'_>, component: u64) -> PyResult<()> {
        let engine = self.core()?;
        py.detach(|| engine.unload(component));
        Ok(())
    }

    fn turn<'py>(
        &self,
        py: Python<'py>,
        handlings: Vec<Bound<'py, PyAny>>,
        answers: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let engine = self.core()?;
        let (mut good, mut bad) = (Vec::with_capacity(handlings.len()), Vec::new());
        for item in &handlings {
            match handling(item)? {
                (_, Ok(handling)) => good.push(handling),
                (handling, Err(text)) => bad.push(core::Event::Done {
                    handling,
                    outcome: core::Outcome::Engine(text),
                }),
            }
        }
        let answers: PyResult<Vec<_>> = answers.iter().map(answer).collect();
        let events = engine.turn(good, answers?);
        let list = PyList::empty(py);
        for event in bad.into_iter().chain(events) {
            list.append(to_python(py, event)?)?;
        }
        Ok(list)
    }

    #[getter]
    fn pending(&self) -> PyResult<bool> {
        Ok(self.core()?.pending())
    }

    fn run_command(&self, component: u64, handling: u64, arguments: Vec<String>) -> PyResult<()> {
        self.core()?
            .run_command(component, handling, arguments)
            .map_err(raise)
    }

    fn cancel(&self, handling: u64) -> PyResult<()> {
        self.core()?.cancel(handling);
        Ok(())
    }

    fn statistics(&self, component: u64) -> PyResult<HashMap<&'static str, u64>> {
        let Some(numbers) = self.core()?.statistics(component) else {
            let text = format!("there is no component {component}");
            return Err(EngineFailure::new_err(text));
        };
        Ok(HashMap::from([
            ("instances", numbers.instances as u64),
            ("idle", numbers.idle as u64),
            ("created", numbers.created),
            ("waiting", numbers.waiting as u64),
            ("running", numbers.running as u64),
        ]))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let engine = self.core()?;
        py.detach(|| engine.close());
        Ok(())
    }
}

fn folder((path, guest, write): (PathBuf, String, bool)) -> core::Folder {
    core::Folder { path, guest, write }
}

fn http_host((name, port): (String, Option<u16>)) -> core::HttpHost {
    core::HttpHost { name, port }
}

/// Zero and infinity are no limit, nor is what a clock cannot hold.
fn limit(seconds: f64) -> Option<Duration> {
    let limit = Duration::try_from_secs_f64(seconds).ok()?;
    (!limit.is_zero()).then_some(limit)
}
