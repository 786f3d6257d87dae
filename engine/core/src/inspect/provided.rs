//! What this host gives, and what of a component's imports is not among it.

use super::Interfaces;
use crate::host::config;

type Functions = &'static [(&'static str, &'static str)];

const KNOWN: [(&str, Functions); 7] = [
    ("wasi:messaging/types@0.2.0-draft", TYPES),
    ("wasi:messaging/producer@0.2.0-draft", PRODUCER),
    ("wasi:messaging/request-reply@0.2.0-draft", REQUEST_REPLY),
    ("wasmcloud:messaging/consumer@0.2.0", WASMCLOUD_CONSUMER),
    (config::INTERFACES[0], CONFIG_RUNTIME),
    (config::INTERFACES[1], CONFIG_STORE),
    (config::INTERFACES[2], CONFIG_STORE),
];

const TYPES: Functions = &[
    (
        "[static]client.connect",
        "func(name: string) -> result<client, error>",
    ),
    (
        "[method]client.disconnect",
        "func(self: borrow<client>) -> result<_, error>",
    ),
    ("[constructor]message", "func(data: list<u8>) -> message"),
    (
        "[method]message.topic",
        "func(self: borrow<message>) -> option<string>",
    ),
    (
        "[method]message.content-type",
        "func(self: borrow<message>) -> option<string>",
    ),
    (
        "[method]message.set-content-type",
        "func(self: borrow<message>, content-type: string)",
    ),
    (
        "[method]message.data",
        "func(self: borrow<message>) -> list<u8>",
    ),
    (
        "[method]message.set-data",
        "func(self: borrow<message>, data: list<u8>)",
    ),
    (
        "[method]message.metadata",
        "func(self: borrow<message>) -> option<list<tuple<string, string>>>",
    ),
    (
        "[method]message.add-metadata",
        "func(self: borrow<message>, key: string, value: string)",
    ),
    (
        "[method]message.set-metadata",
        "func(self: borrow<message>, meta: list<tuple<string, string>>)",
    ),
    (
        "[method]message.remove-metadata",
        "func(self: borrow<message>, key: string)",
    ),
];

const PRODUCER: Functions = &[(
    "send",
    "func(c: borrow<client>, topic: string, message: message) -> result<_, error>",
)];

const REQUEST_REPLY: Functions = &[
    ("[constructor]request-options", "func() -> request-options"),
    (
        "[method]request-options.set-timeout-ms",
        "func(self: borrow<request-options>, timeout-ms: u32)",
    ),
    (
        "[method]request-options.set-expected-replies",
        "func(self: borrow<request-options>, expected-replies: u32)",
    ),
    (
        "request",
        "func(c: borrow<client>, topic: string, message: borrow<message>, \
         options: option<request-options>) -> result<list<message>, error>",
    ),
    (
        "reply",
        "func(reply-to: borrow<message>, message: message) -> result<_, error>",
    ),
];

const WASMCLOUD_CONSUMER: Functions = &[
    (
        "request",
        "func(subject: string, body: list<u8>, timeout-ms: u32) -> result<broker-message, string>",
    ),
    ("publish", "func(msg: broker-message) -> result<_, string>"),
];

const CONFIG_STORE: Functions = &[
    ("get", "func(key: string) -> result<option<string>, error>"),
    (
        "get-all",
        "func() -> result<list<tuple<string, string>>, error>",
    ),
];

const CONFIG_RUNTIME: Functions = &[
    (
        "get",
        "func(key: string) -> result<option<string>, config-error>",
    ),
    (
        "get-all",
        "func() -> result<list<tuple<string, string>>, config-error>",
    ),
];

/// WASI 0.2, HTTP for those to whom it is granted. Any 0.2 version of these fits any other.
const WASI: [&str; 29] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:http/outgoing-handler",
    "wasi:http/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// A line for each interface this host does not give, and for each function it gives otherwise.
pub(super) fn unmet(imports: &Interfaces) -> Vec<String> {
    let mut unmet = Vec::new();
    for (interface, functions) in imports {
        match known(interface) {
            Some(known) => {
                let lines = functions
                    .iter()
                    .filter_map(|(name, wanted)| mismatch(interface, known, name, wanted));
                unmet.extend(lines);
            }
            None if interface.is_empty() => {
                unmet.extend(functions.iter().map(|function| function.0.clone()));
            }
            None if functions.is_empty() || is_wasi(interface) => {}
            None => unmet.push(interface.clone()),
        }
    }
    unmet
}

fn known(interface: &str) -> Option<Functions> {
    let found = KNOWN.into_iter().find(|known| known.0 == interface)?;
    Some(found.1)
}

fn is_wasi(interface: &str) -> bool {
    let Some((name, version)) = interface.split_once('@') else {
        return false;
    };
    let patch = version.strip_prefix("0.2.").unwrap_or_default();
    WASI.contains(&name) && patch.parse::<u32>().is_ok()
}

fn mismatch(interface: &str, known: Functions, name: &str, wanted: &str) -> Option<String> {
    match known.iter().find(|function| function.0 == name) {
        Some((_, given)) if *given == wanted => None,
        Some((_, given)) => Some(format!(
            "{interface} {name}: the component wants `{wanted}`, this host gives `{given}`"
        )),
        None => Some(format!(
            "{interface} {name}: this host has no such function"
        )),
    }
}
