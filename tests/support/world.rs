//! A small world to write into: one movement, two calendars, seven indicators, a province with a department, two
//! divisions and two communes.

use crate::bodies::{self, Members};
use crate::client::Client;
use crate::engines::{Engine, FromEngine};
use crate::server::Server;
use serde_json::{Value, json};

/// A server with the small world.
pub struct World {
    /// The server.
    pub server: Server,
    /// Its administrator.
    pub admin: Client,
}

impl FromEngine for World {
    fn on(engine: Engine) -> Option<Self> {
        Server::on(engine).map(Self::furnish)
    }
}

impl World {
    /// Makes the small world on a server.
    pub fn furnish(server: Server) -> Self {
        let admin = server.admin();
        let world = Self { server, admin };
        world.create("calendars", json!({"code": "nd09", "name_vi": "Nghị định 09/2019", "closing_day": 14}));
        world.create("calendars", json!({"code": "civil", "name_vi": "Tháng dương lịch"}));
        world.create("movements", json!({"code": "M", "name_vi": "Phong trào", "basis": ["2158/KH-UBND"]}));
        world.create(
            "movements/M/phases",
            json!({"code": "I", "name_vi": "Giai đoạn I", "first_year": 2023, "last_year": 2025}),
        );
        world.create(
            "movements/M/phases",
            json!({"code": "II", "name_vi": "Giai đoạn II", "first_year": 2026, "last_year": 2030}),
        );
        for (identifier, kind, parent) in [
            ("H18", "tinh", None),
            ("H18.20", "so_nganh", Some("H18")),
            ("H18.20.1", "phong_chuyen_mon", Some("H18.20")),
            ("H18.20.2", "phong_chuyen_mon", Some("H18.20")),
            ("H18.1", "ubnd_xa", Some("H18")),
            ("H18.2", "ubnd_xa", Some("H18")),
        ] {
            world.agency(identifier, kind, parent);
        }
        let rule = json!({"level_approved": true, "plan_deployed": true, "monitored": true, "assessment_valid": true,
                          "last_event_within_days": 30});
        let training = json!({"kind": "training_records", "results": ["attended", "completed"], "course_kinds": [],
                              "confirmed_only": false, "reported_by": "roll"});
        for (code, semantics, source, target) in [
            ("CT1", "flow", json!({"kind": "document_exchanges", "numerator": "electronic"}), 100),
            ("CT2", "state", json!({"kind": "declared"}), 100),
            ("CT3", "flow", json!({"kind": "declared"}), 100),
            ("CT4", "flow", json!({"kind": "declared"}), 100),
            ("CT5", "flow", json!({"kind": "declared"}), 50),
            ("CT6", "stock", json!({"kind": "monitoring_statuses", "rule": rule, "reported_by": "roll"}), 100),
            ("CT7", "stock", training, 100),
        ] {
            world.indicator(code, semantics, &source);
            world.create("targets", bodies::target(code, target, 100));
        }
        world
    }

    /// Creates a row as the administrator and answers it.
    #[track_caller]
    pub fn create(&self, resource: &str, body: Value) -> Value {
        self.admin.post(&format!("/api/v1/{resource}"), &body).expect(201).json
    }

    /// Creates an agency that exists since 2020.
    #[track_caller]
    pub fn agency(&self, identifier: &str, kind: &str, parent: Option<&str>) -> Value {
        self.create("agencies", bodies::agency(identifier, kind, parent))
    }

    /// Creates a department that exists from a day on.
    #[track_caller]
    pub fn agency_from(&self, identifier: &str, from: &str) -> Value {
        self.create("agencies", bodies::agency(identifier, "so_nganh", Some("H18")).with("valid_from", from))
    }

    /// Creates an indicator that everybody but the province reports.
    #[track_caller]
    pub fn indicator(&self, code: &str, semantics: &str, source: &Value) -> Value {
        self.create(
            "indicators",
            json!({
                "code": code, "movement": "M", "name_vi": format!("Chỉ tiêu {code}"), "numerator_definition": "Tử số",
                "denominator_definition": "Mẫu số", "unit": "đơn vị", "semantics": semantics, "source": source,
                "owner": "H18.20", "legal_basis": "2158/KH-UBND", "weight": 1,
                "agency_kinds": ["so_nganh", "phong_chuyen_mon", "ubnd_xa"], "valid_from": "2023-01-01"
            }),
        )
    }

    /// Puts a person on an agency's roll.
    #[track_caller]
    pub fn person(&self, code: &str, agency: &str, from: &str) -> Value {
        self.create("staff", bodies::staff(code, agency, from))
    }

    /// Creates a course of basic digital skills that goes on for years, so that a training may lie on any day.
    #[track_caller]
    pub fn course(&self, code: &str) -> Value {
        let days = bodies::course(code, "H18.20").with("from", "2023-01-02").with("to", "2099-12-31");
        let skills = days.with("name", "Kỹ năng số cơ bản").with("kind", "basic_digital_skills");
        self.create("courses", skills.with("form", "in_person").with("hours", 8))
    }

    /// Records that a person completed a course on a day.
    #[track_caller]
    pub fn trained(&self, person: &str, course: &str, on: &str) -> Value {
        self.create("training-records", bodies::training(person, course, on))
    }

    /// Declares a figure under `nd09`.
    #[track_caller]
    pub fn declare(&self, indicator: &str, agency: &str, month: &str, numerator: i64, denominator: i64) -> Value {
        self.create("observations", bodies::declared(indicator, agency, month, numerator, denominator))
    }

    /// One attainment under `nd09`.
    #[track_caller]
    pub fn attainment(&self, indicator: &str, agency: &str, period: &str) -> Value {
        self.admin.get(&format!("/api/v1/attainments/{indicator}/{agency}/{period}")).expect(200).json
    }
}
