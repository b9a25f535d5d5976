//! One entry per resource: its path, an example row, and the rows it refers to.

use serde_json::{Value, json};
use support::World;

/// A resource as a caller knows it.
pub(super) struct Case {
    /// Its path below `/api/v1/`.
    pub(super) list: &'static str,
    /// A row; different numbers give different rows, and ties in the sort keys.
    pub(super) body: fn(usize) -> Value,
    /// The members that make up a row's address; the identity when there are none.
    pub(super) address: &'static [&'static str],
    /// The member a second row like the first is refused at; none when rows may be alike.
    pub(super) duplicate: Option<&'static str>,
    /// A patch that changes something.
    pub(super) change: fn() -> Value,
    /// Optional members that `body` gives, and that `null` removes; they go together.
    pub(super) optional: &'static [&'static str],
    /// Members that refer to something else, with the code of the refusal when there is no such thing.
    pub(super) references: &'static [(&'static str, &'static str)],
    /// The keys it can be sorted by; none when it answers everything at once.
    pub(super) sorts: &'static [&'static str],
    /// True when rows can be deleted.
    pub(super) deletable: bool,
}

impl Case {
    /// The address of a row that was answered.
    pub(super) fn path(&self, row: &Value) -> String {
        let text = |member: &&str| row[*member].as_str().expect("a member of an address").to_owned();
        let last = if self.address.is_empty() {
            row["id"].to_string()
        } else {
            self.address.iter().map(text).collect::<Vec<_>>().join("/")
        };
        format!("/api/v1/{}/{last}", self.list)
    }

    /// The address of the list.
    pub(super) fn all(&self) -> String {
        format!("/api/v1/{}", self.list)
    }
}

/// Creates what the cases refer to.
pub(super) fn furnish(world: &World) {
    for number in 0..5 {
        world.person(&format!("P{number}"), "H18.1", "2025-01-01");
        world.course(&format!("C{number}"));
        world.create(
            "information-systems",
            json!({"code": format!("S{number}"), "name": "Hệ thống",
            "tenures": [{"agency": "H18.1", "from": "2025-01-01"}]}),
        );
    }
}

