//! Networks, as CIDR writes them (RFC 4632, RFC 4291).

use crate::text::{Shape, parsed, text_kind};
use crate::violation::Violation;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u32,
}

text_kind!(Network, "network", SHAPE, Self::parse);

/// Shape of its text: an address, or one with the number of leading bits that matter.
const SHAPE: Shape = Shape { min_length: 2, max_length: 43, pattern: "^[0-9A-Fa-f:./]+$" };

impl Network {
    /// Parses, naming `pointer` in the violation. Bits beyond those that matter must be zero.
    pub fn parse(pointer: &str, text: &str) -> Result<Self, Violation> {
        Self::read(text).ok_or_else(|| Violation::new(pointer, "invalid_network"))
    }

    fn read(text: &str) -> Option<Self> {
        let (first, bits) = text.split_once('/').map_or((text, None), |(first, bits)| (first, Some(bits)));
        let first: IpAddr = first.parse().ok()?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().ok()?,
            Some(_) => return None,
            None => most,
        };
        // Addresses are compared in canonical form, so a network of IPv4-mapped IPv6 addresses would hold none.
        (bits <= most && prefix(first, bits) == first && first.to_canonical() == first).then_some(Self { first, bits })
    }

    /// True for an address in the network.
    pub fn holds(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.first.is_ipv4() && prefix(address, self.bits) == self.first
    }
}

/// An address of which only the leading bits are kept.
fn prefix(address: IpAddr, bits: u32) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - bits.min(32)).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - bits.min(128)).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.bits)
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parsed(deserializer, |text| Self::parse("", text))
    }
}
