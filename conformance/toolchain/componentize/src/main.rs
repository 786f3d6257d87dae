//! Makes components: `componentize COMMAND …`, see [`USAGE`].

mod arguments;
mod bindings;
mod encode;
mod text;
mod world;

use anyhow::{Result, bail};

const USAGE: &str = "\
componentize encode [CORE.wasm] [--wit PATH... [--world NAME]] [--preview1] -o OUT.wasm
    a core module that follows the canonical ABI becomes a component of a world; without a module
    the component traps at every call, but has exactly the imports and exports of the world;
    with --preview1 what it asks of WASI preview 1 is adapted
componentize bindings --wit PATH... --world NAME -o FOLDER
    writes the Go packages of a world
componentize text IN.wat -o OUT.wasm
    translates the WebAssembly text format";

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let arguments = arguments::parse(words)?;
    match command.as_str() {
        "encode" => encode::run(&arguments),
        "bindings" => bindings::run(&arguments),
        "text" => text::run(&arguments),
        _ => bail!("usage:\n{USAGE}"),
    }
}
