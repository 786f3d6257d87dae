//! `wasi:sockets`, to the hosts and ports that are granted.
//!
//! A guest names a host, looks it up and connects to an address. The lookup is where the grant is
//! looked at; an address may be used if it is granted itself, or if a lookup of a granted name gave it
//! to this instance. Nothing may listen.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use wasmtime::component::{HasSelf, Linker, Resource};
use wasmtime::{Error, Result};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{
    self, HostResolveAddressStream, ResolveAddressStream,
};
use wasmtime_wasi::p2::bindings::sockets::network::{ErrorCode, IpAddress, IpAddressFamily};
use wasmtime_wasi::p2::bindings::sockets::{network, tcp_create_socket, udp_create_socket};
use wasmtime_wasi::p2::{DynPollable, Network, SocketError, SocketResult, TcpSocket, UdpSocket};
use wasmtime_wasi::sockets::{SocketAddrUse, WasiSocketsView};

use crate::grants::Grants;
use crate::hub::lock;
use crate::journal::Journal;
use crate::state::State;

/// Characters of a name that are shown.
const MAX_SHOWN: usize = 253;

type Endpoints = Mutex<HashSet<(IpAddr, u16)>>;

/// What one instance may reach; there is none without a grant.
pub(crate) struct Reach {
    known: Arc<Endpoints>,
    /// The ports granted for a lookup that is under way.
    lookups: HashMap<u32, Vec<u16>>,
}

impl Reach {
    /// None if nothing is granted. Else `wasi` is told to ask for each address.
    pub(crate) fn new(
        grants: &Grants,
        journal: &Arc<Journal>,
        wasi: &mut WasiCtxBuilder,
    ) -> Option<Self> {
        let granted = !grants.sockets.is_empty();
        wasi.allow_tcp(granted)
            .allow_udp(granted)
            .allow_ip_name_lookup(granted);
        if !granted {
            return None;
        }
        let addresses = grants.sockets.iter();
        let addresses = addresses.filter_map(|(host, port)| Some((host.parse().ok()?, *port)));
        let known = Arc::new(Mutex::new(addresses.collect()));
        let (asked, journal) = (Arc::clone(&known), Arc::clone(journal));
        wasi.socket_addr_check(move |address, action| {
            let verdict = may(address, action, &asked, &journal);
            Box::pin(async move { verdict })
        });
        let lookups = HashMap::new();
        Some(Self { known, lookups })
    }
}

fn may(address: SocketAddr, action: SocketAddrUse, known: &Endpoints, journal: &Journal) -> bool {
    let is_known = || lock(known).contains(&(address.ip(), address.port()));
    match action {
        // What connecting does by itself, with any port that is free.
        SocketAddrUse::TcpBind | SocketAddrUse::UdpBind
            if address.ip().is_unspecified() && address.port() == 0 =>
        {
            true
        }
        SocketAddrUse::TcpConnect | SocketAddrUse::UdpSend => {
            let granted = is_known();
            if !granted {
                journal.denied(format!(
                    "reaching {address} is not granted; to allow it, add \"{address}\" to `sockets` \
                     of the component, or have it look up a name that stands there"
                ));
            }
            granted
        }
        SocketAddrUse::UdpReceive => is_known(),
        SocketAddrUse::TcpBind
        | SocketAddrUse::UdpBind
        | SocketAddrUse::TcpListen
        | SocketAddrUse::TcpAccept => {
            journal.denied(format!(
                "binding to {address} is not granted: a component can connect and cannot listen"
            ));
            false
        }
    }
}

/// Takes the place of those functions of wasmtime that do not know what is granted. The others work on
/// what these give.
pub(super) fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    linker.allow_shadowing(true);
    ip_name_lookup::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    tcp_create_socket::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    udp_create_socket::add_to_linker::<_, HasSelf<_>>(linker, |state| state)?;
    linker.allow_shadowing(false);
    Ok(())
}

