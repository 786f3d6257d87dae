//! `wasi:config`: the component's own table of settings, in each version of the interface that was
//! published. They differ in names of types only.

use wasmtime::component::{ComponentType, Lift, Linker, Lower};
use wasmtime::{Result, StoreContextMut};

use crate::state::State;

/// Names of the interface, oldest first.
pub(crate) const INTERFACES: [&str; 3] = [
    "wasi:config/runtime@0.2.0-draft",
    "wasi:config/store@0.2.0-draft",
    "wasi:config/store@0.2.0-rc.1",
];

/// Never happens here: the table is in memory.
#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum Error {
    #[component(name = "upstream")]
    Upstream(String),
    #[component(name = "io")]
    Io(String),
}

type Call<'a> = StoreContextMut<'a, State>;
type Pairs = Vec<(String, String)>;

pub(super) fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    for interface in INTERFACES {
        let mut instance = linker.instance(interface)?;
        instance.func_wrap("get", |call: Call<'_>, (key,): (String,)| {
            let pairs = &call.data().grants().config;
            let value = pairs.iter().find(|pair| pair.0 == key);
            let value = value.map(|pair| pair.1.clone());
            Ok((Ok::<Option<String>, Error>(value),))
        })?;
        instance.func_wrap("get-all", |call: Call<'_>, (): ()| {
            Ok((Ok::<Pairs, Error>(call.data().grants().config.clone()),))
        })?;
    }
    Ok(())
}
