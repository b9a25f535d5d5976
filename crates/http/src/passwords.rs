//! Passwords: argon2id, and random ones for first runs.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use thidua_domain::violation::Violation;

/// The least number of characters of a password.
pub const MIN_LENGTH: usize = 14;
/// The greatest number of characters of a password.
pub const MAX_LENGTH: usize = 200;

/// Memory, passes and lanes of argon2id: 19 MiB, 2, 1 (OWASP Password Storage Cheat Sheet). A stored hash says its own.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Checks the length of a new password.
pub fn check(pointer: &str, password: &str) -> Result<(), Violation> {
    if (MIN_LENGTH..=MAX_LENGTH).contains(&password.chars().count()) {
        return Ok(());
    }
    Err(Violation::new(
        pointer,
        "invalid_password_length",
        format!("Mật khẩu phải có từ {MIN_LENGTH} đến {MAX_LENGTH} ký tự."),
        format!("A password has {MIN_LENGTH} to {MAX_LENGTH} characters."),
    ))
}

/// The hash to store. Slow on purpose: call it off the async threads.
pub fn hash(password: &str) -> Result<String, String> {
    let (memory, passes, lanes) = COST;
    let cost = Params::new(memory, passes, lanes, None).map_err(|error| error.to_string())?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost);
    let hash = argon2.hash_password(password.as_bytes()).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

/// Whether a password fits a stored hash. Slow on purpose: call it off the async threads.
pub fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// A random password of 20 characters that are hard to mistake for one another: 100 bits.
pub fn random() -> Result<String, String> {
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let mut bytes = [0_u8; 20];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}
