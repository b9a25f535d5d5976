//! Targets hold from a month on, and the last month of a period decides.

use crate::support::*;
use thidua_domain::catalogue::target_versions::{TargetVersion, TargetVersions};
use thidua_domain::catalogue::targets::{Target, TargetScope};
use thidua_domain::cells::Cells;
use thidua_domain::figure::Verdict;
use thidua_domain::id::{AgencyId, TargetId};
use thidua_domain::records::observations;

const ID: TargetId = TargetId(900);

fn from(at: &str, numerator: i64) -> TargetVersion {
    TargetVersion { holds_from: Some(month(at)), ..asking(numerator, 100) }
}

/// First months and values.
fn said(versions: &TargetVersions) -> Vec<(Option<String>, i64)> {
    let said = |version: &TargetVersion| (version.holds_from.map(|at| at.to_string()), version.value.numerator);
    versions.all().map(said).collect()
}

fn expected(versions: &[(&str, i64)]) -> Vec<(Option<String>, i64)> {
    let from = |at: &str| (!at.is_empty()).then(|| at.to_owned());
    versions.iter().map(|(at, value)| (from(at), *value)).collect()
}

/// The declared figures 6/10 of the department for January to June, and a stock of which one of four is met since
/// January.
fn figures() -> Cells {
    let months = ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"];
    let declared = months.map(|at| observations::contribution(&observation((CT3, DEPARTMENT, ND09), at, 6, 10)));
    let mut cells = sum(&declared);
    cells.add(key(CT7, DEPARTMENT, ND09, "2026-01"), cell(1, 4, 4));
    cells
}

/// All of 100 % from the beginning, and 50 % or 25 % from May on.
fn catalogue_of(scope: TargetScope) -> thidua_domain::catalogue::Catalogue {
    let mut catalogue = catalogue();
    catalogue.targets.clear();
    for (id, indicator, later) in [(ID, CT3, 50), (TargetId(901), CT7, 25)] {
        let mut target = target(indicator, scope, 100, 100);
        target.versions = target.versions.with(from("2026-05", later));
        catalogue.targets.insert(id, target);
    }
    catalogue.indexed()
}

#[test]
fn the_last_month_of_a_period_decides_which_version_judges_it() {
    for scope in [TargetScope::Movement(MOVEMENT), TargetScope::Phase(PHASE_II), TargetScope::Year(2026)] {
        let (catalogue, cells) = (catalogue_of(scope), figures());
        let told = |indicator, at| {
            let answer = ask(&catalogue, &cells, (indicator, DEPARTMENT, ND09), at);
            (answer.verdict, answer.shortfall, answer.completeness.agencies_met)
        };
        // 6 of 10 each month: under 100 % four lack, under 50 % none.
        assert_eq!(told(CT3, "2026-04"), (Verdict::NotMet, Some(4), 0));
        assert_eq!(told(CT3, "2026-05"), (Verdict::Met, Some(0), 1));
        assert_eq!(told(CT3, "2026-Q1"), (Verdict::NotMet, Some(12), 0));
        assert_eq!(told(CT3, "2026-Q2"), (Verdict::Met, Some(0), 1), "April to June, judged by June");
        assert_eq!(told(CT3, "2026-H1"), (Verdict::Met, Some(0), 1));
        assert_eq!(told(CT3, "2026"), (Verdict::Met, Some(0), 1), "36 of 60 by December");
        // A stock is 1 of 4 at every month's end: three lack of all, none of a quarter.
        assert_eq!(told(CT7, "2026-04"), (Verdict::NotMet, Some(3), 0));
        assert_eq!(told(CT7, "2026-05"), (Verdict::Met, Some(0), 1));
        assert_eq!(told(CT7, "2026-Q1"), (Verdict::NotMet, Some(3), 0));
    }
}

#[test]
fn a_year_that_runs_is_judged_by_the_version_of_its_last_month() {
    let (catalogue, cells) = (catalogue_of(TargetScope::Year(2026)), figures());
    let answer = ask_on(day("2026-03-01"), &catalogue, &cells, (CT3, DEPARTMENT, ND09), "2026");
    // Three months have begun: 18 of 30, of which 15 would do.
    assert_eq!((answer.figure.numerator, answer.figure.denominator), (18, 30));
    assert_eq!((answer.verdict, answer.target.unwrap().1.value.numerator), (Verdict::Met, 50));
}

