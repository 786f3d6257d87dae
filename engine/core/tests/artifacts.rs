//! Compiling, keeping and looking at components.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use common::{Folder, ZOO, options};
use wasi_messaging_engine::{
    CompileOptions, Engine, Error, WASMTIME_VERSION, artifact_path, compile, inspect, parse_text,
};

const PLAIN: CompileOptions = CompileOptions { fuel: false };

fn complaint(bytes: &[u8]) -> String {
    let folder = Folder::new();
    let component = folder.write("guest.wasm", bytes);
    let artifact = folder.path("guest.cwasm");
    let error = compile(&component, &artifact, PLAIN).unwrap_err();
    assert!(!artifact.exists());
    let left = fs::read_dir(folder.path("")).unwrap().count();
    assert_eq!(left, 1, "something besides the component is left");
    assert!(matches!(error, Error::Failure(_)), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("guest.wasm"), "{text}");
    text
}

#[test]
fn what_is_no_component_is_told_apart() {
    let module = parse_text("(module (func))").unwrap();
    let component = parse_text("(component)").unwrap();
    let cases: [(&[u8], &str); 9] = [
        (b"", "is empty"),
        (&module, "is a core WebAssembly module"),
        (b"\0asm\x0d", "is not whole"),
        (b"  (component)", "text form"),
        (b";; a comment\n(component)", "text form"),
        (b"[clients.default]\nurl = 'x'\n", "is a text file"),
        ("déjà vu\n".as_bytes(), "is a text file"),
        (b"\x7fELF\x01\x02\xff\xfe", "is not WebAssembly"),
        (
            &[&component[..], &[0x0b, 0x7f]].concat(),
            "is not a valid component",
        ),
    ];
    for (bytes, expected) in cases {
        let text = complaint(bytes);
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn a_truncated_component_is_not_valid() {
    let component = parse_text(ZOO).unwrap();
    for missing in [1, 50, 1000] {
        let text = complaint(&component[..component.len() - missing]);
        assert!(text.contains("is not a valid component"), "{text}");
    }
}

#[test]
fn an_artifact_is_not_compiled_again() {
    let folder = Folder::new();
    let artifact = fs::read(folder.artifact("(component)")).unwrap();
    assert!(complaint(&artifact).contains("is compiled already"));
}

#[test]
fn a_file_that_is_not_there_is_an_io_error() {
    let folder = Folder::new();
    let missing = folder.path("missing.wasm");
    let error = compile(&missing, &folder.path("x.cwasm"), PLAIN).unwrap_err();
    assert!(matches!(error, Error::Io(..)), "{error:?}");
    assert!(error.to_string().contains("missing.wasm"));
    let error = artifact_path(&missing, &folder.path("cache"), PLAIN).unwrap_err();
    assert!(matches!(error, Error::Io(..)), "{error:?}");
}

#[test]
fn the_cache_is_private_and_keyed_by_content() {
    let folder = Folder::new();
    let cache = folder.path("a/b");
    let first = folder.write("first.wasm", "1");
    let same = folder.write("same.wasm", "1");
    let other = folder.write("other.wasm", "2");
    let path = artifact_path(&first, &cache, PLAIN).unwrap();
    assert_eq!(path.parent(), Some(cache.as_path()));
    assert_eq!(path, artifact_path(&same, &cache, PLAIN).unwrap());
    assert_ne!(path, artifact_path(&other, &cache, PLAIN).unwrap());
    let mode = fs::metadata(&cache).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_cache_that_others_may_write_to_is_refused() {
    let folder = Folder::new();
    let component = folder.write("guest.wasm", "1");
    let cache = folder.path("cache");
    fs::create_dir(&cache).unwrap();
    for mode in [0o770, 0o707, 0o777] {
        fs::set_permissions(&cache, Permissions::from_mode(mode)).unwrap();
        let error = artifact_path(&component, &cache, PLAIN).unwrap_err();
        assert!(matches!(error, Error::Failure(_)), "{error:?}");
        assert!(error.to_string().contains("may be written to by others"));
    }
    fs::set_permissions(&cache, Permissions::from_mode(0o755)).unwrap();
    artifact_path(&component, &cache, PLAIN).unwrap();
}

#[test]
fn a_foreign_artifact_names_the_file_and_says_what_to_do() {
    let folder = Folder::new();
    let engine = Engine::new(1).unwrap();
    let good = fs::read(folder.artifact(ZOO)).unwrap();
    for bytes in [b"".as_slice(), b"garbage", &good[..good.len() / 2]] {
        let artifact = folder.write("bad.cwasm", bytes);
        let text = engine.load(&artifact, options()).unwrap_err().to_string();
        assert!(
            text.contains("bad.cwasm") && text.contains("compile it again"),
            "{text}"
        );
        let text = inspect(&artifact).unwrap_err().to_string();
        assert!(
            text.contains("bad.cwasm") && text.contains("compile it again"),
            "{text}"
        );
    }
    let missing = folder.path("missing.cwasm");
    let error = engine.load(&missing, options()).unwrap_err();
    assert!(matches!(error, Error::Io(..)), "{error:?}");
}

#[test]
fn inspection_spells_functions_as_wit_does() {
    let inspection = inspect(common::zoo()).unwrap();
    assert_eq!(inspection.unmet, [""; 0]);
    let function = |interface: &str, name: &str| {
        let interfaces = inspection.imports.iter().chain(&inspection.exports);
        let found = interfaces.filter(|known| known.0 == interface);
        found
            .flat_map(|known| &known.1)
            .find(|known| known.0 == name)
            .map(|known| known.1.as_str())
    };
    let types = "wasi:messaging/types@0.2.0-draft";
    let cases = [
        (
            types,
            "[method]message.topic",
            "func(self: borrow<message>) -> option<string>",
        ),
        (
            types,
            "[static]client.connect",
            "func(name: string) -> result<client, error>",
        ),
        (
            "wasi:messaging/request-reply@0.2.0-draft",
            "request",
            "func(c: borrow<client>, topic: string, message: borrow<message>, \
             options: option<request-options>) -> result<list<message>, error>",
        ),
        (
            "wasi:io/streams@0.2.0",
            "[method]output-stream.blocking-write-and-flush",
            "func(self: borrow<output-stream>, contents: list<u8>) -> result<_, stream-error>",
        ),
        ("wasi:cli/exit@0.2.0", "exit", "func(status: result)"),
        (
            "wasi:messaging/incoming-handler@0.2.0-draft",
            "handle",
            "func(message: message) -> result<_, error>",
        ),
    ];
    for (interface, name, expected) in cases {
        assert_eq!(
            function(interface, name),
            Some(expected),
            "{interface} {name}"
        );
    }
}

#[test]
fn what_the_host_does_not_give_is_named() {
    let text = r#"(component
      (import "wasi:keyvalue/store@0.2.0" (instance (export "f" (func))))
      (import "wasi:clocks/wall-clock@0.2.99" (instance
        (type $d (record (field "seconds" u64) (field "nanoseconds" u32)))
        (export "datetime" (type $datetime (eq $d)))
        (export "now" (func (result $datetime)))))
      (import "mine" (func (param "x" u32)))
      (import "wasi:messaging/types@0.2.0-draft" (instance
        (export "message" (type $m (sub resource)))
        (export "[method]message.topic" (func (param "self" (borrow $m)) (result string)))
        (export "[method]message.size" (func (param "self" (borrow $m)) (result u64)))))
    )"#;
    let folder = Folder::new();
    let artifact = folder.artifact(text);
    let inspection = inspect(&artifact).unwrap();
    let expected = [
        "wasi:keyvalue/store@0.2.0",
        "wasi:messaging/types@0.2.0-draft [method]message.topic: the component wants \
         `func(self: borrow<message>) -> string`, this host gives \
         `func(self: borrow<message>) -> option<string>`",
        "wasi:messaging/types@0.2.0-draft [method]message.size: this host has no such function",
        "mine",
    ];
    assert_eq!(inspection.unmet, expected);
    let engine = Engine::new(1).unwrap();
    let text = engine.load(&artifact, options()).unwrap_err().to_string();
    assert!(
        text.starts_with("guest imports what this host does not give: wasi:keyvalue"),
        "{text}"
    );
}

#[test]
fn an_error_of_another_shape_is_found_by_the_linker() {
    let text = r#"(component
      (import "wasi:messaging/types@0.2.0-draft" (instance
        (export "client" (type $client (sub resource)))
        (type $e (variant (case "late") (case "other" string)))
        (export "error" (type $error (eq $e)))
        (export "[static]client.connect"
          (func (param "name" string) (result (result (own $client) (error $error)))))))
    )"#;
    let unmet = inspect(&Folder::new().artifact(text)).unwrap().unmet;
    assert!(
        matches!(&unmet[..], [line] if line.contains("connect")),
        "{unmet:?}"
    );
}

#[test]
fn the_version_is_that_of_the_lock_file() {
    let lock = include_str!("../../Cargo.lock");
    let entry = format!("name = \"wasmtime\"\nversion = \"{WASMTIME_VERSION}\"\n");
    assert!(lock.contains(&entry));
}
