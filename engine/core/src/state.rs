//! What belongs to one instance besides its memory: the data of its store.

use std::sync::Arc;

use wasmtime::component::{Resource, ResourceTable, ResourceTableError};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtx;

use crate::event::{Event, HandlingId, OperationId, Stream};
use crate::folders::Folders;
use crate::grants::Grants;
use crate::host::http::Gate;
use crate::host::network::Reach;
use crate::journal::Journal;
use crate::limits::Limiter;
use crate::log::{Capture, LogStream};
use crate::open::{MAX_OPEN, Open};
use crate::options::LoadOptions;
use crate::port::{Ask, Port};

const NOT_SERVING: &str = "connect, send, request and reply can be called only while a message is \
    handled, not while the instance starts";

/// What a guest has a handle to.
pub(crate) trait Kept: Send + 'static {
    /// Bytes that count against the memory limit.
    fn size(&self) -> usize;
}

/// Data of a store.
pub(crate) struct State {
    pub(crate) table: ResourceTable,
    pub(crate) limiter: Limiter,
    pub(crate) port: Arc<Port>,
    /// None for a command, which writes to the standard streams of this process.
    pub(crate) capture: Option<Arc<Capture>>,
    pub(crate) http: WasiHttpCtx,
    pub(crate) gate: Gate,
    pub(crate) reach: Option<Reach>,
    pub(crate) open: Open,
    grants: Arc<Grants>,
    journal: Arc<Journal>,
    wasi: WasiCtx,
    handles: usize,
    /// Whether there is a handling to speak for: not while an instance starts.
    serving: bool,
}

impl State {
    /// For an instance that handles messages.
    pub(crate) fn for_messages(
        port: Arc<Port>,
        options: &LoadOptions,
        grants: &Arc<Grants>,
        folders: &Folders,
        journal: Journal,
    ) -> Self {
        let journal = Arc::new(journal);
        let capture = Arc::new(Capture::new(Arc::clone(&journal)));
        let stream = |stream| LogStream {
            capture: Arc::clone(&capture),
            stream,
        };
        let mut wasi = WasiCtxBuilder::new();
        wasi.stdout(stream(Stream::Stdout));
        wasi.stderr(stream(Stream::Stderr));
        Self::new(port, options, grants, folders, wasi, journal, Some(capture))
    }

    /// For one run of a command.
    pub(crate) fn for_command(
        port: Arc<Port>,
        options: &LoadOptions,
        grants: &Arc<Grants>,
        folders: &Folders,
        journal: Journal,
        arguments: &[String],
    ) -> Self {
        let mut wasi = WasiCtxBuilder::new();
        wasi.inherit_stdio().args(arguments);
        Self::new(
            port,
            options,
            grants,
            folders,
            wasi,
            Arc::new(journal),
            None,
        )
    }

    fn new(
        port: Arc<Port>,
        options: &LoadOptions,
        grants: &Arc<Grants>,
        folders: &Folders,
        mut wasi: WasiCtxBuilder,
        journal: Arc<Journal>,
        capture: Option<Arc<Capture>>,
    ) -> Self {
        wasi.envs(&grants.env);
        let reach = Reach::new(grants, &journal, &mut wasi);
        let mut wasi = wasi.build();
        folders.give(&mut wasi);
        let mut table = ResourceTable::new();
        table.set_max_capacity(options.max_handles);
        Self {
            table,
            limiter: Limiter::new(options.limits()),
            port,
            capture,
            http: WasiHttpCtx::new(),
            gate: Gate::new(Arc::clone(grants), Arc::clone(&journal)),
            reach,
            open: Open::default(),
            grants: Arc::clone(grants),
            journal,
            wasi,
            handles: 0,
            serving: false,
        }
    }

    pub(crate) fn grants(&self) -> &Grants {
        &self.grants
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Whether one more file or socket may be opened; a line in the log if not.
    pub(crate) fn may_open(&mut self) -> bool {
        let may = self.open.has_room(&self.table);
        if !may {
            self.journal.limited(format!(
                "an instance may have {MAX_OPEN} files and sockets open at a time, and has them"
            ));
        }
        may
    }

    /// A new handling begins.
    pub(crate) fn begin(&mut self) {
        self.serving = true;
        self.limiter.take_refused();
        if let Some(capture) = &self.capture {
            capture.begin();
        }
    }

    /// Says what the guest wants, for its handling, and waits for the answer.
    pub(crate) fn ask(
        &self,
        event: impl FnOnce(OperationId, HandlingId) -> Event,
    ) -> wasmtime::Result<Ask<'_>> {
        if !self.serving {
            return Err(wasmtime::Error::msg(NOT_SERVING));
        }
        Ok(self.port.ask(event))
    }

    /// A handling is over.
    pub(crate) fn flush(&self) {
        if let Some(capture) = &self.capture {
            capture.flush();
        }
    }

    /// The last lines of standard error.
    pub(crate) fn stderr(&self) -> Vec<String> {
        self.capture
            .as_ref()
            .map(|capture| capture.tail())
            .unwrap_or_default()
    }

    /// Gives the guest a handle.
    pub(crate) fn push<T: Kept>(&mut self, entry: T) -> wasmtime::Result<Resource<T>> {
        self.limiter.keep(0, entry.size())?;
        match self.table.push(entry) {
            Ok(handle) => {
                self.handles += 1;
                Ok(handle)
            }
            Err(error) => {
                if matches!(error, ResourceTableError::Full) {
                    self.limiter.refuse_handle();
                }
                Err(error.into())
            }
        }
    }

    /// Takes a handle from the guest.
    pub(crate) fn take<T: Kept>(&mut self, handle: Resource<T>) -> wasmtime::Result<T> {
        let entry = self.table.delete(handle)?;
        self.handles -= 1;
        self.limiter.keep(entry.size(), 0)?;
        Ok(entry)
    }

    /// Changes what the guest has a handle to.
    pub(crate) fn change<T: Kept>(
        &mut self,
        handle: &Resource<T>,
        change: impl FnOnce(&mut T),
    ) -> wasmtime::Result<()> {
        let entry = self.table.get_mut(handle)?;
        let before = entry.size();
        change(entry);
        let after = entry.size();
        self.limiter.keep(before, after)
    }

    /// How many clients, messages and request options the guest holds.
    pub(crate) fn handles(&self) -> usize {
        self.handles
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}
