//! Codes that change every half minute (TOTP, RFC 6238): six digits of an HMAC-SHA-1 over the number of half minutes.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;

/// Bytes of a key: as many as SHA-1 gives (RFC 4226, section 4).
pub const KEY: usize = 20;
/// Seconds a code lasts.
const SECONDS: i64 = 30;
/// Codes before and after the one of now that are taken, for clocks that differ.
const DRIFT: i64 = 1;

/// The code of a step (RFC 4226, section 5.3): six digits.
pub fn code(key: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 15);
    let word = tag.iter().skip(offset).take(4).fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
    format!("{:06}", (word & 0x7fff_ffff) % 1_000_000)
}

/// The step of a time in seconds since 1970: the number of the half minute.
pub fn step(seconds: i64) -> i64 {
    seconds.div_euclid(SECONDS)
}

/// The step near a time whose code was typed; none when the code is wrong.
pub fn step_of(key: &[u8], typed: &str, seconds: i64) -> Option<i64> {
    let now = step(seconds);
    let fits = |step: &i64| verify_slices_are_equal(code(key, *step).as_bytes(), typed.as_bytes()).is_ok();
    (now - DRIFT..=now + DRIFT).find(fits)
}
