//! Events: log-ins, refusals, exports and the like beside the changes of rows, chained like the change log.

use crate::log::changes::{Actor, Hash};

use crate::log::hexadecimal::hexadecimal;
use crate::string_enum;
use crate::time::Moment;
use serde_json::json;
use sha2::{Digest, Sha256};

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Time of the event, in microseconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// The kind of event.
    pub kind: EventKind,
    /// The actor; the program itself where nobody is known.
    pub actor: Actor,
    /// The address it came from, as far as known.
    pub address: Option<String>,
    /// The operation asked for, by its `operationId`.
    pub operation: String,
    /// The members of staff and accounts whose names were shown, or of whom something was erased, in identity order.
    pub subjects: Vec<i64>,
    /// Particulars; never a name or a secret.
    pub detail: Option<String>,
    /// The reason, where one was given.
    pub reason: Option<String>,
    /// Number of times it happened: more than one where repetitions within an hour are one event.
    pub times: i64,
}

string_enum! {
    /// Kinds of event.
    EventKind {
        /// Somebody logged in.
        LogIn = "log_in",
        /// Somebody tried to log in with a wrong name or password.
        LogInRefused = "log_in_refused",
        /// Somebody changed what they log in with.
        Credentials = "credentials",
        /// Somebody asked for something that their role does not allow.
        Refused = "refused",
        /// Somebody gave a row a code that a row outside their scope has, and was told that it is taken.
        CodeTaken = "code_taken",
        /// Somebody took data out in bulk.
        Export = "export",
        /// Somebody was shown names of people.
        PersonalData = "personal_data",
        /// Somebody erased personal data.
        Erasure = "erasure",
    }
}

impl EventKind {
    /// True when somebody was refused something.
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::LogInRefused | Self::Refused)
    }
}

impl Event {
    /// The hash of this event, the `seq`-th, after a predecessor: SHA-256 over the previous hash and every member, as
    /// one JSON array. Its last members are the reason and the number of times. An absent reason and a number of 1 are
    /// left out, so that events from before these members existed keep their hashes. The two cannot be mixed up: a
    /// reason is a text, the other a number.
    pub fn hash(&self, seq: i64, previous: &str) -> Hash {
        let mut members = vec![
            json!(previous),
            json!(seq),
            json!(self.at),
            json!(self.kind.as_str()),
            json!(self.actor.kind.as_str()),
            json!(self.actor.id),
            json!(self.address),
            json!(self.operation),
            json!(self.subjects),
            json!(self.detail),
        ];
        members.extend(self.reason.iter().map(|reason| json!(reason)));
        members.extend((self.times != 1).then(|| json!(self.times)));
        // Texts and whole numbers always have a JSON form.
        hexadecimal(&Sha256::digest(serde_json::to_vec(&members).unwrap_or_default()))
    }

    /// Time of the event.
    pub fn moment(&self) -> Moment {
        Moment::from_timestamp_micros(self.at).unwrap_or_default()
    }
}
