//! What a file is that somebody takes for a component.

/// By its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Component,
    Empty,
    Truncated,
    CoreModule,
    Artifact,
    WasmText,
    Text,
    OtherWasm,
    Unknown,
}

const MAGIC: &[u8] = b"\0asm";
const CORE: &[u8] = &[1, 0, 0, 0];
const COMPONENT: &[u8] = &[0x0d, 0, 1, 0];
/// So much is looked at to tell text from other things.
const SAMPLE: usize = 1024;

impl Kind {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            Self::Empty
        } else if let Some(header) = bytes.strip_prefix(MAGIC) {
            match header.get(..4) {
                Some(COMPONENT) => Self::Component,
                Some(CORE) => Self::CoreModule,
                Some(_) => Self::OtherWasm,
                None => Self::Truncated,
            }
        } else if wasmtime::Engine::detect_precompiled(bytes).is_some() {
            Self::Artifact
        } else {
            Self::of_text(bytes)
        }
    }

    fn of_text(bytes: &[u8]) -> Self {
        let sample = &bytes[..bytes.len().min(SAMPLE)];
        let text = match std::str::from_utf8(sample) {
            Ok(text) => text,
            // A character may be cut where the sample ends.
            Err(error) if error.error_len().is_none() => {
                std::str::from_utf8(&sample[..error.valid_up_to()]).unwrap_or_default()
            }
            Err(_) => return Self::Unknown,
        };
        let printable = |c: char| !c.is_control() || c.is_whitespace();
        match text.trim_start() {
            start if start.starts_with('(') || start.starts_with(";;") => Self::WasmText,
            _ if text.chars().all(printable) => Self::Text,
            _ => Self::Unknown,
        }
    }

    /// Why this is no component, to follow the file's name; none if it may be one.
    pub(crate) fn complaint(self) -> Option<String> {
        let text = match self {
            Self::Component => return None,
            Self::Empty => "is empty",
            Self::Truncated => "is not whole: it ends within the header of WebAssembly",
            Self::CoreModule => {
                "is a core WebAssembly module, not a component; make one of it with \
                 `wasm-tools component new`, or let your toolchain build for a component"
            }
            Self::Artifact => "is compiled already; give the component it was made from",
            Self::WasmText => {
                "is WebAssembly in text form (WAT), not binary; translate it with `wasm-tools parse`"
            }
            Self::Text => "is a text file, not a WebAssembly component",
            Self::OtherWasm => "is WebAssembly of a version that is neither module nor component",
            Self::Unknown => "is not WebAssembly",
        };
        Some(text.into())
    }
}
