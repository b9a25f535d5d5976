//! Rows that are made for the writes of one time, and what each write says of them.

use crate::api::pairs::ground::rows;
use serde_json::{Value, json};
use support::bodies::{self, Members};
use support::server::{PASSWORD, create_user};
use support::{Client, World};
use thidua_domain::accounts::users::Role;

/// The rows of one time.
pub(super) struct MadeRows<'a> {
    world: &'a World,
    /// Number of the time, which tells its rows from those of the other.
    time: usize,
    /// An agency that holds them.
    agency: String,
    /// A system of that agency.
    system: String,
    /// Somebody other than the administrator, who decides.
    editor: Client,
}

/// Request for an operation, but for its method and its headers.
#[derive(Default)]
pub(super) struct Asked {
    /// Names in the address, in their order.
    pub(super) names: Vec<String>,
    pub(super) body: Option<Value>,
    /// The caller, if it is not the administrator.
    pub(super) client: Option<Client>,
}

impl Asked {
    fn of(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: names.into_iter().collect(), ..Self::default() }
    }

    fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    fn by(self, client: Client) -> Self {
        Self { client: Some(client), ..self }
    }
}

/// Numbers of the rows of a resource: one that is created, one that a batch changes and one that it creates, one that
/// is changed, one that is deleted; those of other operations come after.
const CREATED: usize = 1;
const THERE: usize = 2;
const NEW: usize = 3;
const CHANGED: usize = 4;
const DELETED: usize = 5;
const FURTHER: usize = 6;

impl<'a> MadeRows<'a> {
    /// Makes what several of the rows hang on.
    pub(super) fn of(world: &'a World, time: usize) -> Self {
        let (agency, system) = (format!("H18.3{time}"), format!("HT-C{time}"));
        world.agency(&agency, "ubnd_xa", Some("H18"));
        world.create("locks", bodies::lock("2026-01", &agency));
        let editor = world.server.user(Role::Editor, None);
        let made = Self { world, time, agency, system, editor };
        world.create("information-systems", made.system(&made.system));
        made
    }

    /// The request for an operation, with the rows that it needs.
    pub(super) fn asked(&self, id: &str, path: &str, method: &str) -> Asked {
        if path.contains("/auth/") || path.ends_with("/invitations/accept") {
            return self.of_a_session(id);
        }
        if let Some(asked) = self.beyond_the_verbs(id) {
            return asked;
        }
        let resource = path.trim_start_matches("/api/v1/").split('/').next().unwrap();
        match method {
            "POST" if path.ends_with("/batch") => {
                let mut there = self.row(resource, THERE);
                self.world.create(resource, there.clone());
                for (member, value) in self.patch(resource, THERE).as_object().unwrap() {
                    there[member] = value.clone();
                }
                Asked::default().with(json!([there, self.row(resource, NEW)]))
            }
            "POST" => Asked::default().with(self.row(resource, CREATED)),
            "PATCH" => Asked::of(self.make(resource, CHANGED)).with(self.patch(resource, CHANGED)),
            "DELETE" => Asked::of(self.make(resource, DELETED)),
            _ => panic!("no request for {id}"),
        }
    }

