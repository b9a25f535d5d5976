//! Rights by which writes are made. A right is judged once more in the writer's transaction: it may be lost while the
//! request's body comes in, in the queue, or during earlier parts of a batch.

use crate::error::{Error, Result, RightLapse};
use crate::model::access::Access;
use std::fmt;
use std::sync::Arc;

/// The right by which a write is made.
#[derive(Clone)]
pub struct Right(Option<Arc<Question>>);

/// Judges a right by the accounts that may come in as of now. It must not leave memory: the writer waits for it.
type Question = dyn Fn(&Access) -> std::result::Result<(), RightLapse> + Send + Sync;

impl Right {
    /// The right of the program itself, which nobody can take away.
    pub fn of_program() -> Self {
        Self(None)
    }

    /// The right of a caller, judged again where it takes effect.
    pub fn asking(question: impl Fn(&Access) -> std::result::Result<(), RightLapse> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(question)))
    }

    /// Refuses a write by a right that no longer holds; `access` has the accounts that may come in.
    pub(crate) fn judge<'a>(&self, access: impl FnOnce() -> Result<&'a Access>) -> Result<()> {
        match &self.0 {
            None => Ok(()),
            Some(question) => question(access()?).map_err(Error::Lapsed),
        }
    }
}

impl fmt::Debug for Right {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Right(asked)" } else { "Right(of the program)" })
    }
}
