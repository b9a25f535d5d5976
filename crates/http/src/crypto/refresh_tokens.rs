//! Refresh tokens: each is computed from its session and its number within the session, under a key that is not in the
//! database. So every one that was ever issued is recognized, and the one before the last can be answered again.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use thidua_domain::log::hexadecimal::hexadecimal;

/// A refresh token: `tdr_`, the session in 32 hexadecimal digits, `_`, and in base64url its number and 224 bits that
/// prove it.
pub struct RefreshToken {
    /// The session it refreshes.
    pub session: String,
    secret: String,
}

/// Maker of refresh tokens.
#[derive(Clone)]
pub struct RefreshTokens(hmac::Key);

/// Bytes of the number.
const NUMBER: usize = 4;
/// Bytes of the proof.
const PROOF: usize = 28;

impl RefreshTokens {
    /// The maker under a secret of the installation.
    pub fn under(secret: &[u8]) -> Self {
        let own = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"refresh tokens");
        Self(hmac::Key::new(hmac::HMAC_SHA256, own.as_ref()))
    }

    /// The token of a session with a number.
    pub fn token(&self, session: &str, number: u32) -> RefreshToken {
        let number = number.to_be_bytes();
        let proof = self.proof(session, &number);
        let bytes: Vec<u8> = number.iter().chain(proof.as_ref().iter().take(PROOF)).copied().collect();
        RefreshToken { session: session.to_owned(), secret: URL_SAFE_NO_PAD.encode(bytes) }
    }

    /// The number of a token; none when it was not issued here.
    pub fn number(&self, token: &RefreshToken) -> Option<u32> {
        let bytes = URL_SAFE_NO_PAD.decode(&token.secret).ok()?;
        let number = u32::from_be_bytes(bytes.get(..NUMBER)?.try_into().ok()?);
        // Hashes are compared, not the secrets: the time it takes tells nothing of these.
        (self.token(&token.session, number).hash() == token.hash()).then_some(number)
    }

    /// A keyed hash of an address, kept with a session: good for comparisons only.
    pub(crate) fn place(&self, session: &str, address: IpAddr) -> String {
        hexadecimal(self.sign(&["address", session, &address.to_string()].join("\n")).as_ref())
    }

    fn proof(&self, session: &str, number: &[u8]) -> hmac::Tag {
        self.sign(&["token", session, &hexadecimal(number)].join("\n"))
    }

    fn sign(&self, text: &str) -> hmac::Tag {
        hmac::sign(&self.0, text.as_bytes())
    }
}

impl RefreshToken {
    /// Parses a token, which need not have been issued here.
    pub fn parse(text: &str) -> Option<Self> {
        let (session, secret) = text.strip_prefix("tdr_")?.split_once('_')?;
        let is_one = session.len() == 32 && session.bytes().all(|byte| byte.is_ascii_hexdigit()) && secret.len() == 43;
        is_one.then(|| Self { session: session.to_owned(), secret: secret.to_owned() })
    }

    /// The text that its owner is given.
    pub fn text(&self) -> String {
        format!("tdr_{}_{}", self.session, self.secret)
    }

    /// The hash that is stored.
    pub(crate) fn hash(&self) -> String {
        hexadecimal(&Sha256::digest(self.secret.as_bytes()))
    }
}
