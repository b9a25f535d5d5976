//! Bodies of requests: each is right in everything that a test is not about. What a test is about it names, by
//! [`Members::with`].

use crate::server::PASSWORD;
use serde::Serialize;
use serde_json::{Value, json};

/// Members of a body, by their names in the contract: one that the contract does not know is refused.
pub trait Members {
    /// The same body with a member.
    #[must_use]
    fn with(self, member: &str, value: impl Serialize) -> Self;

    /// The same body without a member.
    #[must_use]
    fn without(self, member: &str) -> Self;
}

impl Members for Value {
    fn with(mut self, member: &str, value: impl Serialize) -> Self {
        self[member] = json!(value);
        self
    }

    #[track_caller]
    fn without(mut self, member: &str) -> Self {
        let there = self.as_object_mut().and_then(|members| members.remove(member));
        assert!(there.is_some(), "{self} has no {member}");
        self
    }
}

/// An agency that exists since 2020.
pub fn agency(identifier: &str, kind: &str, parent: Option<&str>) -> Value {
    let name = format!("Cơ quan {identifier}");
    json!({"identifier": identifier, "name_vi": name, "kind": kind, "parent": parent, "valid_from": "2020-01-01"})
}

/// A person on an agency's roll from a day on.
pub fn staff(code: &str, agency: &str, from: &str) -> Value {
    json!({"code": code, "kind": "cong_chuc", "tenures": [{"agency": agency, "from": from}]})
}

/// An information system that an agency runs from a day on.
pub fn system(code: &str, agency: &str, from: &str) -> Value {
    json!({"code": code, "name": "Hệ thống", "tenures": [{"agency": agency, "from": from}]})
}

/// A course of one hour on two days of November 2026.
pub fn course(code: &str, organiser: &str) -> Value {
    json!({"code": code, "name": "Khóa", "kind": "ai", "form": "online", "hours": 1,
           "from": "2026-11-01", "to": "2026-11-02", "organiser": organiser})
}

/// A person's completion of a course on a day.
pub fn training(staff: &str, course: &str, on: &str) -> Value {
    json!({"staff": staff, "course": course, "on": on, "result": "completed"})
}

/// A declared figure under `nd09`.
pub fn declared(indicator: &str, agency: &str, month: &str, numerator: i64, denominator: i64) -> Value {
    json!({"indicator": indicator, "agency": agency, "calendar": "nd09", "month": month,
           "numerator": numerator, "denominator": denominator, "nature": "actual"})
}

/// A count of incoming documents under `nd09`.
pub fn exchange(agency: &str, month: &str, total: i64, electronic: i64) -> Value {
    json!({"agency": agency, "calendar": "nd09", "month": month, "direction": "incoming", "total": total,
           "secret": 0, "electronic": electronic, "signed": 0, "paperless": 0, "failed": 0})
}

/// The status of an information system on a day, as far as every system has one.
pub fn status(system: &str, on: &str) -> Value {
    json!({"system": system, "on": on, "level_approved": true, "plan_deployed": true, "monitored_by": "own"})
}

/// An incident of the first of March 2026.
pub fn incident(agency: &str) -> Value {
    json!({"agency": agency, "kind": "incident", "severity": "low", "title": "Sự cố",
           "detected_at": "2026-03-01T08:00:00+07:00"})
}

/// A target that a figure is to reach at least.
pub fn target(indicator: &str, numerator: i64, denominator: i64) -> Value {
    json!({"indicator": indicator, "value": {"numerator": numerator, "denominator": denominator},
           "comparison": "at_least", "basis": "2158/KH-UBND"})
}

/// The dates of a period under `nd09`, as far as the data cut-off.
pub fn cut_off(period: &str, day: &str) -> Value {
    json!({"calendar": "nd09", "period": period, "cut_off": day})
}

/// The dates of a period under `nd09`, as far as the day on which it locks.
pub fn locks_on(period: &str, day: &str) -> Value {
    json!({"calendar": "nd09", "period": period, "locks_on": day})
}

/// A lock under `nd09`.
pub fn lock(period: &str, agency: &str) -> Value {
    json!({"calendar": "nd09", "period": period, "agency": agency, "reason": "Đã gửi báo cáo"})
}

/// A request to correct figures under `nd09`.
pub fn correction(period: &str, agency: &str) -> Value {
    json!({"calendar": "nd09", "period": period, "agency": agency, "reason": "Cộng sót", "document_number": "12/CV"})
}

/// A holiday.
pub fn holiday(date: &str) -> Value {
    json!({"date": date, "kind": "holiday", "name_vi": "Quốc khánh", "basis": "TB 1"})
}

/// A user who may look at everything.
pub fn user(username: &str) -> Value {
    json!({"username": username, "role": "viewer", "password": PASSWORD})
}

/// A client of the province.
pub fn client(client_id: &str, role: &str) -> Value {
    json!({"client_id": client_id, "name": "Máy", "role": role})
}

/// A profile that exports attainments.
pub fn profile(code: &str, properties: &[Value]) -> Value {
    json!({"code": code, "name_vi": "Biểu", "mapping": {"rows": "attainments", "properties": properties}})
}

/// A property of a profile.
pub fn property(name: &str, kind: &str, path: &str) -> Value {
    json!({"name": name, "label_vi": "Nhãn", "value": {"kind": kind, "from": {"path": path}}})
}
