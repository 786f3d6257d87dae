//! What an instance has open at the operating system: files, folders and sockets. The process has a
//! limited number of them, often 1,024, for all guests and for itself.

use std::collections::HashSet;
use std::fs::File;
use std::sync::{Arc, Weak};

use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::filesystem::Descriptor;
use wasmtime_wasi::p2::{TcpSocket, UdpSocket};

/// Files, folders and sockets that one instance may have open at a time. Its HTTP connections have a
/// limit of their own.
pub(crate) const MAX_OPEN: usize = 64;

/// Counts what is open now, however it came to be closed.
#[derive(Default)]
pub(crate) struct Open {
    /// A stream of a file keeps it open after its descriptor is gone.
    files: Vec<Weak<File>>,
    /// Handles, which outlive their streams.
    tcp: HashSet<u32>,
    udp: HashSet<u32>,
}

impl Open {
    pub(crate) fn add(&mut self, descriptor: &Descriptor) {
        self.files.push(Arc::downgrade(match descriptor {
            Descriptor::File(file) => &file.file,
            Descriptor::Dir(folder) => &folder.dir,
        }));
    }

    pub(crate) fn add_tcp(&mut self, socket: &Resource<TcpSocket>) {
        self.tcp.insert(socket.rep());
    }

    pub(crate) fn add_udp(&mut self, socket: &Resource<UdpSocket>) {
        self.udp.insert(socket.rep());
    }

    /// Whether one more may be opened.
    pub(crate) fn has_room(&mut self, table: &ResourceTable) -> bool {
        self.files.retain(|file| file.strong_count() > 0);
        retain_live::<TcpSocket>(&mut self.tcp, table);
        retain_live::<UdpSocket>(&mut self.udp, table);
        self.files.len() + self.tcp.len() + self.udp.len() < MAX_OPEN
    }
}

fn retain_live<T: 'static>(handles: &mut HashSet<u32>, table: &ResourceTable) {
    handles.retain(|handle| table.get(&Resource::<T>::new_borrow(*handle)).is_ok());
}
