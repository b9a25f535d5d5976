//! Merge patches (RFC 7396): applied twice, one changes what it changes once. A body is read as any JSON reader reads
//! it, or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use thidua_http::request::body::merge;
use thidua_http::request::json::UniqueKeys;

fuzz_target!(|input: (&[u8], &[u8])| {
    let read = |bytes: &[u8]| match serde_json::from_slice::<UniqueKeys>(bytes) {
        Ok(UniqueKeys(Ok(value))) => {
            assert_eq!(serde_json::from_slice::<Value>(bytes).ok().as_ref(), Some(&value));
            Some(value)
        }
        _ => None,
    };
    if let (Some(mut target), Some(patch)) = (read(input.0), read(input.1)) {
        merge(&mut target, &patch);
        let once = target.clone();
        merge(&mut target, &patch);
        assert_eq!(target, once);
    }
});
