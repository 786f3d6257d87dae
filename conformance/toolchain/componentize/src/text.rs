//! WebAssembly text becomes a binary.

use anyhow::Result;

use crate::arguments::Arguments;

pub fn run(arguments: &Arguments) -> Result<()> {
    arguments.write(wat::parse_file(arguments.input()?)?)
}
