//! The command line.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// What the command line says after the command.
#[derive(Default)]
pub struct Arguments {
    pub input: Option<PathBuf>,
    pub wit: Vec<PathBuf>,
    pub world: Option<String>,
    pub preview1: bool,
    output: Option<PathBuf>,
}

impl Arguments {
    /// The input of a command that needs one.
    pub fn input(&self) -> Result<&Path> {
        self.input.as_deref().context("a file to read is missing")
    }

    /// Where the result goes.
    pub fn output(&self) -> Result<&Path> {
        self.output.as_deref().context("-o is missing")
    }

    /// Writes the result.
    pub fn write(&self, content: impl AsRef<[u8]>) -> Result<()> {
        let path = self.output()?;
        std::fs::write(path, content).with_context(|| path.display().to_string())
    }
}

/// Reads the words after the command.
pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments> {
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
            "--preview1" => arguments.preview1 = true,
            "-o" => arguments.output = Some(value()?.into()),
            option if option.starts_with('-') => bail!("unknown option {option}"),
            path => arguments.input = Some(path.into()),
        }
    }
    Ok(arguments)
}
