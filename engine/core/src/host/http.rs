//! `wasi:http/outgoing-handler`, to the hosts that are granted.

use std::pin::pin;
use std::sync::Arc;

use http::uri::Scheme;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::Linker;
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
    default_send_request,
};

use crate::grants::Grants;
use crate::journal::Journal;
use crate::state::State;

/// What a guest may write of a request's body before some of it left.
const CHUNK: usize = 64 * 1024;
/// Connections that one instance may have at a time: the process has a limited number of them.
const MAX_CONNECTIONS: usize = 64;

type Work = Box<dyn Future<Output = Result<(), Error>> + Send>;
type Answer = Result<(http::Response<WasiBody>, Work), Error>;

/// Decides where requests go.
pub(crate) struct Gate {
    grants: Arc<Grants>,
    journal: Arc<Journal>,
    /// Made for the first request.
    connections: Option<Arc<Semaphore>>,
}

pub(super) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.gate,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

impl Gate {
    pub(crate) fn new(grants: Arc<Grants>, journal: Arc<Journal>) -> Self {
        Self {
            grants,
            journal,
            connections: None,
        }
    }

    /// An error unless requests to this URL are granted.
    fn check(&self, uri: &http::Uri) -> Result<(), Error> {
        let authority = uri.authority().ok_or(Error::HttpRequestUriInvalid)?;
        if authority.as_str().contains('@') {
            return Err(Error::HttpRequestUriInvalid);
        }
        let usual_port = match uri.scheme() == Some(&Scheme::HTTPS) {
            true => 443,
            false => 80,
        };
        let port = authority.port_u16().unwrap_or(usual_port);
        let mut granted = self.grants.http.iter().flatten();
        if granted.any(|host| host.covers(authority.host(), port, usual_port)) {
            return Ok(());
        }
        let entry = match port == usual_port {
            true => authority.host().to_owned(),
            false => format!("{}:{port}", authority.host()),
        };
        self.journal.denied(format!(
            "an HTTP request to {authority} is not granted; to allow it, add {entry:?} to `http` of \
             the component"
        ));
        Err(Error::HttpRequestDenied)
    }

    /// One of the connections that the instance may have; an error if it has them all.
    fn connection(&mut self) -> Result<OwnedSemaphorePermit, Error> {
        let all = || Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let connections = Arc::clone(self.connections.get_or_insert_with(all));
        connections.try_acquire_owned().map_err(|_| {
            self.journal.limited(format!(
                "an instance may have {MAX_CONNECTIONS} HTTP connections at a time, and has them"
            ));
            Error::ConnectionLimitReached
        })
    }
}

/// Takes the body of a request that goes nowhere, until the guest is done with it: a guest that writes
/// it before it looks at the answer would hear of a closed stream, and not of the reason.
async fn swallow(mut body: WasiBody) {
    while let Some(Ok(_)) = body.frame().await {}
}

impl WasiHttpHooks for Gate {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _done: Work,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        let verdict = self.check(request.uri()).and_then(|()| self.connection());
        Box::new(async move {
            let connection = match verdict {
                Ok(connection) => connection,
                Err(error) => {
                    tokio::spawn(swallow(request.into_body()));
                    return Err(error);
                }
            };
            let (response, work) = default_send_request(request, options).await?;
            let work = async move {
                let work = pin!(work);
                // Free again before the peer can see that it was closed.
                let _until_it_is_over = connection;
                work.await
            };
            Ok((response.map(BodyExt::boxed_unsync), Box::new(work) as Work))
        })
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK
    }
}
