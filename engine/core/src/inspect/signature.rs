//! Types and functions, spelled as WIT spells them.

use wasmtime::Engine;
use wasmtime::component::ResourceType;
use wasmtime::component::types::{
    Case, Component, ComponentFunc, ComponentInstance, ComponentItem, Type,
};

/// What the types of an interface are called. A component knows the structure of types, and names
/// only where an instance exports them.
#[derive(Default)]
pub(super) struct Names<'a> {
    resources: Vec<(ResourceType, String)>,
    types: Vec<(Type, String)>,
    /// Where to look for what this interface does not name.
    outer: Option<&'a Names<'a>>,
}

impl<'a> Names<'a> {
    /// Names that any imported instance gives.
    pub(super) fn of_imports(engine: &Engine, component: &Component) -> Self {
        let mut names = Self::default();
        for (_, item) in component.imports(engine) {
            if let ComponentItem::ComponentInstance(instance) = item.ty {
                names.add(engine, &instance);
            }
        }
        names
    }

    pub(super) fn of_instance(
        engine: &Engine,
        instance: &ComponentInstance,
        outer: Option<&'a Names<'a>>,
    ) -> Self {
        let mut names = Self {
            outer,
            ..Self::default()
        };
        names.add(engine, instance);
        names
    }

    fn add(&mut self, engine: &Engine, instance: &ComponentInstance) {
        for (name, item) in instance.exports(engine) {
            match item.ty {
                ComponentItem::Resource(ty) => self.resources.push((ty, name.into())),
                ComponentItem::Type(ty) => self.types.push((ty, name.into())),
                _ => {}
            }
        }
    }

    fn resource(&self, ty: &ResourceType) -> &str {
        let own = self.resources.iter().find(|(known, _)| known == ty);
        match (own, self.outer) {
            (Some((_, name)), _) => name,
            (None, Some(outer)) => outer.resource(ty),
            (None, None) => "resource",
        }
    }

    fn named(&self, ty: &Type) -> Option<&str> {
        let own = self.types.iter().find(|(known, _)| known == ty);
        own.map(|(_, name)| name.as_str())
            .or_else(|| self.outer?.named(ty))
    }

    /// Records, variants, enums and flags by name if there is one, everything else by structure: an
    /// alias such as `type topic = string` does not show.
    fn spell(&self, ty: &Type) -> String {
        match ty {
            Type::Record(_) | Type::Variant(_) | Type::Enum(_) | Type::Flags(_) => self
                .named(ty)
                .map_or_else(|| self.spell_structure(ty), Into::into),
            _ => self.spell_structure(ty),
        }
    }

    fn spell_structure(&self, ty: &Type) -> String {
        match ty {
            Type::Own(resource) => self.resource(resource).into(),
            Type::Borrow(resource) => format!("borrow<{}>", self.resource(resource)),
            Type::List(list) => format!("list<{}>", self.spell(&list.ty())),
            Type::FixedLengthList(list) => {
                format!("list<{}, {}>", self.spell(&list.ty()), list.len())
            }
            Type::Map(map) => {
                format!(
                    "map<{}, {}>",
                    self.spell(&map.key()),
                    self.spell(&map.value())
                )
            }
            Type::Tuple(tuple) => format!("tuple<{}>", self.spell_all(tuple.types())),
            Type::Option(option) => format!("option<{}>", self.spell(&option.ty())),
            Type::Result(result) => self.spell_result(result.ok(), result.err()),
            Type::Future(future) => self.spell_payload("future", future.ty()),
            Type::Stream(stream) => self.spell_payload("stream", stream.ty()),
            Type::Record(record) => {
                let fields = record
                    .fields()
                    .map(|field| format!("{}: {}", field.name, self.spell(&field.ty)));
                format!("record {{ {} }}", join(fields))
            }
            Type::Variant(variant) => {
                let cases = variant.cases().map(|case| self.spell_case(&case));
                format!("variant {{ {} }}", join(cases))
            }
            Type::Enum(cases) => format!("enum {{ {} }}", join(cases.names().map(Into::into))),
            Type::Flags(flags) => format!("flags {{ {} }}", join(flags.names().map(Into::into))),
            _ => spell_primitive(ty).into(),
        }
    }

    fn spell_all(&self, types: impl Iterator<Item = Type>) -> String {
        join(types.map(|ty| self.spell(&ty)))
    }

    fn spell_case(&self, case: &Case<'_>) -> String {
        match &case.ty {
            Some(ty) => format!("{}({})", case.name, self.spell(ty)),
            None => case.name.into(),
        }
    }

    fn spell_result(&self, ok: Option<Type>, err: Option<Type>) -> String {
        let ok = ok.map(|ty| self.spell(&ty));
        match (ok, err.map(|ty| self.spell(&ty))) {
            (None, None) => "result".into(),
            (Some(ok), None) => format!("result<{ok}>"),
            (None, Some(err)) => format!("result<_, {err}>"),
            (Some(ok), Some(err)) => format!("result<{ok}, {err}>"),
        }
    }

    fn spell_payload(&self, kind: &str, payload: Option<Type>) -> String {
        match payload {
            Some(ty) => format!("{kind}<{}>", self.spell(&ty)),
            None => kind.into(),
        }
    }
}

fn spell_primitive(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::S8 => "s8",
        Type::U8 => "u8",
        Type::S16 => "s16",
        Type::U16 => "u16",
        Type::S32 => "s32",
        Type::U32 => "u32",
        Type::S64 => "s64",
        Type::U64 => "u64",
        Type::Float32 => "f32",
        Type::Float64 => "f64",
        Type::Char => "char",
        Type::String => "string",
        Type::ErrorContext => "error-context",
        _ => "unknown",
    }
}

/// As `func(self: borrow<message>) -> option<string>`.
pub(super) fn spell_function(function: &ComponentFunc, names: &Names<'_>) -> String {
    let parameters = function
        .params()
        .map(|(name, ty)| format!("{name}: {}", names.spell(&ty)));
    let asynchronous = if function.async_() { "async " } else { "" };
    let mut text = format!("{asynchronous}func({})", join(parameters));
    for result in function.results() {
        text.push_str(" -> ");
        text.push_str(&names.spell(&result));
    }
    text
}

fn join(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}