    /// Operations with a form of their own.
    fn beyond_the_verbs(&self, id: &str) -> Option<Asked> {
        let Self { world, agency, .. } = self;
        let many = |resource: &str| Asked::of(self.make(resource, FURTHER));
        let asked = match id {
            "acknowledgeChanges" => Asked::default().with(json!({"seq": self.time})),
            "reconcileCells" => Asked::default().with(json!({"digests": []})),
            "rehearseProvincialReport" => Asked::default().with(json!({"period": "2026-03", "agency": agency})),
            "askWhatIf" => Asked::default().with(json!({"indicator": "CT7", "agency": agency, "period": "2026-10",
                "training_records": [self.row("training-records", FURTHER)],
                "document_exchanges": [self.row("document-exchanges", FURTHER)],
                "monitoring_statuses": [self.row("monitoring-statuses", FURTHER)],
                "observations": [self.row("observations", FURTHER)]})),
            // A calendar more is more to compute for every other write.
            "updateCalendar" => {
                Asked::of(["civil".to_owned()]).with(json!({"name_en": format!("Months {}", self.time)}))
            }
            "mergeAgencies" => {
                let (predecessor, person) = (self.make("agencies", FURTHER), format!("NV-G{}", self.time));
                world.person(&person, &predecessor[0], "2026-11-05");
                let merger = json!({"on": "2026-11-25", "predecessors": predecessor});
                Asked::of(self.make("agencies", FURTHER + 1)).with(merger)
            }
            "createPhase" => Asked::of([self.movement("A")]).with(self.phase("G")),
            "updatePhase" => self.made_phase("B").with(json!({"name_en": "Phase"})),
            "deletePhase" => self.made_phase("C"),
            "createCorrection" => Asked::default().with(self.correction()),
            "approveCorrection" => self.made_correction().with(json!({})),
            "rejectCorrection" => self.made_correction().with(json!({"reason": "Chưa rõ"})),
            "closeCorrection" => {
                let asked = self.made_correction();
                let path = format!("/api/v1/corrections/{}/approve", asked.names[0]);
                world.admin.post(&path, &json!({})).expect(200);
                asked
            }
            "eraseStaff" => many("staff"),
            "eraseStaffName" => Asked::of(self.make("staff", FURTHER + 1)),
            "transferStaff" => Asked::of(self.make("staff", FURTHER + 2)).with(self.transfer()),
            "transferInformationSystem" => many("information-systems").with(self.transfer()),
            "eraseUser" | "eraseClient" => {
                let resource = if id == "eraseUser" { "users" } else { "clients" };
                let asked = many(resource);
                let path = format!("/api/v1/{resource}/{}", asked.names[0]);
                world.admin.patch(&path, &json!({"disabled": true})).expect(200);
                asked
            }
            // Nobody is changed by it, and no password is in it.
            "batchUsers" => {
                let rows = [NEW, FURTHER + 3].map(|number| self.row("users", number).without("password"));
                Asked::default().with(json!(rows))
            }
            "inviteUser" => Asked::of(self.make("users", FURTHER + 1)),
            "revokeInvitation" => {
                let asked = Asked::of(self.make("users", FURTHER + 2));
                let path = format!("/api/v1/users/{}/invitation", asked.names[0]);
                world.admin.send("POST", &path, None, b"").expect(200);
                asked
            }
            "createClientKey" => Asked::of(self.make("clients", FURTHER + 1)).with(self.key()),
            "revokeClientKey" => self.made_key(FURTHER + 2),
            "rotateClientKey" => self.made_key(FURTHER + 3).with(json!({"overlap_hours": 24})),
            _ => return None,
        };
        Some(asked)
    }

    /// Operations of somebody who logs in.
    fn of_a_session(&self, id: &str) -> Asked {
        let server = &self.world.server;
        let name = format!("{}-{}", id.to_lowercase(), self.time);
        create_user(server.database(), &name, Role::Viewer);
        let credentials = json!({"username": name, "password": PASSWORD});
        let tokens = server.anonymous().post("/api/v1/auth/login", &credentials).expect(200).json;
        let access = tokens["access_token"].as_str().map(str::to_owned);
        let asked = Asked::default().by(Client::new(server.url(), access));
        match id {
            "logIn" => Asked::default().by(server.anonymous()).with(credentials),
            "refreshTokens" => {
                Asked::default().by(server.anonymous()).with(json!({"refresh_token": tokens["refresh_token"]}))
            }
            "logOut" | "logOutEverywhere" => asked,
            "acceptInvitation" => {
                let invitation = self.world.admin.send("POST", &format!("/api/v1/users/{name}/invitation"), None, b"");
                let secret = invitation.expect(200).json["secret"].clone();
                let acceptance = json!({"secret": secret, "password": "mot-mat-khau-khac-cung-dai"});
                Asked::default().by(server.anonymous()).with(acceptance)
            }
            "changePassword" => {
                asked.with(json!({"old_password": PASSWORD, "new_password": "mot-mat-khau-khac-cung-dai"}))
            }
            "prepareSecondFactor" => asked.with(json!({"password": PASSWORD})),
            _ => panic!("no request for {id}"),
        }
    }

    /// Makes a row, and gives the names by which addresses know it.
    fn make(&self, resource: &str, number: usize) -> Vec<String> {
        let row = self.world.create(resource, self.row(resource, number));
        let members: &[&str] = match resource {
            "agencies" => &["identifier"],
            "clients" => &["client_id"],
            "users" => &["username"],
            "periods" => &["calendar", "period"],
            "holidays" => &["date"],
            _ if row.get("code").is_some() => &["code"],
            _ => &["id"],
        };
        members
            .iter()
            .map(|member| row[*member].as_str().map_or_else(|| row[*member].to_string(), str::to_owned))
            .collect()
    }

