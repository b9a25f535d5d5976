//! A world in which two communes have the same rows, and the requests of the caller of one of them.

use super::NAME;
use super::places::{At, Named, Place, opened};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use support::bodies::{self, Members};
use support::costs::Costs;
use support::engines::{Engine, FromEngine};
use support::statements::Counted;
use support::{Server, World};
use thidua_domain::accounts::users::Role;
use thidua_persistence::{Database, Options};

/// The world, and by kind the codes or numbers of the rows of two agencies.
pub(crate) struct Ground {
    pub(crate) world: World,
    pub(super) seq: i64,
    own: BTreeMap<Named, String>,
    others: BTreeMap<Named, String>,
}

/// Operations that cannot be tried again and again on one row, or need another row than the one that pairs are about.
pub(super) const NOT_REPEATED: &[&str] = &[
    "approveCorrection",
    "rejectCorrection",
    "closeCorrection",
    "eraseStaff",
    "deleteStaff",
    "deleteInformationSystem",
];

impl FromEngine for Ground {
    fn on(engine: Engine) -> Option<Self> {
        Costs::begin();
        let place = engine.place()?;
        // The follower asks all the time, and would disturb the counts; nobody else writes here.
        let options = Options { follow_every: Duration::from_secs(3600), ..place.options() };
        let database = Arc::new(Database::open(options).expect("the database opens"));
        support::server::create_user(&database, "admin", Role::Admin);
        let world = World::furnish(Server::on_database(place, database));
        for course in ["K", "K-2"] {
            world.create("courses", rows::course(course, "H18.1"));
        }
        world.agency("H18.1.1", "phong_chuyen_mon", Some("H18.1"));
        let own = furnish(&world, "H18.1", "1");
        let others = furnish(&world, "H18.2", "2");
        let seq = world.server.database().model().seq;
        Some(Self { world, seq, own, others })
    }
}

/// Gives an agency a row of everything.
fn furnish(world: &World, agency: &str, number: &str) -> BTreeMap<Named, String> {
    let (person, system) = (format!("NV-{number}"), format!("HT-{number}"));
    let id = |row: Value| row["id"].to_string();
    world.person(&person, agency, "2026-01-05");
    let named = |name: Named, row: Value| (name, id(row));
    let lock = bodies::lock("2026-01", agency);
    let mut all = BTreeMap::from([
        (Named::Agency, agency.to_owned()),
        (Named::Person, person.clone()),
        (Named::System, system.clone()),
    ]);
    world.create("information-systems", rows::system(&system, agency));
    all.extend([
        named(Named::Training, world.create("training-records", rows::training(&person))),
        named(Named::Exchange, world.create("document-exchanges", rows::exchange(agency))),
        named(Named::Status, world.create("monitoring-statuses", rows::status(&system))),
        named(Named::Incident, world.create("incidents", rows::incident(agency, &system))),
        named(Named::Observation, world.create("observations", rows::observation(agency))),
        named(Named::Lock, world.create("locks", lock)),
        named(Named::Correction, world.create("corrections", rows::correction(agency, "CT4"))),
        named(
            Named::Target,
            world.create("targets", bodies::target("CT3", 1, 2).with("agency", agency).with("holds_from", "2026-02")),
        ),
    ]);
    all
}

/// Rows as they are written.
pub(crate) mod rows {
    use serde_json::{Value, json};
    use support::bodies::{self, Members};

    pub(crate) fn person(code: &str, agency: &str) -> Value {
        bodies::staff(code, agency, "2026-01-05")
    }

    pub(crate) fn system(code: &str, agency: &str) -> Value {
        bodies::system(code, agency, "2026-01-01")
    }

    pub(crate) fn training(person: &str) -> Value {
        bodies::training(person, "K", "2026-02-20")
    }

    pub(crate) fn exchange(agency: &str) -> Value {
        bodies::exchange(agency, "2026-03", 10, 9).with("signed", 8).with("paperless", 7)
    }

    pub(crate) fn status(system: &str) -> Value {
        bodies::status(system, "2026-03-01")
    }

    pub(crate) fn incident(agency: &str, system: &str) -> Value {
        bodies::incident(agency).with("system", system).with("severity", "high").with("title", "Mất điện")
    }

    pub(crate) fn observation(agency: &str) -> Value {
        bodies::declared("CT3", agency, "2026-03", 3, 4)
    }

    pub(crate) fn correction(agency: &str, indicator: &str) -> Value {
        bodies::correction("2026-01", agency).with("indicator", indicator)
    }

    pub(crate) fn course(code: &str, agency: &str) -> Value {
        json!({"code": code, "name": "Khóa", "kind": "awareness", "form": "online", "hours": 4, "from": "2026-02-01",
               "to": "2026-12-31", "organiser": agency})
    }
}

impl Ground {
    /// The statements of the database under the world.
    pub(super) fn counted(&self) -> Counted {
        Counted::of(&self.world.server.place().url)
    }

    /// Code or number of the caller's own row of a kind; a transfer goes to the agency below the caller's.
    pub(crate) fn named(&self, path: &str, named: Named) -> String {
        if named == Named::Agency && path.ends_with("/transfers") { "H18.1.1".to_owned() } else { self.own(named) }
    }

