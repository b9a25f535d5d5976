//! Changes of the very rows that figures are made of: one row of each kind, each changed in every turn so that its figure
//! moves.

use super::questions::{EARLY, LATE, Question};
use crate::api::pairs::ground::Ground;
use crate::api::pairs::places::Named;
use serde_json::{Value, json};
use std::ops::Range;
use support::{Answer, Client, World};

/// The rows, and who changes them.
pub(super) struct OwnChanges<'a> {
    world: &'a World,
    client: Client,
    pub(super) rows: [OwnRow; 4],
}

/// A row behind a figure.
pub(super) struct OwnRow {
    /// The indicator whose figure it is in.
    indicator: &'static str,
    resource: &'static str,
    id: String,
    /// Its address below that of the API.
    pub(super) path: String,
}

/// Changes that an explanation names.
const NAMED: usize = 20;

impl<'a> OwnChanges<'a> {
    pub(super) fn of(ground: &'a Ground) -> Self {
        let row = |indicator, resource, named| {
            let id = ground.named("", named);
            OwnRow { indicator, resource, path: format!("{resource}/{id}"), id }
        };
        let rows = [
            row("CT1", "document-exchanges", Named::Exchange),
            row("CT3", "observations", Named::Observation),
            row("CT6", "monitoring-statuses", Named::Status),
            row("CT7", "training-records", Named::Training),
        ];
        let client = ground.world.admin.clone().with("if-match", "*").with("change-reason", "doi chieu");
        Self { world: &ground.world, client, rows }
    }

    /// Changes every row once in each turn.
    pub(super) fn turns(&self, turns: Range<usize>) {
        for turn in turns {
            self.rows.iter().for_each(|row| drop(self.change(row, turn.is_multiple_of(2)).expect(200)));
        }
    }

    /// Changes a row so that its figure moves, to and fro.
    pub(super) fn change(&self, row: &OwnRow, even: bool) -> Answer {
        let patch = match row.resource {
            "document-exchanges" => json!({"electronic": if even { 8 } else { 9 }}),
            "observations" => {
                json!({"numerator": if even { 1 } else { 2 }, "nature": if even { "estimate" } else { "actual" }})
            }
            "monitoring-statuses" => {
                json!({"level_approved": even, "last_event": "2026-03-01", "assessment_valid_until": "2027-12-20"})
            }
            _ => json!({"result": if even { "failed" } else { "completed" }}),
        };
        self.client.patch(&format!("/api/v1/{}", row.path), &patch)
    }

    /// Deletes a row, and leaves it where it is.
    pub(super) fn try_to_delete(&self, row: &OwnRow) -> Answer {
        self.client.clone().with("prefer", "tx=rollback").delete(&format!("/api/v1/{}", row.path))
    }

    /// All that can be asked about a figure and about the row behind it; first about the past, early and late.
    pub(super) fn questions(&self) -> Vec<Question> {
        let mut paths = Vec::new();
        for OwnRow { indicator, path, .. } in &self.rows {
            for position in [EARLY, LATE] {
                paths.push(format!("attainments/{indicator}/H18.1/2026-03?asOf={position}"));
                paths.push(format!("{path}?asOf={position}"));
            }
        }
        for OwnRow { indicator, resource, id, path } in &self.rows {
            let figure = format!("attainments/{indicator}/H18.1");
            let audit = format!("audit?resource={resource}&row={id}&limit={NAMED}");
            let next = self.world.admin.get(&format!("/api/v1/{audit}")).expect(200).json["next"].clone();
            paths.extend([
                format!("{figure}/2026-03"),
                format!("{figure}/series?from=2026-01&to=2026-06"),
                format!("{figure}/2026-03/explain"),
                format!("{figure}/2026-03/explain?lacking=true"),
                format!("attainments/{indicator}/H18/2026-03/explain"),
                format!("attainments?period=2026-03&indicator={indicator}"),
                format!("errata?indicator={indicator}&agency=H18.1"),
                path.clone(),
                format!("{resource}?agency=H18.1"),
                format!("{audit}&sort=seq"),
                format!("{audit}&cursor={}", next.as_str().expect("another page")),
                audit,
            ]);
        }
        paths.push("provincial-report?period=2026-03".to_owned());
        paths.into_iter().map(Question::plain).collect()
    }

    /// Explanations name the last changes of a row that the audit lists, the last one first.
    pub(super) fn assert_that_the_last_changes_are_named(&self) {
        let positions =
            |rows: &Value| rows.as_array().unwrap().iter().map(|row| row["seq"].clone()).collect::<Vec<_>>();
        for OwnRow { indicator, resource, id, .. } in &self.rows {
            let get = |path: String| self.world.admin.get(&format!("/api/v1/{path}")).expect(200).json;
            let listed = get(format!("audit?resource={resource}&row={id}&limit={NAMED}&sort=-seq"));
            let explained = get(format!("attainments/{indicator}/H18.1/2026-03/explain"));
            assert_eq!(positions(&explained["moved_by"]), positions(&listed["items"]), "{indicator}");
            assert_eq!(positions(&explained["moved_by"]).len(), NAMED);
        }
    }
}
