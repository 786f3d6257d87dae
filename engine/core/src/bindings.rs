//! What `bindgen!` makes of WIT: the project's own, and that of wasmCloud.
//!
//! Functions that wait for the outside (connect, send, request, reply) are `async`; all functions may
//! trap.

#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    unused_qualifications,
    clippy::needless_pass_by_value,
    reason = "generated code"
)]

wasmtime::component::bindgen!({
    path: "../../wit",
    world: "messaging-request-reply",
    imports: {
        "wasi:messaging/types.[static]client.connect": async | trappable,
        "wasi:messaging/producer.send": async | trappable,
        "wasi:messaging/request-reply.request": async | trappable,
        "wasi:messaging/request-reply.reply": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: {
        "wasi:messaging/types.client": crate::host::Client,
        "wasi:messaging/types.message": crate::host::Held,
        "wasi:messaging/request-reply.request-options": crate::event::RequestOptions,
    },
});

pub use self::wasi::messaging::{producer, request_reply, types};

/// `wasmcloud:messaging@0.2.0`.
pub mod wasmcloud {
    wasmtime::component::bindgen!({
        path: "wit/wasmcloud",
        imports: {
            "wasmcloud:messaging/consumer": async | trappable,
            default: trappable,
        },
        exports: { default: async },
    });

    pub use self::wasmcloud::messaging::{consumer, types};
}