impl State {
    /// An error, and a line in the log, unless anything is granted and there is room for one more.
    fn want_socket(&mut self) -> SocketResult<()> {
        if self.reach.is_some() {
            return match self.may_open() {
                true => Ok(()),
                false => Err(ErrorCode::NewSocketLimit.into()),
            };
        }
        self.journal().denied(
            "a socket is not granted; to allow it, name what it may connect to in `sockets` of the \
             component"
                .into(),
        );
        Err(ErrorCode::AccessDenied.into())
    }

    fn granted_ports(&self, host: &str) -> Vec<u16> {
        let granted = self.grants().sockets.iter();
        let granted = granted.filter(|(name, _)| name.eq_ignore_ascii_case(host));
        granted.map(|(_, port)| *port).collect()
    }
}

impl ip_name_lookup::Host for State {
    fn resolve_addresses(
        &mut self,
        network: Resource<Network>,
        name: String,
    ) -> SocketResult<Resource<ResolveAddressStream>> {
        let ports = self.granted_ports(&name);
        // An address is nothing to ask a name server for: whether it may be used, using it will show.
        let is_address = self.reach.is_some() && name.parse::<IpAddr>().is_ok();
        if ports.is_empty() && !is_address {
            let shown: String = name.chars().take(MAX_SHOWN).collect();
            self.journal().denied(format!(
                "looking up {shown:?} is not granted; to allow it, add \"{shown}:PORT\" to \
                 `sockets` of the component"
            ));
            return Err(ErrorCode::AccessDenied.into());
        }
        let stream = ip_name_lookup::Host::resolve_addresses(&mut self.sockets(), network, name)?;
        if let Some(reach) = &mut self.reach {
            reach.lookups.insert(stream.rep(), ports);
        }
        Ok(stream)
    }
}

impl HostResolveAddressStream for State {
    fn resolve_next_address(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> SocketResult<Option<IpAddress>> {
        let rep = stream.rep();
        let found = HostResolveAddressStream::resolve_next_address(&mut self.sockets(), stream)?;
        if let (Some(found), Some(reach)) = (found, &self.reach) {
            let address = ip_address(found);
            let ports = reach.lookups.get(&rep).into_iter().flatten();
            lock(&reach.known).extend(ports.map(|port| (address, *port)));
        }
        Ok(found)
    }

    fn subscribe(
        &mut self,
        stream: Resource<ResolveAddressStream>,
    ) -> Result<Resource<DynPollable>> {
        HostResolveAddressStream::subscribe(&mut self.sockets(), stream)
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> Result<()> {
        if let Some(reach) = &mut self.reach {
            reach.lookups.remove(&stream.rep());
        }
        HostResolveAddressStream::drop(&mut self.sockets(), stream)
    }
}

/// What the functions above and below need to tell a trap from an error of the interface.
impl network::Host for State {
    fn convert_error_code(&mut self, error: SocketError) -> Result<ErrorCode> {
        network::Host::convert_error_code(&mut self.sockets(), error)
    }

    fn network_error_code(&mut self, error: Resource<Error>) -> Result<Option<ErrorCode>> {
        network::Host::network_error_code(&mut self.sockets(), error)
    }
}

impl network::HostNetwork for State {
    fn drop(&mut self, network: Resource<Network>) -> Result<()> {
        network::HostNetwork::drop(&mut self.sockets(), network)
    }
}

impl tcp_create_socket::Host for State {
    fn create_tcp_socket(&mut self, family: IpAddressFamily) -> SocketResult<Resource<TcpSocket>> {
        self.want_socket()?;
        let socket = tcp_create_socket::Host::create_tcp_socket(&mut self.sockets(), family)?;
        self.open.add_tcp(&socket);
        Ok(socket)
    }
}

impl udp_create_socket::Host for State {
    async fn create_udp_socket(
        &mut self,
        family: IpAddressFamily,
    ) -> SocketResult<Resource<UdpSocket>> {
        self.want_socket()?;
        let mut sockets = self.sockets();
        let socket = udp_create_socket::Host::create_udp_socket(&mut sockets, family).await?;
        self.open.add_udp(&socket);
        Ok(socket)
    }
}

fn ip_address(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => IpAddr::from([a, b, c, d]),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => IpAddr::from([a, b, c, d, e, f, g, h]),
    }
}
