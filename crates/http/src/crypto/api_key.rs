//! API keys, client secrets and the secrets of invitations as texts: a prefix that names the kind, random digits, and a
//! checksum. So a scanner of leaked secrets recognizes one, and a typing error is told from an expired key without a look-up.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use thidua_domain::accounts::client_keys::KeyKind;
use thidua_domain::log::changes::Hash;
use thidua_domain::log::hexadecimal::hexadecimal;
use thidua_domain::text::Shape;

/// The shape of a key: a prefix and 49 digits.
pub const SHAPE: Shape = Shape { min_length: 53, max_length: 53, pattern: "^td[ks]_[0-9A-Za-z]{49}$" };

/// The shape of an invitation's secret.
pub const INVITATION_SHAPE: Shape = Shape { pattern: "^tdi_[0-9A-Za-z]{49}$", ..SHAPE };

const INVITATION: &str = "tdi_";
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Random digits: 256 bits.
const RANDOM: usize = 43;
/// Digits of the checksum, the CRC-32 of all before it.
const CHECKSUM: usize = 6;
/// The first byte that is not used: 248 is four times 62, so that all digits are equally likely.
const FAIR: u8 = 248;

/// Makes a random key of a kind.
pub fn make(kind: KeyKind) -> Result<String> {
    random(kind.prefix())
}

/// Makes a random secret of an invitation.
pub fn invitation() -> Result<String> {
    random(INVITATION)
}

fn random(prefix: &str) -> Result<String> {
    let mut text = prefix.to_owned();
    let whole = text.len() + RANDOM;
    while text.len() < whole {
        let mut bytes = [0_u8; 64];
        aws_lc_rs::rand::fill(&mut bytes)?;
        let fair = bytes.into_iter().filter(|byte| *byte < FAIR).take(whole - text.len());
        text.extend(fair.map(|byte| digit(u32::from(byte))));
    }
    let sum = checksum(&text);
    Ok(text + &sum)
}

/// The hash under which a key is stored; none for a text that cannot be one.
pub fn hash(kind: KeyKind, text: &str) -> Option<Hash> {
    hash_behind(kind.prefix(), text)
}

/// The hash under which an invitation is stored; none for a text that cannot be the secret of one.
pub fn invitation_hash(text: &str) -> Option<Hash> {
    hash_behind(INVITATION, text)
}

fn hash_behind(prefix: &str, text: &str) -> Option<Hash> {
    let digits = text.strip_prefix(prefix)?;
    let plain = digits.len() == RANDOM + CHECKSUM && digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let (body, sum) = text.split_at_checked(text.len().checked_sub(CHECKSUM)?)?;
    (plain && checksum(body) == sum).then(|| hexadecimal(&Sha256::digest(text)))
}

/// The hash of a random key that is forgotten at once, so that nobody comes in by it.
pub fn hash_of_none(kind: KeyKind) -> Result<Hash> {
    hash(kind, &make(kind)?).context("a key that is none")
}

fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM].map(char::from);
    for place in digits.iter_mut().rev() {
        *place = digit(rest % 62);
        rest /= 62;
    }
    digits.into_iter().collect()
}

fn digit(value: u32) -> char {
    let index = usize::try_from(value % 62).unwrap_or(0);
    DIGITS.get(index).copied().map_or('0', char::from)
}
