//! The target that applies to an agency in a period.

use crate::support::*;
use proptest::prelude::*;
use thidua_domain::catalogue::targets::{Target, TargetScope};
use thidua_domain::figure::Verdict;
use thidua_domain::id::{AgencyId, IndicatorId, MovementId, TargetId};
use thidua_domain::records::observations;

const MOVEMENT_LONG: TargetScope = TargetScope::Movement(MOVEMENT);
const IN_PHASE_I: TargetScope = TargetScope::Phase(PHASE_I);
const IN_PHASE_II: TargetScope = TargetScope::Phase(PHASE_II);
const IN_2026: TargetScope = TargetScope::Year(2026);

fn for_all(scope: TargetScope) -> Target {
    target(CT3, scope, 1, 2)
}

fn only_for(agency: AgencyId, scope: TargetScope) -> Target {
    Target { agency: Some(agency), ..for_all(scope) }
}

/// The position, among the targets given, of the one that applies.
fn chosen(targets: &[Target], agency: AgencyId, year: i32) -> Option<usize> {
    let mut catalogue = catalogue();
    catalogue.targets.clear();
    for (position, target) in targets.iter().enumerate() {
        catalogue.targets.insert(TargetId(position as i64), target.clone());
    }
    let catalogue = catalogue.indexed();
    let december = month(&format!("{year}-12"));
    let (id, applied) = catalogue.target_for(entry(&catalogue, CT3), agency, december)?;
    let position = usize::try_from(id.0).unwrap();
    assert_eq!(applied, targets[position].latest(), "identity and target belong together");
    Some(position)
}

#[test]
fn a_year_goes_before_a_phase_and_a_phase_before_the_movement() {
    let targets = [for_all(IN_PHASE_II), for_all(IN_2026), for_all(MOVEMENT_LONG)];
    assert_eq!(chosen(&targets, DEPARTMENT, 2026), Some(1));
    assert_eq!(chosen(&targets, DEPARTMENT, 2027), Some(0));
    assert_eq!(chosen(&targets, DEPARTMENT, 2025), Some(2));
    assert_eq!(chosen(&targets, DEPARTMENT, 2031), Some(2), "after the last phase the movement's target is left");
}

#[test]
fn a_target_for_the_agency_goes_before_one_for_all_however_specific() {
    let targets = [for_all(IN_2026), only_for(DEPARTMENT, MOVEMENT_LONG)];
    assert_eq!(chosen(&targets, DEPARTMENT, 2026), Some(1));
    assert_eq!(chosen(&targets, OTHER_DEPARTMENT, 2026), Some(0));
    let own = [only_for(DEPARTMENT, IN_PHASE_II), only_for(DEPARTMENT, IN_2026), only_for(DEPARTMENT, MOVEMENT_LONG)];
    assert_eq!(chosen(&own, DEPARTMENT, 2026), Some(1));
    assert_eq!(chosen(&own, DEPARTMENT, 2028), Some(0));
}

#[test]
fn a_target_for_one_agency_applies_neither_above_nor_below_it() {
    let targets = [only_for(DEPARTMENT, IN_2026)];
    assert_eq!(chosen(&targets, DEPARTMENT, 2026), Some(0));
    for other in [PROVINCE, DIVISION, OTHER_DEPARTMENT] {
        assert_eq!(chosen(&targets, other, 2026), None);
    }
}

#[test]
fn the_target_of_another_phase_never_applies() {
    assert_eq!(chosen(&[for_all(IN_PHASE_I)], DEPARTMENT, 2026), None);
    assert_eq!(chosen(&[for_all(IN_PHASE_II)], DEPARTMENT, 2025), None);
    assert_eq!(chosen(&[for_all(IN_PHASE_I), for_all(IN_PHASE_II)], DEPARTMENT, 2025), Some(0));
    assert_eq!(chosen(&[for_all(IN_PHASE_I), for_all(IN_PHASE_II)], DEPARTMENT, 2026), Some(1));
    assert_eq!(chosen(&[only_for(DEPARTMENT, IN_PHASE_I), for_all(MOVEMENT_LONG)], DEPARTMENT, 2026), Some(1));
}

#[test]
fn targets_of_another_movement_indicator_or_year_never_apply() {
    let foreign = [
        for_all(TargetScope::Movement(MovementId(999))),
        target(CT4, MOVEMENT_LONG, 1, 2),
        target(IndicatorId(999), IN_2026, 1, 2),
        for_all(TargetScope::Year(2027)),
    ];
    assert_eq!(chosen(&foreign, DEPARTMENT, 2026), None);
}

#[test]
fn the_verdict_is_given_against_the_target_that_applies() {
    let mut catalogue = catalogue();
    catalogue.targets.insert(TargetId(901), target(CT3, IN_2026, 60, 100));
    catalogue.targets.insert(TargetId(902), Target { agency: Some(WARD), ..target(CT3, IN_PHASE_II, 80, 100) });
    let catalogue = catalogue.indexed();
    let observed = |agency, at| observations::contribution(&observation((CT3, agency, ND09), at, 70, 100));
    let cells = sum(&[observed(DEPARTMENT, "2026-01"), observed(WARD, "2026-01"), observed(DEPARTMENT, "2027-01")]);
    let outcome = |agency, at| {
        let answer = ask(&catalogue, &cells, (CT3, agency, ND09), at);
        (answer.verdict, answer.shortfall, answer.target.map(|(id, _)| id))
    };
    assert_eq!(outcome(DEPARTMENT, "2026-01"), (Verdict::Met, Some(0), Some(TargetId(901))));
    assert_eq!(outcome(DEPARTMENT, "2026"), (Verdict::Met, Some(0), Some(TargetId(901))));
    assert_eq!(outcome(WARD, "2026-Q1"), (Verdict::NotMet, Some(10), Some(TargetId(902))));
    assert_eq!(outcome(DEPARTMENT, "2027"), (Verdict::NotMet, Some(30), Some(TargetId(53))));
    assert_eq!(outcome(PROVINCE, "2026"), (Verdict::Met, Some(0), Some(TargetId(901))));
}

fn any_target() -> impl Strategy<Value = Target> {
    let scope = prop_oneof![
        prop::sample::select(vec![MOVEMENT_LONG, IN_PHASE_I, IN_PHASE_II]),
        (2023..=2031i32).prop_map(TargetScope::Year),
    ];
    let agency = prop::sample::select(vec![None, Some(PROVINCE), Some(DEPARTMENT), Some(WARD)]);
    (scope, agency).prop_map(|(scope, agency)| Target { agency, ..for_all(scope) })
}

proptest! {
    #[test]
    fn the_target_that_applies_is_the_first_in_the_order_of_precedence(
        targets in prop::collection::vec(any_target(), 0..10), year in 2022..=2032i32,
        agency in prop::sample::select(vec![PROVINCE, DEPARTMENT, DIVISION, WARD]),
    ) {
        let phase = match year {
            2023..=2025 => Some(IN_PHASE_I),
            2026..=2030 => Some(IN_PHASE_II),
            _ => None,
        };
        let scopes = [Some(TargetScope::Year(year)), phase, Some(MOVEMENT_LONG)].into_iter().flatten();
        let order: Vec<_> = [Some(agency), None]
            .into_iter()
            .flat_map(|whose| scopes.clone().map(move |scope| (whose, scope)))
            .collect();
        let first = order.into_iter().find(|wanted| targets.iter().any(|t| (t.agency, t.scope) == *wanted));
        let applied = chosen(&targets, agency, year).map(|at| (targets[at].agency, targets[at].scope));
        prop_assert_eq!(applied, first);
    }
}