    fn own(&self, named: Named) -> String {
        self.own[&named].clone()
    }

    /// Two codes or numbers of the same length: of the other agency's row, and of no row.
    pub(super) fn pair(&self, named: Named) -> (String, String) {
        let other = self.others[&named].clone();
        let none = match named.is_identity() {
            true => "9".repeat(other.len()),
            false => other.replace('2', "9"),
        };
        (other, none)
    }

    /// The address and the body of an operation with one place left open, all else being the caller's own.
    pub(super) fn asked(&self, path: &str, method: &str, operation: &Value, place: &Place) -> (String, Option<Value>) {
        let mut address = path.to_owned();
        let mut query = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            let is_open = place.at == At::Path(name.to_owned()) || place.at == At::Query(name.to_owned());
            let value = if is_open { NAME.to_owned() } else { self.parameter(path, name, parameter) };
            match parameter["in"].as_str() {
                Some("path") => address = address.replace(&format!("{{{name}}}"), &value),
                Some("query") if is_open || parameter["required"] == true => query.push(format!("{name}={value}")),
                _ => {}
            }
        }
        if !query.is_empty() {
            address = format!("{address}?{}", query.join("&"));
        }
        let Some(content) = operation["requestBody"]["content"].as_object() else { return (address, None) };
        let example = &content.values().next().unwrap()["example"];
        let base = self.body(path, method).unwrap_or_else(|| example.clone());
        let is_many = base.is_array();
        let row = if is_many { base[0].clone() } else { base };
        let row = match (&place.at, method) {
            // A patch says no more than the member.
            (At::Body(pointer), "PATCH") => {
                let member = pointer.split('/').nth(1).unwrap();
                let row = opened(row, pointer);
                json!({ member: row[member] })
            }
            (At::Body(pointer), _) => opened(row, pointer),
            (_, "PATCH") => json!({}),
            _ => row,
        };
        (address, Some(if is_many { json!([row]) } else { row }))
    }

    /// A parameter that is not the open one.
    fn parameter(&self, path: &str, name: &str, parameter: &Value) -> String {
        let own = |named| self.own(named);
        match name {
            "agency" => own(Named::Agency),
            "code" if path.contains("/staff") => own(Named::Person),
            "code" if path.contains("/information-systems") => own(Named::System),
            "code" => "K".to_owned(),
            "training_record" => own(Named::Training),
            "document_exchange" => own(Named::Exchange),
            "monitoring_status" => own(Named::Status),
            "incident" => own(Named::Incident),
            "observation" => own(Named::Observation),
            "correction" => own(Named::Correction),
            "lock" => own(Named::Lock),
            "target" => own(Named::Target),
            "indicator" => "CT3".to_owned(),
            "period" => "2026-03".to_owned(),
            "calendar" => "nd09".to_owned(),
            "from" => "2026-01".to_owned(),
            "to" => "2026-03".to_owned(),
            _ => parameter["example"].as_str().unwrap_or("x").to_owned(),
        }
    }

    /// The body of an operation, all of it the caller's own; of a batch with one row.
    fn body(&self, path: &str, method: &str) -> Option<Value> {
        let (agency, person, system) = (self.own(Named::Agency), self.own(Named::Person), self.own(Named::System));
        let resource = path.trim_start_matches("/api/v1/").split('/').next().unwrap();
        let transfer = json!({"agency": "H18.1.1", "on": "2026-04-01"});
        let row = match resource {
            _ if path.ends_with("/transfers") => return Some(transfer),
            _ if path.ends_with("/what-if") => {
                return Some(json!({"indicator": "CT7", "agency": agency, "period": "2026-11",
                    "training_records": [rows::training(&person)], "document_exchanges": [rows::exchange(&agency)],
                    "monitoring_statuses": [rows::status(&system)], "observations": [rows::observation(&agency)]}));
            }
            _ if path.ends_with("/rehearse") => return Some(json!({"period": "2026-03", "agency": agency})),
            "staff" => rows::person(if path.ends_with("/staff") { "NV-MOI" } else { &person }, &agency),
            "information-systems" => {
                rows::system(if path.ends_with("/information-systems") { "HT-MOI" } else { &system }, &agency)
            }
            "training-records" => rows::training(&person),
            "document-exchanges" => rows::exchange(&agency),
            "monitoring-statuses" => rows::status(&system),
            "incidents" => rows::incident(&agency, &system),
            "observations" => rows::observation(&agency),
            "courses" => rows::course("K-MOI", &agency),
            "corrections" if path.ends_with("/corrections") => rows::correction(&agency, "CT5"),
            "locks" => bodies::lock("2026-02", &agency),
            _ => return None,
        };
        let is_new = method == "POST" && !path.ends_with("/batch");
        let row = if is_new { anew(row) } else { row };
        Some(if path.ends_with("/batch") { json!([row]) } else { row })
    }
}

/// A row with the same members that does not exist yet: of another day or month.
fn anew(mut row: Value) -> Value {
    for (member, value) in [("on", "2026-04-02"), ("month", "2026-04"), ("course", "K-2")] {
        if row.get(member).is_some() {
            row[member] = json!(value);
        }
    }
    row
}
