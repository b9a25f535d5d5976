//! Passwords: argon2id, and random ones for first runs.

use anyhow::Result;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use thidua_domain::limits::Within;
use thidua_domain::violation::Violation;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use zxcvbn::{Score, zxcvbn};

/// The least number of characters of a password that stands alone.
const ALONE: i64 = 14;
/// The least number of characters of one beside a second factor.
const BESIDE_SECOND_FACTOR: i64 = 8;
/// The greatest number of characters of a password.
const MAX_LENGTH: i64 = 200;

/// A password, as somebody gives it.
pub type Password = Within<String, 1, MAX_LENGTH>;

/// A password to come. How long it must be depends on whose it is, and is judged with the password.
pub type NewPassword = Within<String, 0, MAX_LENGTH>;

/// A password to come that stands alone, as the contract asks for it.
pub type LonePassword = Within<String, ALONE, MAX_LENGTH>;

/// A password to come that may stand beside a second factor, as the contract asks for it.
pub type ShortPassword = Within<String, BESIDE_SECOND_FACTOR, MAX_LENGTH>;

/// Memory, passes and lanes of argon2id: 19 MiB, 2, 1 (OWASP Password Storage Cheat Sheet). A stored hash says its own.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);

/// Words of this place and its work, which an attacker tries first (ASVS 5, 6.2.11).
const OF_THIS_PLACE: [&str; 14] = [
    "thidua",
    "thi-dua",
    "dienbien",
    "dien-bien",
    "chuyendoiso",
    "chuyen-doi-so",
    "matkhau",
    "mat-khau",
    "quantri",
    "quan-tri",
    "vietnam",
    "tinhdienbien",
    "baocao",
    "administrator",
];

/// The least number of characters of a new password.
pub fn least(has_second_factor: bool) -> i64 {
    if has_second_factor { BESIDE_SECOND_FACTOR } else { ALONE }
}

/// Refuses a password too short to stand alone, without a second factor.
pub fn stands_alone(pointer: &str, password: &str) -> Result<(), Violation> {
    check_length(pointer, &prepared(password), ALONE)
}

/// Checks a new password: its length, and that it is none that is tried first, such as common ones, keyboard runs, or
/// words known of its owner (NIST SP 800-63B, 3.1.1.2).
pub fn check(pointer: &str, password: &str, least: i64, known: &[&str]) -> Result<(), Violation> {
    let password = &prepared(password);
    check_length(pointer, password, least)?;
    let known: Vec<_> = known.iter().flat_map(|text| spellings(text)).collect();
    let known: Vec<_> = OF_THIS_PLACE.iter().copied().chain(known.iter().map(String::as_str)).collect();
    // Beside a second factor it has to resist only guesses that are slowed down.
    let enough = if least < ALONE { Score::Two } else { Score::Four };
    if zxcvbn(password, &known).score() >= enough {
        return Ok(());
    }
    Err(Violation::new(pointer, "common_password"))
}

/// True when two passwords are the same, whatever keyboard wrote them.
pub fn are_same(one: &str, other: &str) -> bool {
    prepared(one) == prepared(other)
}

/// Likely spellings of a name in a password: as it is, without diacritics, in one word.
fn spellings(text: &str) -> [String; 3] {
    let lower = text.to_lowercase();
    let plain: String = lower.nfd().filter(|letter| !is_combining_mark(*letter)).collect();
    let plain = plain.replace('đ', "d");
    let in_one_word = plain.chars().filter(|letter| letter.is_alphanumeric()).collect();
    [lower, plain, in_one_word]
}

/// A password as it is hashed and compared, whatever keyboard or program wrote it: spaces of every kind are one, and
/// letters are composed (OpaqueString, RFC 8265, section 4.2.2).
fn prepared(password: &str) -> String {
    let is_space =
        |letter: char| letter.is_whitespace() && !letter.is_control() && !matches!(letter, '\u{2028}' | '\u{2029}');
    password.chars().map(|letter| if is_space(letter) { ' ' } else { letter }).nfc().collect()
}

fn check_length(pointer: &str, prepared: &str, least: i64) -> Result<(), Violation> {
    let length = prepared.chars().count().try_into().unwrap_or(i64::MAX);
    if (least..=MAX_LENGTH).contains(&length) {
        return Ok(());
    }
    Err(Violation::new(pointer, "invalid_password_length").with("least", &least).with("most", &MAX_LENGTH))
}

/// The hash to store. Slow on purpose: call it off the async threads.
pub fn hash(password: &str) -> Result<String> {
    let (memory, passes, lanes) = COST;
    let cost = Params::new(memory, passes, lanes, None)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cost);
    let hash = argon2.hash_password(prepared(password).as_bytes())?;
    Ok(hash.to_string())
}

/// The match of a password with a stored hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// A hash as new ones are made.
    Current,
    /// A hash made at another cost, or of letters that were not composed: as before 0.2.0.
    Outdated,
}

/// Compares a password with a stored hash; none when it does not fit. Slow on purpose: call it off the async threads.
pub fn verify(password: &str, hash: &str) -> Option<Match> {
    let parsed = PasswordHash::new(hash).ok()?;
    let fits = |spelling: &str| Argon2::default().verify_password(spelling.as_bytes(), &parsed).is_ok();
    let now = prepared(password);
    if fits(&now) {
        return Some(if is_at_cost(hash) { Match::Current } else { Match::Outdated });
    }
    // Hashes of before 0.2.0 are of the letters as they came, from this keyboard or from one that takes them apart.
    let before = [password.to_owned(), password.nfd().collect()];
    before.iter().any(|spelling| *spelling != now && fits(spelling)).then_some(Match::Outdated)
}

/// True for a hash that was made at the cost of new ones.
fn is_at_cost(hash: &str) -> bool {
    let (memory, passes, lanes) = COST;
    hash.contains(&format!("$m={memory},t={passes},p={lanes}$"))
}

/// A random password of 20 characters that are hard to mistake for one another: 100 bits.
pub fn random() -> Result<String> {
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let mut bytes = [0_u8; 20];
    aws_lc_rs::rand::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect())
}
