//! Identifiers of persons, and names of accounts, in logged rows. The log keeps them sealed, so that they can be erased
//! while the chain stays whole: destroying the key of an owner erases everything sealed with it, in every copy of the
//! log.

use crate::id::{AccountId, StaffId};
use crate::log::changes::Resource;
use crate::spelling::is_same;
use crate::text::Code;
use crate::violation::Violation;
use serde_json::{Map, Value, json};

/// A logged row that names a person or an account, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Personal {
    row: Map<String, Value>,
    member: &'static str,
    /// Owner of the identifier: a member of staff, a user or a client, by identity.
    pub owner: i64,
}

/// The member that is null once erased; others get a text that says so.
const CERTIFICATE: &str = "certificate";

/// The prefix of codes and names that are erased.
const ERASED: &str = "erased-";

impl Personal {
    /// The row of a resource, as JSON text, if it can hold an identifier of a person: a member of staff has a code, a
    /// training record the number of a certificate, a user or a client the name it comes in under.
    pub fn read(resource: Resource, id: i64, text: &str) -> Result<Option<Self>, serde_json::Error> {
        let member = match resource {
            Resource::Staff => "code",
            Resource::TrainingRecords => CERTIFICATE,
            Resource::Users => "username",
            Resource::Clients => "client_id",
            _ => return Ok(None),
        };
        if text.contains(r#""certificate":null"#) {
            return Ok(None); // Most often: worth not to be parsed.
        }
        let row: Map<String, Value> = serde_json::from_str(text)?;
        let owner = match resource {
            Resource::TrainingRecords => row.get("staff").and_then(Value::as_i64).unwrap_or_default(),
            _ => id,
        };
        Ok(Some(Self { row, member, owner }))
    }

    /// The identifier in plain text; none once it is sealed or erased.
    pub fn plain(&self) -> Option<&str> {
        let erased = erased(self.owner);
        self.row.get(self.member)?.as_str().filter(|text| self.member == CERTIFICATE || *text != erased)
    }

    /// The seal in the identifier's place; none while that is in plain text.
    pub fn sealed(&self) -> Option<&str> {
        self.row.get(self.member)?.get("sealed")?.as_str()
    }

    /// The name of the member that is sealed.
    pub fn member(&self) -> &'static str {
        self.member
    }

    /// The row's text with a seal in the identifier's place.
    pub fn seal(self, sealed: &str) -> String {
        self.with(json!({ "sealed": sealed }))
    }

    /// The row's text with the identifier in plain text; without one, the text of a row whose identifier is erased.
    pub fn open(self, plain: Option<&str>) -> String {
        let value = match (plain, self.member) {
            (Some(plain), _) => Value::from(plain),
            (None, CERTIFICATE) => Value::Null,
            (None, _) => Value::from(erased(self.owner)),
        };
        self.with(value)
    }

    fn with(mut self, value: Value) -> String {
        self.row.insert(self.member.to_owned(), value);
        Value::Object(self.row).to_string()
    }
}

/// The code of a member of staff whose identifiers are erased.
pub fn erased_code(person: StaffId) -> String {
    erased(person.0)
}

/// The name of a user or a client whose names are erased.
pub fn erased_name(account: AccountId) -> String {
    erased(account.0)
}

fn erased(owner: i64) -> String {
    format!("{ERASED}{owner}")
}

/// Refuses a code that looks like an erased one of another person.
pub fn require_not_erased(code: &Code, person: StaffId) -> Result<(), Violation> {
    require_own("/code", code, person.0)
}

/// Refuses a name that looks like an erased one of another user or client.
pub fn require_name_not_erased(pointer: &str, name: &Code, account: AccountId) -> Result<(), Violation> {
    require_own(pointer, name, account.0)
}

fn require_own(pointer: &str, text: &Code, owner: i64) -> Result<(), Violation> {
    let begins_so = text.get(..ERASED.len()).is_some_and(|beginning| is_same(beginning, ERASED));
    if !begins_so || text.as_str() == erased(owner) {
        return Ok(());
    }
    Err(Violation::new(pointer, "reserved_code"))
}
