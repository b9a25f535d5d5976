//! Cursors: a made-up one is refused, and one that was given is read as it was given.
#![no_main]

use libfuzzer_sys::fuzz_target;
use thidua_http::crypto::cursors::Seal;
use thidua_persistence::Position;

fuzz_target!(|input: (&str, i64, &str)| {
    let (key, id, order) = input;
    let seal = Seal::new(b"secret", "/api/v1/staff", order, &[("agency".to_owned(), key.to_owned())]);
    assert!(seal.open(key).is_err());
    let cursor = seal.seal(&Position { key: key.to_owned(), id });
    assert!(matches!(seal.open(&cursor), Ok(position) if (position.key.as_str(), position.id) == (key, id)));
    let other = Seal::new(b"secret", "/api/v1/staff", order, &[]);
    assert!(other.open(&cursor).is_err());
});
