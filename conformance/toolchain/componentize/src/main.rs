//! `componentize [CORE.wasm] --wit PATH… [--world NAME] -o OUT.wasm`, or `componentize TEXT.wat -o OUT.wasm`
//!
//! Turns a core module that follows the canonical ABI into a component of a WIT world. Without a
//! module, the component traps at every call but has exactly the imports and exports of the world:
//! what a test needs to see how a shape is recognised. Text is only translated.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{LiftLowerAbi, ManglingAndAbi, Resolve, WorldId};

const USAGE: &str =
    "componentize [CORE.wasm] --wit PATH... [--world NAME] -o OUT.wasm | TEXT.wat -o OUT.wasm";

/// What the command line says.
#[derive(Default)]
struct Arguments {
    core: Option<PathBuf>,
    wit: Vec<PathBuf>,
    world: Option<String>,
    output: PathBuf,
}

fn main() -> Result<()> {
    let arguments = parse(std::env::args().skip(1))?;
    let component = match &arguments.core {
        Some(text) if text.extension().is_some_and(|ending| ending == "wat") => {
            wat::parse_file(text)?
        }
        _ => component(&arguments)?,
    };
    std::fs::write(&arguments.output, component)
        .with_context(|| format!("{}", arguments.output.display()))
}

fn component(arguments: &Arguments) -> Result<Vec<u8>> {
    let (resolve, world) = resolve(arguments)?;
    let mut module = match &arguments.core {
        Some(path) => std::fs::read(path).with_context(|| format!("{}", path.display()))?,
        None => dummy_module(&resolve, world, ManglingAndAbi::Legacy(LiftLowerAbi::Sync)),
    };
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    ComponentEncoder::default()
        .validate(true)
        .module(&module)?
        .encode()
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments> {
    let mut arguments = Arguments::default();
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .with_context(|| format!("{word} needs a value"))
        };
        match word.as_str() {
            "--wit" => arguments.wit.push(value()?.into()),
            "--world" => arguments.world = Some(value()?),
            "-o" => arguments.output = value()?.into(),
            option if option.starts_with('-') => bail!("unknown option {option}\n{USAGE}"),
            path => arguments.core = Some(path.into()),
        }
    }
    if arguments.core.is_none() && arguments.wit.is_empty()
        || arguments.output.as_os_str().is_empty()
    {
        bail!("{USAGE}");
    }
    Ok(arguments)
}

/// Reads the packages in the order given, so a later one may use an earlier one; the world is one of
/// the last package's.
fn resolve(arguments: &Arguments) -> Result<(Resolve, WorldId)> {
    let mut resolve = Resolve::default();
    let mut package = None;
    for path in &arguments.wit {
        let (id, _) = resolve.push_path(path)?;
        package = Some(id);
    }
    let packages: Vec<_> = package.into_iter().collect();
    let world = resolve.select_world(&packages, arguments.world.as_deref())?;
    Ok((resolve, world))
}