/// Every resource.
pub(super) const CASES: &[Case] = &[
    Case {
        list: "agencies",
        body: |n| {
            json!({"identifier": format!("H18.9{n}"), "kind": "ubnd_xa", "name_vi": "Xã", "name_en": "Commune",
                         "parent": "H18.20", "valid_from": "2020-01-01", "predecessors": ["H18.1"]})
        },
        address: &["identifier"],
        duplicate: Some("/identifier"),
        change: || json!({"name_vi": "Xã khác"}),
        optional: &["name_en"],
        references: &[("/parent", "unknown_agency"), ("/predecessors/0", "unknown_agency")],
        sorts: &["identifier", "name_vi", "valid_from"],
        deletable: true,
    },
    Case {
        list: "calendars",
        body: |n| json!({"code": format!("c{n}"), "name_vi": "Lịch", "name_en": "Calendar", "closing_day": 10 + n}),
        address: &["code"],
        duplicate: Some("/code"),
        change: || json!({"name_vi": "Lịch khác"}),
        optional: &["name_en"],
        references: &[],
        sorts: &["code"],
        deletable: true,
    },
    Case {
        list: "movements",
        body: |n| json!({"code": format!("M{n}"), "name_vi": "Phong trào", "name_en": "Movement", "basis": ["KH"]}),
        address: &["code"],
        duplicate: Some("/code"),
        change: || json!({"basis": ["KH 1", "KH 2"]}),
        optional: &["name_en"],
        references: &[],
        sorts: &["code"],
        deletable: true,
    },
    Case {
        list: "movements/M/phases",
        body: |n| {
            json!({"code": format!("III{n}"), "name_vi": "Giai đoạn", "name_en": "Phase",
                         "first_year": 2031 + n, "last_year": 2031 + n, "frozen": false})
        },
        address: &["code"],
        duplicate: Some("/code"),
        change: || json!({"name_vi": "Giai đoạn khác"}),
        optional: &["name_en"],
        references: &[],
        sorts: &[],
        deletable: true,
    },
    Case {
        list: "indicators",
        body: |n| {
            json!({"code": format!("CTX{n}"), "movement": "M", "name_vi": "Chỉ tiêu", "name_en": "Indicator",
                         "numerator_definition": "Tử số", "denominator_definition": "Mẫu số", "unit": "bộ",
                         "semantics": "flow", "source": {"kind": "declared"}, "owner": "H18.20", "legal_basis": "KH",
                         "weight": 1, "agency_kinds": ["ubnd_xa"], "valid_from": "2026-01-01",
                         "valid_to": "2030-12-31"})
        },
        address: &["code"],
        duplicate: Some("/code"),
        change: || json!({"weight": 7}),
        optional: &["name_en", "valid_to"],
        references: &[("/movement", "unknown_movement"), ("/owner", "unknown_agency")],
        sorts: &["code", "weight"],
        deletable: true,
    },
    Case {
        list: "targets",
        body: |n| {
            json!({"indicator": "CT3", "year": 2026 + n, "agency": "H18.1",
                         "value": {"numerator": 9, "denominator": 10}, "comparison": "at_least", "basis": "KH"})
        },
        address: &[],
        duplicate: Some("/year"),
        change: || json!({"value": {"numerator": 8}}),
        optional: &["agency"],
        references: &[("/indicator", "unknown_indicator"), ("/agency", "unknown_agency")],
        sorts: &["id"],
        deletable: true,
    },
    Case {
        list: "periods",
        body: |n| {
            json!({"calendar": if n % 2 == 0 { "nd09" } else { "civil" }, "period": format!("2027-0{}", 1 + n / 2),
                         "cut_off": "2027-03-14", "submission_due": "2027-03-17", "locks_on": "2027-05-01"})
        },
        address: &["calendar", "period"],
        duplicate: Some("/period"),
        change: || json!({"submission_due": "2027-03-18"}),
        optional: &["locks_on"],
        references: &[("/calendar", "unknown_calendar")],
        sorts: &["period"],
        deletable: true,
    },
    Case {
        list: "export-profiles",
        body: |n| {
            json!({"code": format!("bieu-{n}"), "name_vi": "Biểu", "name_en": "Form", "description": "Mô tả",
                         "is_example": true,
                         "mapping": {"rows": "attainments", "envelope": {"rows_name": "DuLieu", "members": [
                            {"name": "PhienBan", "label_vi": "Phiên bản", "label_en": "Version",
                             "value": {"kind": "constant", "text": "1.0"}}]},
                         "properties": [
                            {"name": "DonVi.Ma", "label_vi": "Mã", "label_en": "Code",
                             "value": {"kind": "text", "from": {"of": "agency", "path": "identifier"}}},
                            {"name": "KetQua", "label_vi": "Kết quả", "label_en": "Result",
                             "value": {"kind": "code", "from": {"of": "row", "path": "verdict"},
                                       "codes": [{"from": "met", "to": "1"}], "otherwise": "0"}}]}})
        },
        address: &["code"],
        duplicate: Some("/code"),
        change: || {
            json!({"mapping": {"rows": "targets", "properties": [
            {"name": "Ma", "label_vi": "Mã", "label_en": null,
             "value": {"kind": "whole_number", "from": {"of": "row", "path": "id"}}}]}})
        },
        optional: &["name_en", "description"],
        references: &[],
        sorts: &[],
        deletable: true,
    },
    Case {
        list: "users",
        body: |n| {
            json!({"username": format!("u{n}"), "display_name": "Tên", "role": "viewer", "agency": "H18.1",
                         "password": "mot-mat-khau-rat-dai", "disabled": false})
        },
        address: &["username"],
        duplicate: Some("/username"),
        change: || json!({"role": "editor"}),
        optional: &["display_name", "agency"],
        references: &[("/agency", "unknown_agency")],
        sorts: &["username"],
        deletable: false,
    },
    Case {
        list: "staff",
        body: |n| {
            json!({"code": format!("NV{n}"), "kind": "vien_chuc", "name": "Người Mẫu",
                         "tenures": [{"agency": "H18.1", "from": "2025-01-01", "to": null}]})
        },
        address: &["code"],
        duplicate: Some("/code"),
        change: || json!({"kind": "can_bo"}),
        optional: &["name"],
        references: &[("/tenures/0/agency", "unknown_agency")],
        sorts: &["code", "id"],
        deletable: true,
    },
    Case {
        list: "courses",
        body: |n| {
            json!({"code": format!("KH{n}"), "name": "Khóa", "kind": "awareness", "form": "online", "hours": 4,
                         "from": "2026-02-01", "to": "2026-02-02", "organiser": "H18.20"})
        },
        address: &["code"],
        duplicate: Some("/code"),
        change: || json!({"hours": 5}),
        optional: &[],
        references: &[("/organiser", "unknown_agency")],
        sorts: &["code", "from", "id"],
        deletable: true,
    },
    Case {
        list: "training-records",
        body: |n| {
            json!({"staff": format!("P{n}"), "course": "C0", "on": "2026-02-01", "result": "completed",
                         "confirmed_on": "2026-02-03", "certificate": "Số 1"})
        },
        address: &[],
        duplicate: Some("/course"),
        change: || json!({"result": "attended"}),
        optional: &["confirmed_on", "certificate"],
        references: &[("/staff", "unknown_staff"), ("/course", "unknown_course")],
        sorts: &["id", "on"],
        deletable: true,
    },
    Case {
        list: "information-systems",
        body: |n| {
            json!({"code": format!("HT{n}"), "name": "Hệ thống", "level": 2, "level_basis": "nd85_2016",
                         "tenures": [{"agency": "H18.1", "from": "2026-01-01", "to": null}]})
        },
        address: &["code"],
        duplicate: Some("/code"),
        change: || json!({"level": 3}),
        optional: &["level", "level_basis"],
        references: &[("/tenures/0/agency", "unknown_agency")],
        sorts: &["code", "id"],
        deletable: true,
    },
    Case {
        list: "monitoring-statuses",
        body: |n| {
            json!({"system": format!("S{n}"), "on": "2026-03-01", "level_approved": true, "plan_deployed": true,
                         "monitored_by": "own", "last_event": "2026-02-20", "assessment_valid_until": "2026-12-31",
                         "evidence": "Biên bản", "note": "Ghi chú"})
        },
        address: &[],
        duplicate: Some("/on"),
        change: || json!({"plan_deployed": false}),
        optional: &["last_event", "assessment_valid_until", "evidence", "note"],
        references: &[("/system", "unknown_system")],
        sorts: &["id", "on"],
        deletable: true,
    },
    Case {
        list: "incidents",
        body: |_| {
            json!({"agency": "H18.1", "system": "S0", "kind": "incident", "severity": "high", "title": "Sự cố",
                         "description": "Mô tả", "detected_at": "2026-03-01T08:00:00+07:00",
                         "first_reported_at": "2026-03-01T09:00:00+07:00",
                         "detailed_reported_at": "2026-03-02T09:00:00+07:00",
                         "resolved_at": "2026-03-03T09:00:00+07:00"})
        },
        address: &[],
        duplicate: None,
        change: || json!({"severity": "low"}),
        optional: &["system", "description", "first_reported_at", "detailed_reported_at", "resolved_at"],
        references: &[("/agency", "unknown_agency"), ("/system", "unknown_system")],
        sorts: &["detected_at", "id"],
        deletable: true,
    },
    Case {
        list: "observations",
        body: |n| {
            json!({"indicator": (["CT2", "CT3", "CT4", "CT5"][n % 4]), "agency": "H18.1", "calendar": "nd09",
                         "month": format!("2026-0{}", 3 + n / 4), "numerator": 3, "denominator": 4,
                         "nature": "estimate", "evidence": "Báo cáo", "note": "Ghi chú"})
        },
        address: &[],
        duplicate: Some("/month"),
        change: || json!({"numerator": 4, "nature": "actual"}),
        optional: &["evidence", "note"],
        references: &[
            ("/indicator", "unknown_indicator"),
            ("/agency", "unknown_agency"),
            ("/calendar", "unknown_calendar"),
        ],
        sorts: &["id", "month"],
        deletable: true,
    },
    Case {
        list: "document-exchanges",
        body: |n| {
            json!({"agency": (["H18.1", "H18.2", "H18.20"][n / 2]), "calendar": "nd09", "month": "2026-03",
                         "direction": if n % 2 == 0 { "incoming" } else { "outgoing" }, "total": 10, "secret": 1,
                         "electronic": 9, "signed": 8, "paperless": 7, "failed": 0})
        },
        address: &[],
        duplicate: Some("/month"),
        change: || json!({"failed": 3}),
        optional: &[],
        references: &[("/agency", "unknown_agency"), ("/calendar", "unknown_calendar")],
        sorts: &["id", "month"],
        deletable: true,
    },
    Case {
        list: "clients",
        body: |n| json!({"client_id": format!("c{n}"), "name": "Máy", "role": "viewer", "agency": "H18.1", "disabled": false}),
        address: &["client_id"],
        duplicate: Some("/client_id"),
        change: || json!({"role": "editor"}),
        optional: &["agency"],
        references: &[("/agency", "unknown_agency")],
        sorts: &["client_id"],
        deletable: false,
    },
    Case {
        list: "holidays",
        body: |n| {
            json!({"date": format!("2026-05-0{}", n + 1), "kind": "holiday", "name_vi": "Ngày lễ",
                         "name_en": "Holiday", "basis": "TB 1"})
        },
        address: &["date"],
        duplicate: Some("/date"),
        change: || json!({"basis": "TB 2"}),
        optional: &["name_en"],
        references: &[],
        sorts: &["date"],
        deletable: true,
    },
];