    /// A row that is not there yet, by its number.
    fn row(&self, resource: &str, number: usize) -> Value {
        let Self { time, agency, system, .. } = self;
        let code = |prefix: &str| format!("{prefix}-C{time}{number}");
        let month = format!("2026-0{}", number + 3);
        match resource {
            "agencies" => bodies::agency(&format!("H18.9{time}{number}"), "so_nganh", Some("H18"))
                .with("valid_from", "2026-11-01"),
            "calendars" => json!({"code": code("lich"), "name_vi": "Lịch", "closing_day": 20}),
            "clients" => bodies::client(&code("may").to_lowercase(), "puller"),
            "courses" => rows::course(&code("K"), agency),
            "document-exchanges" => rows::exchange(agency).with("month", month),
            "export-profiles" => {
                bodies::profile(&code("bieu").to_lowercase(), &[bodies::property("Ma", "text", "agency")])
            }
            "holidays" => bodies::holiday(&format!("2026-0{time}-1{number}")),
            "incidents" => rows::incident(agency, system).with("title", code("Mất điện")),
            "indicators" => {
                json!({"code": code("CT"), "movement": "M", "name_vi": "Chỉ tiêu", "numerator_definition": "Tử số",
                "denominator_definition": "Mẫu số", "unit": "đơn vị", "semantics": "flow", "source": {"kind": "declared"},
                "owner": "H18.20", "legal_basis": "2158/KH-UBND", "weight": 1, "agency_kinds": ["ubnd_xa"],
                "valid_from": "2026-06-01"})
            }
            "information-systems" => self.system(&code("HT")),
            "locks" => {
                let period = if number == CREATED { "2026-02" } else { "2026-01" };
                bodies::lock(period, agency).with("calendar", "civil")
            }
            "monitoring-statuses" => rows::status(system).with("on", format!("2026-05-0{number}")),
            "movements" => json!({"code": code("M"), "name_vi": "Phong trào", "basis": ["2158/KH-UBND"]}),
            "observations" => rows::observation(agency).with("month", month),
            "periods" => bodies::cut_off(&self.period(number), &format!("{}-16", self.period(number))),
            "staff" => bodies::staff(&code("NV"), agency, "2026-04-01").with("name", "Họ tên"),
            "targets" => bodies::target(&format!("CT{number}"), 1, 2).with("agency", agency).with("year", 2027),
            "training-records" => {
                let person = code("NV-T");
                self.world.person(&person, agency, "2026-04-01");
                rows::training(&person).with("on", "2026-05-10")
            }
            "users" => bodies::user(&code("nguoi").to_lowercase()),
            _ => panic!("no row of {resource}"),
        }
    }

    /// A change of a row.
    fn patch(&self, resource: &str, number: usize) -> Value {
        match resource {
            "agencies" | "export-profiles" | "holidays" | "movements" => json!({"name_en": "Another name"}),
            "clients" => json!({"name": "Máy khác"}),
            "courses" => json!({"hours": 24}),
            "document-exchanges" => json!({"failed": 2}),
            "incidents" => json!({"severity": "low"}),
            "indicators" => json!({"weight": 2}),
            "information-systems" => json!({"name": "Cổng khác"}),
            "monitoring-statuses" => json!({"level_approved": false}),
            "observations" => json!({"numerator": 2}),
            "periods" => json!({"cut_off": format!("{}-18", self.period(number))}),
            "staff" => json!({"kind": "vien_chuc"}),
            "targets" => json!({"basis": "Quyết định điều chỉnh"}),
            "training-records" => json!({"result": "failed"}),
            "users" => json!({"display_name": "Tên khác"}),
            _ => panic!("no change of {resource}"),
        }
    }

    /// A month of the year whose figures the other changes are about.
    fn period(&self, number: usize) -> String {
        format!("2025-{:02}", number + 5 * (self.time - 1))
    }

    fn system(&self, code: &str) -> Value {
        bodies::system(code, &self.agency, "2026-04-01")
    }

    fn transfer(&self) -> Value {
        json!({"agency": "H18.1.1", "on": "2026-06-01"})
    }

    fn movement(&self, which: &str) -> String {
        let code = format!("M-{which}{}", self.time);
        self.world.create("movements", json!({"code": code, "name_vi": "Phong trào", "basis": ["2158/KH-UBND"]}));
        code
    }

    fn phase(&self, code: &str) -> Value {
        json!({"code": code, "name_vi": "Giai đoạn", "first_year": 2026, "last_year": 2030})
    }

    fn made_phase(&self, which: &str) -> Asked {
        let movement = self.movement(which);
        self.world.create(&format!("movements/{movement}/phases"), self.phase("G"));
        Asked::of([movement, "G".to_owned()])
    }

    fn correction(&self) -> Value {
        rows::correction(&self.agency, "CT4")
    }

    fn made_correction(&self) -> Asked {
        let id = self.editor.post("/api/v1/corrections", &self.correction()).expect(201).id();
        Asked::of([id.to_string()])
    }

    fn key(&self) -> Value {
        json!({"kind": "api_key", "scopes": ["read"], "valid_days": 1})
    }

    fn made_key(&self, number: usize) -> Asked {
        let client = self.make("clients", number).remove(0);
        let id = self.world.admin.post(&format!("/api/v1/clients/{client}/keys"), &self.key()).expect(201).id();
        Asked::of([client, id.to_string()])
    }
}
