//! A network holds exactly the addresses that begin with its bits.

use proptest::prelude::*;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use thidua_domain::accounts::networks::Network;

/// True when two addresses begin with the same bits, compared one by one.
fn alike(one: &[u8], other: &[u8], bits: usize) -> bool {
    let bit = |bytes: &[u8], place: usize| bytes[place / 8] >> (7 - place % 8) & 1;
    (0..bits).all(|place| bit(one, place) == bit(other, place))
}

/// The bytes with zeros after the first `bits` bits.
fn cut(bytes: &mut [u8], bits: usize) {
    for place in bits..bytes.len() * 8 {
        bytes[place / 8] &= !(1 << (7 - place % 8));
    }
}

proptest! {
    #[test]
    fn of_the_old_internet(mut first: [u8; 4], near: [u8; 4], kept in 0_usize..=32, bits in 0_usize..=32) {
        cut(&mut first, bits);
        let mut other = near;
        (0..kept).for_each(|place| {
            let mask = 1 << (7 - place % 8);
            other[place / 8] = other[place / 8] & !mask | first[place / 8] & mask;
        });
        let network = Network::parse("", &format!("{}/{bits}", Ipv4Addr::from(first))).expect("a network");
        prop_assert_eq!(network.holds(IpAddr::V4(Ipv4Addr::from(other))), alike(&first, &other, bits));
        prop_assert_eq!(network.holds(IpAddr::V6(Ipv4Addr::from(other).to_ipv6_mapped())), alike(&first, &other, bits));
        prop_assert_eq!(Network::parse("", &network.to_string()).expect("itself"), network);
    }

    #[test]
    fn of_the_new_internet(mut first: [u8; 16], near: [u8; 16], kept in 0_usize..=128, bits in 0_usize..=128) {
        first[0] |= 0x20;
        cut(&mut first, bits);
        let mut other = near;
        (0..kept).for_each(|place| {
            let mask = 1 << (7 - place % 8);
            other[place / 8] = other[place / 8] & !mask | first[place / 8] & mask;
        });
        other[0] |= 0x20;
        let network = Network::parse("", &format!("{}/{bits}", Ipv6Addr::from(first))).expect("a network");
        prop_assert_eq!(network.holds(IpAddr::V6(Ipv6Addr::from(other))), alike(&first, &other, bits));
        prop_assert!(!network.holds(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    }

    #[test]
    fn any_text_is_a_network_or_refused(text in ".{0,50}") {
        if let Ok(network) = Network::parse("/networks/0", &text) {
            prop_assert_eq!(Network::parse("", &network.to_string()).expect("itself"), network);
        }
    }
}

#[test]
fn bits_behind_those_that_count_and_other_spellings_are_refused() {
    for text in [
        "10.18.0.1/16",
        "10.0.0.0/33",
        "2001:db8::1/32",
        "::/129",
        "10.0.0.0/+8",
        "10.0.0.0/",
        "10.0.0",
        "/8",
        "::ffff:10.0.0.0/104",
        "",
    ] {
        assert_eq!(Network::parse("/networks/0", text).expect_err(text).code, "invalid_network", "{text}");
    }
    assert_eq!(Network::parse("", "203.0.113.7").expect("one address").to_string(), "203.0.113.7/32");
}
