//! What a Go program calls and is called by, generated from a world.

use std::fs;

use anyhow::{Context, Result};
use wit_bindgen_core::Files;
use wit_bindgen_go::{Format, Opts};

use crate::arguments::Arguments;
use crate::world;

pub fn run(arguments: &Arguments) -> Result<()> {
    let (mut resolve, world) = world::read(arguments)?;
    let options = Opts {
        format: Format::False,
        quiet: true,
        ..Opts::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files)?;
    for (name, content) in files.iter() {
        let path = arguments.output()?.join(name);
        let folder = path.parent().context("a file is in a folder")?;
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        fs::write(&path, content).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
