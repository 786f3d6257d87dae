//! What a guest is given besides messaging, clocks and random numbers: nothing, unless its component's
//! options say so.

use std::path::PathBuf;

/// What one component's guests may have.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    /// Variables of its environment.
    pub env: Vec<(String, String)>,
    /// What `wasi:config` tells it, in this order.
    pub config: Vec<(String, String)>,
    /// Folders it can open.
    pub files: Vec<Folder>,
    /// Hosts its HTTP requests may go to. With none of them the interface is there and every request
    /// is denied; without a list a component that imports the interface does not load.
    pub http: Option<Vec<HttpHost>>,
    /// Hosts and ports its sockets may connect and send to. A host is a name or an address.
    pub sockets: Vec<(String, u16)>,
}

/// A folder, under the name that the guest knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Where it is.
    pub path: PathBuf,
    /// What the guest calls it.
    pub guest: String,
    /// Whether the guest may change what is in it.
    pub write: bool,
}

/// Where HTTP requests may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpHost {
    /// A name, or an address; `*.` before a name stands for everything below it, and not for itself.
    /// An IPv6 address is in brackets, as in a URL.
    pub name: String,
    /// None is the port that the scheme has when a URL says none: 80, or 443 with TLS.
    pub port: Option<u16>,
}

impl HttpHost {
    /// Whether a request to `host` may go here.
    pub(crate) fn covers(&self, host: &str, port: u16, usual_port: u16) -> bool {
        port == self.port.unwrap_or(usual_port)
            && match self.name.strip_prefix('*') {
                Some(suffix) => ends_with(host, suffix),
                None => host.eq_ignore_ascii_case(&self.name),
            }
    }
}

/// Whether `host` has at least a character before `suffix`, which begins with a dot.
fn ends_with(host: &str, suffix: &str) -> bool {
    let at = host.len().checked_sub(suffix.len());
    at.is_some_and(|at| {
        at > 0
            && host
                .get(at..)
                .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(name: &str, port: Option<u16>, host: &str, to: u16, usual: u16) -> bool {
        let name = name.into();
        HttpHost { name, port }.covers(host, to, usual)
    }

    #[test]
    fn a_host_is_itself_in_any_case() {
        assert!(covers("api.test", None, "API.test", 443, 443));
        assert!(!covers("api.test", None, "api.test.evil", 443, 443));
        assert!(!covers("api.test", None, "evil-api.test", 443, 443));
        assert!(!covers("api.test", None, "sub.api.test", 443, 443));
    }

    #[test]
    fn without_a_port_it_is_the_scheme_s() {
        assert!(covers("api.test", None, "api.test", 80, 80));
        assert!(!covers("api.test", None, "api.test", 8080, 80));
        assert!(!covers("api.test", None, "api.test", 80, 443));
        assert!(covers("api.test", Some(8080), "api.test", 8080, 80));
        assert!(covers("api.test", Some(8080), "api.test", 8080, 443));
        assert!(!covers("api.test", Some(8080), "api.test", 80, 80));
    }

    #[test]
    fn a_star_is_everything_below() {
        assert!(covers("*.test", None, "a.test", 80, 80));
        assert!(covers("*.test", None, "a.b.TEST", 80, 80));
        assert!(!covers("*.test", None, "test", 80, 80));
        assert!(!covers("*.test", None, ".test", 80, 80));
        assert!(!covers("*.test", None, "atest", 80, 80));
        assert!(!covers("*.test", None, "é", 80, 80));
    }
}
