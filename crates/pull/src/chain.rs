//! Hashes: of a change, of a page, of cells. Each is described in the API's contract; nothing here asks a server.

use crate::error::Error;
use crate::wire::{Cell, Change, Page, Sight};
use sha2::{Digest, Sha256};

/// A place in the log, and the hash that stands for the whole log up to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The number of the last change.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

impl Position {
    /// The position before the first change: number 0, and a hash of zeros.
    pub fn start() -> Self {
        Self { seq: 0, hash: "0".repeat(64) }
    }
}

/// Checks that a page continues the log at a position, and returns the position after it.
pub fn follow(page: &Page, from: &Position) -> Result<Position, Error> {
    if page.after != from.seq {
        return Err(untrue(format!("asked for what follows {}, the answer begins after {}", from.seq, page.after)));
    }
    if page.previous_hash != from.hash {
        return Err(untrue(format!(
            "the server's log is another one than this copy's: at position {} it has the hash {}, the copy has {}. The \
             server's data has been restored from an older copy, or rewritten. Ask its operators; to take its log as it \
             is now, pull into a new file",
            from.seq, page.previous_hash, from.hash
        )));
    }
    let mut at = from.clone();
    let mut digest = Sha256::new();
    for change in &page.items {
        if change.seq != at.seq + 1 {
            return Err(untrue(format!("position {} follows position {}", change.seq, at.seq)));
        }
        if change.sight == Sight::Whole && hash(change, &at.hash)? != change.hash {
            return Err(untrue(format!("change {} does not have the hash it says", change.seq)));
        }
        digest.update(format!("{} {}\n", change.seq, change.hash));
        for cell in &change.cells {
            digest.update(line(cell));
        }
        at = Position { seq: change.seq, hash: change.hash.clone() };
    }
    if hexadecimal(digest) != page.digest {
        return Err(untrue(format!("the page after {} does not have the digest it says", from.seq)));
    }
    if page.last != at.seq || page.head < at.seq {
        return Err(untrue(format!("the page ends at {}, and says {} of {}", at.seq, page.last, page.head)));
    }
    Ok(at)
}

/// The hash of a whole change that follows another: SHA-256 over a JSON array, in which absent members are null. In the
/// second form that array stands in another one, after a nonce.
fn hash(change: &Change, previous: &str) -> Result<String, Error> {
    let (Some(actor), Some(resource), Some(operation)) = (&change.actor, &change.resource, &change.operation) else {
        return Err(untrue(format!("change {} is said to be whole, and is not", change.seq)));
    };
    let members = (
        previous,
        change.seq,
        change.at_micros,
        &actor.kind,
        actor.id,
        resource,
        change.id,
        operation,
        &change.before,
        &change.after,
        &change.reason,
    );
    let text = match (change.form, &change.nonce) {
        (1, None) => serde_json::to_vec(&members),
        (2, Some(nonce)) => serde_json::to_vec(&(2, nonce, members)),
        (1 | 2, _) => return Err(untrue(format!("change {} does not have the form it says", change.seq))),
        (form, _) => {
            let what = format!("change {} has the form {form}, which this version does not know", change.seq);
            return Err(untrue(format!("{what}: upgrade thidua here")));
        }
    };
    let text = text.map_err(|error| untrue(error.to_string()))?;
    Ok(hexadecimal(Sha256::new_with_prefix(text)))
}

/// The digest of cells of one indicator, calendar and month, in the order of the agency's identity.
pub fn digest<'a>(cells: impl IntoIterator<Item = &'a Cell>) -> String {
    let mut digest = Sha256::new();
    for cell in cells {
        digest.update(line(cell));
    }
    hexadecimal(digest)
}

fn line(cell: &Cell) -> String {
    let Cell { indicator, agency, calendar, month, numerator, denominator, reports } = cell;
    format!("{indicator} {agency} {calendar} {month} {numerator} {denominator} {reports}\n")
}

fn hexadecimal(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn untrue(what: String) -> Error {
    Error::Untrue(what)
}
