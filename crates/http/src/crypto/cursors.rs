//! Cursors that nobody can forge, each good for one list only: the tag (HMAC) covers the list's address, order and
//! filters, too.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use thidua_domain::violation::Violation;
use thidua_persistence::Position;

/// Seals and opens the cursors of one list.
#[derive(Debug)]
pub struct Seal {
    key: hmac::Key,
    list: String,
}

/// Bytes of the tag at a cursor's end.
const TAG: usize = 32;

impl Seal {
    /// The seal of the list with an address, an order and filters, in whatever sequence these come.
    pub fn new(secret: &[u8], path: &str, order: &str, filters: &[(String, String)]) -> Self {
        let mut filters = filters.to_vec();
        filters.sort();
        let filters = serde_urlencoded::to_string(filters).unwrap_or_default();
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, secret), list: format!("{path}?sort={order}&{filters}\n") }
    }

    /// Makes the cursor of the page after a row.
    pub fn seal(&self, position: &Position) -> String {
        let mut content = serde_json::to_vec(&(&position.key, position.id)).unwrap_or_default();
        let tag = hmac::sign(&self.key, &self.sealed(&content));
        content.extend_from_slice(tag.as_ref());
        URL_SAFE_NO_PAD.encode(content)
    }

    /// Opens a cursor: the row that its page comes after.
    pub fn open(&self, cursor: &str) -> Result<Position, Violation> {
        self.opened(cursor).ok_or_else(|| Violation::new("/cursor", "invalid_cursor.other_list"))
    }

    fn opened(&self, cursor: &str) -> Option<Position> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (content, tag) = bytes.split_at_checked(bytes.len().checked_sub(TAG)?)?;
        hmac::verify(&self.key, &self.sealed(content), tag).ok()?;
        let (key, id) = serde_json::from_slice(content).ok()?;
        Some(Position { key, id })
    }

    fn sealed(&self, content: &[u8]) -> Vec<u8> {
        [self.list.as_bytes(), content].concat()
    }
}
