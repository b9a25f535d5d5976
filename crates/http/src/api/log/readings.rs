//! Readings of the change log on this node, which its readers share.

use crate::api::log::feed_parts::FeedParts;
use crate::api::log::pulls::Pulls;

/// Shares of the readers of the log: parts that many wait for, and the positions they have come to.
#[derive(Default)]
pub(crate) struct Readings {
    pub(crate) parts: FeedParts,
    pub(crate) pulls: Pulls,
}
