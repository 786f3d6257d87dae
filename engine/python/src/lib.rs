//! The engine as the Python extension module `wasi_messaging._engine`.
//!
//! Converts types and nothing else. What the functions do is said in `_engine.pyi`, once.

#![allow(missing_docs, reason = "documented in _engine.pyi")]
#![allow(clippy::needless_pass_by_value, reason = "PyO3 hands arguments over")]

mod convert;
mod engine;
mod event;

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use wasi_messaging_engine as core;

use crate::convert::{EngineFailure, raise};

#[pyclass(frozen, get_all, module = "wasi_messaging._engine")]
struct Inspection {
    imports: Py<PyDict>,
    exports: Py<PyDict>,
    unmet: Vec<String>,
}

#[pyfunction]
#[pyo3(signature = (component, cache, *, fuel = false))]
fn artifact_path(
    py: Python<'_>,
    component: PathBuf,
    cache: PathBuf,
    fuel: bool,
) -> PyResult<String> {
    let options = core::CompileOptions { fuel };
    let path = py.detach(|| core::artifact_path(&component, &cache, options));
    let path = path.map_err(raise)?.into_os_string();
    path.into_string().map_err(|path| {
        let text = format!("{} is not UTF-8", path.display());
        EngineFailure::new_err(text)
    })
}

#[pyfunction]
#[pyo3(signature = (component, artifact, *, fuel = false))]
fn compile(py: Python<'_>, component: PathBuf, artifact: PathBuf, fuel: bool) -> PyResult<()> {
    let options = core::CompileOptions { fuel };
    py.detach(|| core::compile(&component, &artifact, options))
        .map_err(raise)
}

#[pyfunction]
fn inspect(py: Python<'_>, artifact: PathBuf) -> PyResult<Inspection> {
    let inspection = py.detach(|| core::inspect(&artifact)).map_err(raise)?;
    Ok(Inspection {
        imports: interfaces(py, inspection.imports)?,
        exports: interfaces(py, inspection.exports)?,
        unmet: inspection.unmet,
    })
}

fn interfaces(py: Python<'_>, interfaces: core::Interfaces) -> PyResult<Py<PyDict>> {
    let all = PyDict::new(py);
    for (name, functions) in interfaces {
        let signatures = PyDict::new(py);
        for (function, signature) in functions {
            signatures.set_item(function, signature)?;
        }
        all.set_item(name, signatures)?;
    }
    Ok(all.unbind())
}

#[pyfunction]
fn parse_text<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyBytes>> {
    let binary = core::parse_text(text).map_err(raise)?;
    Ok(PyBytes::new(py, &binary))
}

#[pymodule]
fn _engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    event::add_constants(module)?;
    module.add("EngineFailure", module.py().get_type::<EngineFailure>())?;
    module.add("version", core::WASMTIME_VERSION)?;
    module.add_class::<engine::Engine>()?;
    module.add_class::<Inspection>()?;
    module.add_function(wrap_pyfunction!(artifact_path, module)?)?;
    module.add_function(wrap_pyfunction!(compile, module)?)?;
    module.add_function(wrap_pyfunction!(inspect, module)?)?;
    module.add_function(wrap_pyfunction!(parse_text, module)?)
}