#[test]
fn a_target_that_begins_with_a_month_leaves_the_months_before_to_a_less_specific_one() {
    let mut catalogue = catalogue();
    let own = |agency: AgencyId| Target {
        agency: Some(agency),
        versions: TargetVersions::only(from("2026-05", 60)),
        ..target(CT3, TargetScope::Year(2026), 1, 1)
    };
    catalogue.targets.insert(ID, own(DEPARTMENT));
    let catalogue = catalogue.indexed();
    let applies = |at| catalogue.target_for(entry(&catalogue, CT3), DEPARTMENT, month(at)).map(|(id, _)| id);
    assert_eq!(["2026-04", "2026-05", "2026-12"].map(applies), [Some(TargetId(53)), Some(ID), Some(ID)]);
    assert_eq!(applies("2027-01"), Some(TargetId(53)), "its year is over");
}

#[test]
fn a_version_begins_gives_way_moves_and_is_taken_back() {
    let first = TargetVersions::only(asking(100, 100));
    let second = first.with(from("2026-05", 50));
    assert_eq!(said(&second), expected(&[("", 100), ("2026-05", 50)]));
    assert_eq!(said(&second.with(from("2026-08", 70))), expected(&[("", 100), ("2026-05", 50), ("2026-08", 70)]));
    // In place.
    assert_eq!(said(&second.with(from("2026-05", 60))), expected(&[("", 100), ("2026-05", 60)]));
    // A version of an earlier month displaces later ones; the same content with another month moves.
    assert_eq!(said(&second.with(from("2026-03", 70))), expected(&[("", 100), ("2026-03", 70)]));
    assert_eq!(said(&second.with(from("2026-03", 50))), expected(&[("", 100), ("2026-03", 50)]));
    assert_eq!(said(&second.with(from("2026-09", 50))), expected(&[("", 100), ("2026-09", 50)]));
    // The one before in its place takes it back.
    assert_eq!(second.with(from("2026-05", 100)), first);
    assert_eq!(second.with(asking(100, 100)), first);
    // A version that holds from the beginning is not moved, but a target that begins with a month may begin with
    // another.
    assert_eq!(first.with(from("2026-05", 100)), first);
    let dated = TargetVersions::only(from("2026-05", 50));
    assert_eq!(said(&dated.with(from("2026-07", 50))), expected(&[("2026-07", 50)]));
    assert_eq!(said(&dated.with(from("2026-03", 60))), expected(&[("2026-03", 60)]));
    assert_eq!(said(&dated.with(asking(50, 100))), expected(&[("", 50)]));
}

#[test]
fn a_row_with_one_version_is_logged_as_in_version_0_1_0() {
    let row = r#"{"indicator":43,"scope":{"phase":32},"agency":102,"value":{"numerator":70,"denominator":100},"comparison":"at_least","basis":"665/KH-SKHCN"}"#;
    let logged: Target = serde_json::from_str(row).unwrap();
    let same = Target { agency: Some(DEPARTMENT), ..target(CT3, TargetScope::Phase(PHASE_II), 70, 100) };
    assert_eq!(logged, same);
    assert_eq!(serde_json::to_string(&logged).unwrap(), row);
    let later = Target { versions: logged.versions.with(from("2026-05", 50)), ..logged };
    let text = serde_json::to_string(&later).unwrap();
    assert_eq!(serde_json::from_str::<Target>(&text).unwrap(), later);
    let value = serde_json::from_str::<serde_json::Value>(&text).unwrap();
    assert_eq!((&value["holds_from"], &value["earlier"][0]["value"]["numerator"]), (&"2026-05".into(), &70.into()));
}

#[test]
fn the_first_month_that_other_versions_reach_is_that_of_the_first_that_differs() {
    let only = TargetVersions::only(asking(100, 100));
    let later = only.with(from("2026-05", 50)).with(from("2026-09", 40));
    for (other, first) in [
        (later.clone(), None),
        (only.clone(), Some("2026-05")),
        (later.with(from("2026-09", 30)), Some("2026-09")),
        (later.with(from("2026-07", 30)), Some("2026-07")),
        (TargetVersions::only(asking(90, 100)), Some("2000-01")),
        // A target that begins later says nothing of the months before.
        (TargetVersions::only(from("2026-05", 50)), Some("2000-01")),
    ] {
        assert_eq!(later.first_difference(&other), first.map(month));
        assert_eq!(other.first_difference(&later), first.map(month), "either way");
    }
}
