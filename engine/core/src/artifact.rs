//! Compiled components, and the folder they are kept in.

use std::fs::{self, DirBuilder, OpenOptions};
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use wasmtime::Engine;
use wasmtime::component::Component;

use crate::WASMTIME_VERSION;
use crate::error::{Error, Result, one_line};
use crate::kind::Kind;
use crate::settings::{self, Settings};

/// How a component is to be compiled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompileOptions {
    /// The code counts what it does, as [`LoadOptions::fuel`](crate::LoadOptions::fuel) needs; it is
    /// slower for it.
    pub fuel: bool,
}

/// Where the compiled form of a component file belongs below `cache`; makes that folder.
///
/// The name is a hash of the component's bytes, wasmtime's version and the settings of compilation,
/// the options among them.
///
/// # Errors
///
/// The file cannot be read, the folder cannot be made, belongs to somebody else, or others may write
/// to it: an artifact is code that runs with this process's rights.
pub fn artifact_path(component: &Path, cache: &Path, options: CompileOptions) -> Result<PathBuf> {
    let bytes = read(component)?;
    let mut hasher = Hash256(blake3::Hasher::new());
    WASMTIME_VERSION.hash(&mut hasher);
    for settings in Settings::with_fuel(options.fuel) {
        let engine = plain_engine(settings)?;
        engine.precompile_compatibility_hash().hash(&mut hasher);
    }
    hasher.0.update(&bytes);
    make_private(cache)?;
    let name = hasher.0.finalize().to_hex();
    Ok(cache.join(format!("{}.cwasm", &name[..32])))
}

/// Compiles a component file to an artifact, which appears at once and whole.
///
/// # Errors
///
/// The file cannot be read or is no component; the artifact cannot be written.
pub fn compile(component: &Path, artifact: &Path, options: CompileOptions) -> Result<()> {
    let bytes = read(component)?;
    let about = |text: &str| Error::failure(format!("{} {text}", component.display()));
    if let Some(complaint) = Kind::of(&bytes).complaint() {
        return Err(about(&complaint));
    }
    let [cheap, full] = Settings::with_fuel(options.fuel);
    let compiled = plain_engine(cheap)?
        .precompile_component(&bytes)
        .or_else(|_| plain_engine(full)?.precompile_component(&bytes))
        .map_err(|error: wasmtime::Error| {
            about(&format!("is not a valid component: {}", one_line(&error)))
        })?;
    write_whole(artifact, &compiled)
}

/// Maps an artifact into memory, for a plain engine with the settings it was compiled with, of which
/// this also tells those that differ.
pub(crate) fn open(artifact: &Path) -> Result<(Component, Settings)> {
    let with = |settings| {
        let component = deserialize(&plain_engine(settings)?, artifact)?;
        Ok((component, settings))
    };
    let [cheapest, others @ ..] = Settings::ALL;
    others.into_iter().fold(with(cheapest), |found, settings| {
        found.or_else(|error| with(settings).map_err(|_| error))
    })
}

fn plain_engine(settings: Settings) -> Result<Engine> {
    settings::plain_engine(settings).map_err(|error| Error::failure(one_line(&error)))
}

/// Maps an artifact into memory, for an engine with the settings it was compiled with.
pub(crate) fn deserialize(engine: &Engine, artifact: &Path) -> Result<Component> {
    let about = |text: String| Error::failure(format!("{}: {text}", artifact.display()));
    // What the system is short of, such as descriptors, is no fault of the file.
    fs::File::open(artifact).map_err(|error| io("cannot read", artifact, error))?;
    match Engine::detect_precompiled_file(artifact) {
        Ok(Some(wasmtime::Precompiled::Component)) => {}
        _ => {
            return Err(about(
                "is not a compiled component; compile it again".into(),
            ));
        }
    }
    #[allow(unsafe_code, reason = "the only way to load compiled code")]
    // SAFETY: the file is native code that runs unchecked, so it must be what `compile` wrote. It is
    // the caller's to see to that; `artifact_path` helps by giving a folder that only this user may
    // write to. Wasmtime itself refuses other versions and settings. `compile` never changes an
    // existing file but puts a new one in its place, so that the mapping stays as it is.
    let component = unsafe { Component::deserialize_file(engine, artifact) };
    component.map_err(|error| {
        let text = one_line(&error);
        about(format!("cannot be loaded, compile it again: {text}"))
    })
}

struct Hash256(blake3::Hasher);

impl Hasher for Hash256 {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

fn io(what: &str, path: &Path, error: std::io::Error) -> Error {
    Error::Io(format!("{what} {}", path.display()), error)
}

fn read(component: &Path) -> Result<Vec<u8>> {
    fs::read(component).map_err(|error| io("cannot read", component, error))
}

fn make_private(folder: &Path) -> Result<()> {
    let failed = |error| io("cannot make", folder, error);
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(0o700);
    builder.create(folder).map_err(failed)?;
    let metadata = fs::metadata(folder).map_err(failed)?;
    let unsafe_text = if metadata.uid() != rustix::process::geteuid().as_raw() {
        "belongs to another user"
    } else if metadata.mode() & 0o022 != 0 {
        "may be written to by others (chmod go-w)"
    } else {
        return Ok(());
    };
    Err(Error::failure(format!(
        "the folder for compiled components, {}, {unsafe_text}; what is in it runs with your rights",
        folder.display()
    )))
}

/// Writes beside the target and renames, so that nobody ever sees half a file, not even after the
/// machine lost its power.
fn write_whole(target: &Path, bytes: &[u8]) -> Result<()> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let mut name = target.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}-{number}.tmp", process::id()));
    let beside = target.with_file_name(name);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, target));
    written.map_err(|error| {
        let _ = fs::remove_file(&beside);
        io("cannot write", target, error)
    })
}
