//! What a component is made of, by structure.

mod provided;
mod signature;

use std::path::Path;

use wasmtime::Engine;
use wasmtime::component::types::{ComponentExtern, ComponentItem};
use wasmtime::component::{Component, Linker};

use self::signature::{Names, spell_function};
use crate::artifact::open;
use crate::error::{Result, one_line};
use crate::host;

/// Interface name and its functions, each with its signature in WIT. Functions that belong to no
/// interface are listed under the empty name.
pub type Interfaces = Vec<(String, Vec<(String, String)>)>;

/// What a component imports and exports.
#[derive(Debug)]
pub struct Inspection {
    /// In the component's order.
    pub imports: Interfaces,
    /// In the component's order.
    pub exports: Interfaces,
    /// What it imports and this host does not give, in words.
    pub unmet: Vec<String>,
}

/// Looks at a compiled component.
///
/// # Errors
///
/// The artifact cannot be loaded.
pub fn inspect(artifact: &Path) -> Result<Inspection> {
    let (component, _) = open(artifact)?;
    let engine = component.engine();
    let ty = component.component_type();
    let names = Names::of_imports(engine, &ty);
    Ok(Inspection {
        imports: interfaces(engine, ty.imports(engine), &names),
        exports: interfaces(engine, ty.exports(engine), &names),
        unmet: unmet(engine, &component),
    })
}

/// What a component imports and this host does not give.
pub(crate) fn unmet(engine: &Engine, component: &Component) -> Vec<String> {
    let ty = component.component_type();
    let names = Names::of_imports(engine, &ty);
    let imports = interfaces(engine, ty.imports(engine), &names);
    let mut unmet = provided::unmet(&imports);
    if unmet.is_empty() {
        // The linker has the last word: it also knows resources and versions of functions.
        let mut linker = Linker::new(engine);
        let linked = host::add_to_linker(&mut linker, true)
            .and_then(|()| linker.instantiate_pre(component).map(drop));
        unmet.extend(linked.err().map(|error| one_line(&error)));
    }
    unmet
}

fn interfaces<'a>(
    engine: &Engine,
    items: impl Iterator<Item = (&'a str, ComponentExtern<'a>)>,
    names: &Names,
) -> Interfaces {
    let mut found = Interfaces::new();
    let mut loose = Vec::new();
    for (name, item) in items {
        match item.ty {
            ComponentItem::ComponentInstance(instance) => {
                let names = Names::of_instance(engine, &instance, Some(names));
                let functions = functions(instance.exports(engine), &names);
                found.push((name.into(), functions));
            }
            ComponentItem::ComponentFunc(function) => {
                loose.push((name.into(), spell_function(&function, names)));
            }
            _ => {}
        }
    }
    if !loose.is_empty() {
        found.push((String::new(), loose));
    }
    found
}

fn functions<'a>(
    items: impl Iterator<Item = (&'a str, ComponentExtern<'a>)>,
    names: &Names,
) -> Vec<(String, String)> {
    let functions = items.filter_map(|(name, item)| match item.ty {
        ComponentItem::ComponentFunc(function) => {
            Some((name.into(), spell_function(&function, names)))
        }
        _ => None,
    });
    functions.collect()
}
