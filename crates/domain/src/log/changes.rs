//! The change log: one chained row per changed row.

use crate::Date;
use crate::log::hexadecimal::hexadecimal;
use crate::log::nonce::Nonce;
use crate::string_enum;
use crate::time::{Moment, civil_date};
use crate::violation::Violation;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Position in the log: 1, 2, 3 … without gaps, in commit order.
    pub seq: i64,
    /// Time of the change, in microseconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// The actor who made it.
    pub actor: Actor,
    /// The resource of the row.
    pub resource: Resource,
    /// The identity of the row.
    pub resource_id: i64,
    /// The operation on the row.
    pub operation: Operation,
    /// The row before, as JSON text; absent on creation.
    pub before: Option<String>,
    /// The row after, as JSON text; absent on deletion.
    pub after: Option<String>,
    /// The reason, where one was given.
    pub reason: Option<String>,
    /// The bits that keep all of this from being guessed from the hash; absent in changes of the [first
    /// form](HashForm::First).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<Nonce>,
}

/// Forms of the log, by the content that a change's hash covers. A log in the first form goes on in the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HashForm {
    /// A hash of the change's content. Where few contents are possible, trying them all finds the one that has the
    /// hash.
    First = 1,
    /// A hash of the change's content and a nonce.
    Second = 2,
}

impl HashForm {
    /// The number that stands for it outside this program.
    pub fn number(self) -> i32 {
        self as i32
    }
}

string_enum! {
    /// The resources, by their names in the address.
    Resource {
        /// Agencies.
        Agencies = "agencies",
        /// Calendars.
        Calendars = "calendars",
        /// Keys of clients.
        ClientKeys = "client-keys",
        /// Clients.
        Clients = "clients",
        /// Corrections of locked figures.
        Corrections = "corrections",
        /// Courses.
        Courses = "courses",
        /// E-document exchange counts.
        DocumentExchanges = "document-exchanges",
        /// Export profiles.
        ExportProfiles = "export-profiles",
        /// Errata of corrected figures.
        Errata = "errata",
        /// Holidays and make-up days.
        Holidays = "holidays",
        /// Incidents and early warnings.
        Incidents = "incidents",
        /// Indicators.
        Indicators = "indicators",
        /// Information systems.
        InformationSystems = "information-systems",
        /// Locks on figures.
        Locks = "locks",
        /// Monitoring statuses.
        MonitoringStatuses = "monitoring-statuses",
        /// Movements.
        Movements = "movements",
        /// Observations.
        Observations = "observations",
        /// Stored dates of periods.
        Periods = "periods",
        /// Phases of movements.
        Phases = "phases",
        /// Reopenings of closed figures.
        Reopenings = "reopenings",
        /// Tokens logged out before they ran out.
        RevokedTokens = "revoked-tokens",
        /// Members of staff.
        Staff = "staff",
        /// Targets.
        Targets = "targets",
        /// Training records.
        TrainingRecords = "training-records",
        /// Users.
        Users = "users",
    }
}

impl Resource {
    /// True for a resource of the catalogue, which is held in memory.
    pub fn is_catalogue(self) -> bool {
        matches!(
            self,
            Self::Agencies
                | Self::Calendars
                | Self::ExportProfiles
                | Self::Corrections
                | Self::Errata
                | Self::Holidays
                | Self::Indicators
                | Self::Locks
                | Self::Movements
                | Self::Periods
                | Self::Phases
                | Self::Reopenings
                | Self::Targets
        )
    }

    /// True when a change can move every cell there is, and not only those that one row contributes to.
    pub fn redefines_cells(self) -> bool {
        matches!(self, Self::Calendars | Self::Indicators | Self::Phases)
    }

    /// True for a resource of which a read model holds more than the cells that its rows contribute to.
    pub fn is_in_model(self) -> bool {
        self.is_catalogue() || self.is_access() || matches!(self, Self::Observations | Self::Staff)
    }

    /// True for a resource that decides who may come in.
    pub fn is_access(self) -> bool {
        matches!(self, Self::Users | Self::RevokedTokens | Self::Clients | Self::ClientKeys)
    }
}

/// Actor of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Person, machine or the program itself.
    pub kind: ActorKind,
    /// The user's identity; 0 for the program itself.
    pub id: i64,
}

impl Actor {
    /// The program itself: first run, sample data, a command on the machine.
    pub const SYSTEM: Self = Self { kind: ActorKind::System, id: 0 };
}

string_enum! {
    /// Kinds of actor.
    ActorKind {
        /// A person who logged in.
        Person = "person",
        /// A machine credential.
        Machine = "machine",
        /// The program itself.
        System = "system",
    }
}

string_enum! {
    /// Operations on a row.
    Operation {
        /// It was created.
        Create = "create",
        /// It was changed.
        Update = "update",
        /// It was deleted.
        Delete = "delete",
    }
}

/// SHA-256 in lower-case hexadecimal, 64 characters.
pub type Hash = String;

/// The hash before the first change.
pub fn genesis() -> Hash {
    "0".repeat(64)
}

impl Change {
    /// The form it has.
    pub fn form(&self) -> HashForm {
        if self.nonce.is_some() { HashForm::Second } else { HashForm::First }
    }

    /// The hash of this change after a predecessor: in the first form SHA-256 over the previous hash and every other
    /// member, as one JSON array; in the second over the JSON array of 2, the nonce, and that array. So no text that is
    /// hashed can be read in both forms.
    pub fn hash(&self, previous: &str) -> Hash {
        let members = (
            previous,
            self.seq,
            self.at,
            self.actor.kind.as_str(),
            self.actor.id,
            self.resource.as_str(),
            self.resource_id,
            self.operation.as_str(),
            &self.before,
            &self.after,
            &self.reason,
        );
        let text = match &self.nonce {
            None => serde_json::to_vec(&members),
            Some(nonce) => serde_json::to_vec(&(HashForm::Second.number(), nonce, members)),
        };
        // Texts and whole numbers always have a JSON form.
        hexadecimal(&Sha256::digest(text.unwrap_or_default()))
    }

    /// Time of the change.
    pub fn moment(&self) -> Moment {
        Moment::from_timestamp_micros(self.at).unwrap_or_default()
    }

    /// The civil day of its time in Asia/Ho_Chi_Minh.
    pub fn day(&self) -> Date {
        civil_date(self.moment())
    }
}

/// The reason of a write that must say why; refuses one without.
pub fn require_reason(reason: Option<&str>) -> Result<&str, Violation> {
    reason.ok_or_else(|| Violation::new("/Change-Reason", "reason_required"))
}
