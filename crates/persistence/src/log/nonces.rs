//! Nonces of changes, from the generator that makes keys.

use crate::error::{Error, Result};
use aws_lc_rs::rand;
use thidua_domain::log::nonce::Nonce;

/// Nonces drawn ahead, so that a set of many changes asks the generator a few times only.
#[derive(Default)]
pub(crate) struct Nonces {
    /// Those of the last [`TOGETHER`] that are not used yet.
    left: Vec<[u8; Nonce::LENGTH]>,
}

/// Nonces drawn together.
const TOGETHER: usize = 64;

impl Nonces {
    /// Draws a nonce, random and so unused.
    pub(crate) fn draw(&mut self) -> Result<Nonce> {
        if self.left.is_empty() {
            let mut bytes = [0; TOGETHER * Nonce::LENGTH];
            rand::fill(&mut bytes).map_err(Error::internal)?;
            self.left.extend_from_slice(bytes.as_chunks().0);
        }
        self.left.pop().map(Nonce::new).ok_or_else(|| Error::internal("no random number was drawn"))
    }
}
