//! The address a request comes from: its peer's, or, behind a trusted proxy, the one that this proxy names.

use actix_web::http::header::{HeaderMap, HeaderName};
use std::net::{IpAddr, SocketAddr};

/// The proxies whose `X-Forwarded-For` is believed.
pub(crate) struct Trusted(Vec<IpAddr>);

impl Trusted {
    pub(crate) fn new(proxies: &[IpAddr]) -> Self {
        Self(proxies.iter().map(IpAddr::to_canonical).collect())
    }
}

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address a request comes from. In a chain of proxies the nearest address that is not trusted counts: anybody may
/// have written those before it into the header.
pub(crate) fn of(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &Trusted) -> Option<IpAddr> {
    let peer = peer?.ip().to_canonical();
    let lines: Vec<_> = headers.get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
    let chain = lines.iter().flat_map(|line| line.split(',')).map(str::trim).collect::<Vec<_>>();
    let mut nearest = peer;
    for hop in chain.iter().rev() {
        if !trusted.0.contains(&nearest) {
            break;
        }
        match hop.parse::<IpAddr>() {
            Ok(address) => nearest = address.to_canonical(),
            Err(_) => break,
        }
    }
    Some(nearest)
}
