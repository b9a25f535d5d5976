//! Lists: the parameters they share, cursors nobody can forge, and pages.

use crate::problem::Problem;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use thidua_domain::violation::Violation;
use thidua_persistence::{Page, Position, Slice};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

/// What every list takes.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    /// Rows in a page.
    #[validate(range(min = 1, max = 1000))]
    #[param(minimum = 1, maximum = 1000, default = 50)]
    pub limit: Option<u32>,
    /// Where to go on: `next` of the page before.
    #[validate(length(max = 1000))]
    #[param(max_length = 1000)]
    pub cursor: Option<String>,
    /// The sort key; with a leading `-` the order is reversed.
    #[validate(length(max = 50))]
    #[param(max_length = 50)]
    pub sort: Option<String>,
}

impl ListParams {
    /// Their names.
    pub const NAMES: &'static [&'static str] = &["limit", "cursor", "sort"];
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T> {
    /// The rows, in the order asked for.
    #[schema(max_items = 1000)]
    pub items: Vec<T>,
    /// The cursor of the next page; absent on the last one.
    #[schema(max_length = 1000)]
    pub next: Option<String>,
}

/// An order and the slice of it that was asked for.
#[derive(Debug)]
pub struct Order<S> {
    /// The sort key.
    pub sort: S,
    /// The slice.
    pub slice: Slice,
    name: String,
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    sort: String,
    descending: bool,
    key: String,
    id: i64,
}

impl<S: Copy> Order<S> {
    /// Reads the parameters; the first allowed sort key is the default.
    pub(crate) fn read(
        path: &str,
        params: &ListParams,
        allowed: &[(&'static str, S)],
        secret: &[u8],
    ) -> Result<Self, Problem> {
        let text = params.sort.as_deref().unwrap_or_default();
        let (descending, wanted) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
        let found = if wanted.is_empty() { allowed.first() } else { allowed.iter().find(|(name, _)| *name == wanted) };
        let Some((name, sort)) = found else {
            let names: Vec<_> = allowed.iter().map(|(name, _)| *name).collect();
            let names = names.join(", ");
            return Err(Violation::new(
                "/sort",
                "invalid_sort",
                format!("Chỉ sắp xếp được theo: {names}; thêm dấu - ở đầu để đảo thứ tự."),
                format!("Lists can be sorted by: {names}; a leading - reverses the order."),
            )
            .into());
        };
        let name = format!("{path}?{name}");
        let after = params.cursor.as_deref().map(|cursor| open(cursor, &name, descending, secret)).transpose()?;
        let limit = usize::try_from(params.limit.unwrap_or(50)).unwrap_or(50);
        Ok(Self { sort: *sort, slice: Slice { limit, descending, after }, name })
    }

    /// A page as it is answered.
    pub fn page<T, W>(&self, page: Page<T>, secret: &[u8], convert: impl FnMut(T) -> W) -> Items<W> {
        let next = page.next.map(|position| self.seal(position, secret));
        Items { items: page.items.into_iter().map(convert).collect(), next }
    }

    fn seal(&self, position: Position, secret: &[u8]) -> String {
        let cursor =
            Cursor { sort: self.name.clone(), descending: self.slice.descending, key: position.key, id: position.id };
        let mut bytes = serde_json::to_vec(&cursor).unwrap_or_default();
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), &bytes);
        bytes.extend_from_slice(tag.as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

/// Bytes of the tag at a cursor's end.
const TAG: usize = 32;

fn open(cursor: &str, sort: &str, descending: bool, secret: &[u8]) -> Result<Position, Problem> {
    let invalid = || {
        Violation::new(
            "/cursor",
            "invalid_cursor",
            "Con trỏ trang không hợp lệ hoặc không thuộc danh sách này; hãy lấy lại từ trang đầu.",
            "The cursor is not valid or belongs to another list; start again from the first page.",
        )
    };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid())?;
    let split = bytes.len().checked_sub(TAG).ok_or_else(invalid)?;
    let (content, tag) = bytes.split_at(split);
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret), content, tag).map_err(|_| invalid())?;
    let cursor: Cursor = serde_json::from_slice(content).map_err(|_| invalid())?;
    if cursor.sort != sort || cursor.descending != descending {
        return Err(invalid().into());
    }
    Ok(Position { key: cursor.key, id: cursor.id })
}
