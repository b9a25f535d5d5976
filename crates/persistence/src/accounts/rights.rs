//! The right by which something is written, judged once more in the writer's transaction: between a request's head and its
//! effect lie its body, the queue, and in a batch the parts before.

use crate::error::{Error, Result};
use crate::model::Access;
use std::fmt;
use std::sync::Arc;

/// The reason for which a right holds no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lapse {
    /// The credential is void, or its account is shut out.
    Gone,
    /// Role, agency or scopes are others now.
    Changed,
}

/// The right by which something is written.
#[derive(Clone)]
pub struct Right(Option<Arc<Question>>);

/// Asks whether a right still holds, of who may come in as of now. In memory: the writer waits for it.
type Question = dyn Fn(&Access) -> std::result::Result<(), Lapse> + Send + Sync;

impl Right {
    /// The program's own, which nobody can take away.
    pub fn of_program() -> Self {
        Self(None)
    }

    /// Somebody's, to be asked for again where it takes effect.
    pub fn asking(question: impl Fn(&Access) -> std::result::Result<(), Lapse> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(question)))
    }

    /// Refuses what is written by a right that holds no more; `access` says who may come in.
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
