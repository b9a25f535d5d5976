//! Networks and keys of clients: a network is written as it was read; a key that is read has its checksum.
#![no_main]

use libfuzzer_sys::fuzz_target;
use thidua_domain::accounts::client_keys::KeyKind;
use thidua_domain::accounts::networks::Network;
use thidua_http::crypto::api_key;

fuzz_target!(|text: &str| {
    if let Ok(network) = Network::parse("/networks/0", text) {
        assert!(Network::parse("", &network.to_string()).is_ok_and(|again| again == network));
    }
    for kind in KeyKind::ALL {
        assert!(api_key::hash(*kind, text).is_none() || (text.len() == 53 && text.starts_with(kind.prefix())));
    }
});
