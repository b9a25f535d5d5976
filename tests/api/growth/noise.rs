//! Changes of other things than those that are asked about: the log grows by them, and versions of cells and steps; the
//! rows do not.

use serde_json::{Value, json};
use std::ops::Range;
use support::World;
use support::bodies::{self, Members};

/// Rows of others, which are changed again and again.
pub(super) struct Noise<'a> {
    world: &'a World,
    records: Vec<(&'static str, Vec<Value>)>,
    /// A status whose assessment runs out one day.
    status: i64,
}

/// People and systems of another agency.
const OTHERS: usize = 20;

/// Changes of one status in a round.
const STEPS: usize = 20;

/// Events of a round.
const EVENTS: usize = 50;

impl<'a> Noise<'a> {
    /// Creates the rows.
    pub(super) fn begin(world: &'a World) -> Self {
        for number in 0..OTHERS {
            world.person(&format!("NV-K{number}"), "H18.2", "2026-01-05");
            let tenures = json!([{"agency": "H18.2", "from": "2026-01-01"}]);
            world.create(
                "information-systems",
                json!({"code": format!("HT-K{number}"), "name": "Cổng", "tenures": tenures}),
            );
        }
        world.create("users", bodies::user("nguoi-khac").with("display_name", "Người khác"));
        let status = bodies::status("HT-K0", "2026-04-01").with("assessment_valid_until", "2027-12-20");
        let status = world.create("monitoring-statuses", status)["id"].as_i64().unwrap();
        let noise = Self { world, records: records(), status };
        noise.round(0);
        noise
    }

    /// Positions in the log that differ only in a name; no two calls give the same one.
    pub(super) fn positions(&self, count: usize) -> Vec<i64> {
        let renamed = |number| {
            self.patch("movements/M", json!({"name_vi": format!("Phong trào {number}")}));
            self.world.server.database().model().seq
        };
        (0..count).map(renamed).collect()
    }

    /// Changes every row once in each round.
    pub(super) fn rounds(&self, rounds: Range<usize>) {
        rounds.for_each(|number| self.round(number + 1));
    }

    fn round(&self, number: usize) {
        for (path, rows) in &self.records {
            let rows: Vec<Value> = rows.iter().map(|row| turned(row, number)).collect();
            let answer = self.world.admin.clone().with("change-reason", "doi chieu");
            answer.post(&format!("/api/v1/{path}/batch"), &json!(rows)).expect(200);
        }
        for turn in 0..STEPS {
            // Each write gives the step on the day after the last that the assessment is valid a new value.
            let body = json!({"level_approved": turn % 2 == 0, "assessment_valid_until": "2027-12-20"});
            self.patch(&format!("monitoring-statuses/{}", self.status), body);
        }
        self.patch("indicators/CT5", json!({"name_vi": format!("Chỉ tiêu {number}")}));
        self.patch("agencies/H18.2", json!({"name_vi": format!("Xã {number}")}));
        self.patch(
            &format!("users/nguoi-khac{}", told(number.checked_sub(1))),
            json!({"username": format!("nguoi-khac{}", told(Some(number)))}),
        );
        for _ in 0..EVENTS {
            // Names are shown, which is an event.
            self.world.admin.get("/api/v1/users").expect(200);
        }
    }

    fn patch(&self, path: &str, body: Value) {
        let client = self.world.admin.clone().with("if-match", "*").with("change-reason", "doi chieu");
        client.patch(&format!("/api/v1/{path}"), &body).expect(200);
    }
}

/// The end of a name after a round.
fn told(round: Option<usize>) -> String {
    round.map(|round| format!("-{round}")).unwrap_or_default()
}

/// The records in their first state, without the members that rounds change.
fn records() -> Vec<(&'static str, Vec<Value>)> {
    let months: Vec<String> = (1..=12).map(|month| format!("2025-{month:02}")).collect();
    let of_months = |make: &dyn Fn(&str) -> Value| months.iter().map(|month| make(month)).collect::<Vec<_>>();
    let observed = |indicator: &'static str, agency: &'static str| {
        of_months(
            &|month| json!({"indicator": indicator, "agency": agency, "calendar": "nd09", "month": month, "denominator": 90}),
        )
    };
    let observations = ["H18.2", "H18.20.1", "H18.20.2"]
        .iter()
        .flat_map(|agency| ["CT3", "CT4", "CT5"].iter().flat_map(move |indicator| observed(indicator, agency)));
    let exchanges = of_months(&|month| {
        json!({"agency": "H18.2", "calendar": "nd09", "month": month, "direction": "incoming",
                                              "total": 90, "secret": 0, "signed": 0, "paperless": 0, "failed": 0})
    });
    let people: Vec<Value> = (0..OTHERS)
        .map(|number| json!({"code": format!("NV-K{number}"), "tenures": [{"agency": "H18.2", "from": "2026-01-05"}]}))
        .collect();
    let training =
        (0..OTHERS).map(|number| json!({"staff": format!("NV-K{number}"), "course": "K", "on": "2026-02-20"}));
    let statuses = (0..OTHERS).map(|number| {
        json!({"system": format!("HT-K{number}"), "on": "2026-03-01", "plan_deployed": true, "monitored_by": "own"})
    });
    vec![
        ("observations", observations.collect()),
        ("document-exchanges", exchanges),
        ("staff", people),
        ("training-records", training.collect()),
        ("monitoring-statuses", statuses.collect()),
    ]
}

/// A record as a round makes it: another than the one before.
fn turned(row: &Value, round: usize) -> Value {
    let mut row = row.clone();
    let even = round.is_multiple_of(2);
    match () {
        () if row.get("indicator").is_some() => {
            row["numerator"] = json!(round % 90);
            row["nature"] = json!(if even { "estimate" } else { "actual" });
        }
        () if row.get("direction").is_some() => row["electronic"] = json!(round % 90),
        () if row.get("tenures").is_some() => row["kind"] = json!(if even { "cong_chuc" } else { "vien_chuc" }),
        () if row.get("course").is_some() => row["result"] = json!(if even { "completed" } else { "attended" }),
        () => {
            row["level_approved"] = json!(even);
            row["assessment_valid_until"] = json!("2027-12-31");
        }
    }
    row
}
