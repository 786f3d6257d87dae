//! The world that a component is made for.

use anyhow::Result;
use wit_parser::{Resolve, WorldId};

use crate::arguments::Arguments;

/// Reads the packages in the order given, so a later one may use an earlier one; the world is one of
/// the last package's.
pub fn read(arguments: &Arguments) -> Result<(Resolve, WorldId)> {
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
