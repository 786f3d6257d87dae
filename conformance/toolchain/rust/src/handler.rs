//! The world of a guest, and the guest.

#[allow(warnings)]
mod bindings {
    wit_bindgen::generate!({
        world: "guests:toolchain/handler",
        path: ["wit/messaging", "wit/toolchain"],
        generate_all,
        pub_export_macro: true,
    });
}

mod guest;
use guest::Component;

bindings::export!(Component with_types_in bindings);
