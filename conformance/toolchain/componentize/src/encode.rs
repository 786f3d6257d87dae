//! A core module becomes a component.

use anyhow::{Context, Result};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi};

use crate::arguments::Arguments;
use crate::world;

pub fn run(arguments: &Arguments) -> Result<()> {
    let module = module(arguments)?;
    let mut encoder = ComponentEncoder::default();
    encoder.validate(true).module(&module)?;
    if arguments.preview1 {
        encoder.adapter(
            WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        )?;
    }
    arguments.write(encoder.encode()?)
}

/// The core module, with its world; one that was compiled with bindings knows its world itself.
fn module(arguments: &Arguments) -> Result<Vec<u8>> {
    let given = arguments
        .input
        .as_ref()
        .map(|path| std::fs::read(path).with_context(|| path.display().to_string()))
        .transpose()?;
    match given {
        Some(module) if arguments.wit.is_empty() => Ok(module),
        _ => embed(given, arguments),
    }
}

fn embed(given: Option<Vec<u8>>, arguments: &Arguments) -> Result<Vec<u8>> {
    let (resolve, world) = world::read(arguments)?;
    let shape = ManglingAndAbi::Legacy(LiftLowerAbi::Sync);
    let mut module = given.unwrap_or_else(|| dummy_module(&resolve, world, shape));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)?;
    Ok(module)
}
