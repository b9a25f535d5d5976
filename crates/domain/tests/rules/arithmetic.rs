//! Verdicts, display and shortfall.

use crate::support::*;
use proptest::prelude::*;
use std::cmp::Ordering;
use thidua_domain::catalogue::target_versions::{Comparison, TargetVersion, TargetVersions};
use thidua_domain::catalogue::targets::{Target, TargetScope};
use thidua_domain::cells::Cells;
use thidua_domain::figure::{Figure, Verdict};
use thidua_domain::figures::question::judge;
use thidua_domain::fraction::{Fraction, MAX_COUNT, percent_rounded_down, percent_rounded_up};
use thidua_domain::id::TargetId;
use thidua_domain::records::observations;

const CT3_OF_DEPARTMENT: (thidua_domain::id::IndicatorId, thidua_domain::id::AgencyId, thidua_domain::id::CalendarId) =
    (CT3, DEPARTMENT, ND09);

/// Compares two non-negative fractions by Euclid's algorithm: whole parts first, then the reciprocals of the rests. No
/// product is formed, so this shares nothing with the code under test.
fn compare(left: (i64, i64), right: (i64, i64)) -> Ordering {
    let whole = (left.0 / left.1).cmp(&(right.0 / right.1));
    let (left_rest, right_rest) = (left.0 % left.1, right.0 % right.1);
    match (whole, left_rest, right_rest) {
        (Ordering::Equal, 0, 0) => Ordering::Equal,
        (Ordering::Equal, 0, _) => Ordering::Less,
        (Ordering::Equal, _, 0) => Ordering::Greater,
        (Ordering::Equal, _, _) => compare((right.1, right_rest), (left.1, left_rest)),
        (unequal, _, _) => unequal,
    }
}

fn against(numerator: i64, denominator: i64, comparison: Comparison) -> TargetVersion {
    TargetVersion { comparison, ..asking(numerator, denominator) }
}

fn reported(numerator: i64, denominator: i64) -> Figure {
    Figure { numerator, denominator, reported: true }
}

/// A shown per cent as hundredths of a per cent.
fn hundredths(percent: &str) -> i128 {
    let (whole, decimals) = percent.split_once('.').unwrap();
    assert_eq!(decimals.len(), 2, "{percent} has two decimals");
    format!("{whole}{decimals}").parse().unwrap()
}

/// The declared figure of one month of CT3, answered.
fn answer(numerator: i64, denominator: i64, version: TargetVersion) -> thidua_domain::figures::attainment::Attainment {
    let mut catalogue = catalogue();
    catalogue.targets.clear();
    let scope = TargetScope::Movement(MOVEMENT);
    let versions = TargetVersions::only(version);
    catalogue.targets.insert(TargetId(99), Target { versions, ..target(CT3, scope, 1, 1) });
    let cells = observations::contribution(&observation(CT3_OF_DEPARTMENT, "2026-05", numerator, denominator));
    ask(&catalogue.indexed(), &cells, CT3_OF_DEPARTMENT, "2026-05")
}

#[test]
fn a_figure_just_below_the_target_is_not_met_and_not_shown_as_met() {
    let answer = answer(99_999, 100_000, against(100, 100, Comparison::AtLeast));
    assert_eq!(answer.verdict, Verdict::NotMet);
    assert_eq!(answer.percent.as_deref(), Some("99.99"));
    assert_eq!(answer.shortfall, Some(1));
}

#[test]
fn a_figure_just_above_an_upper_limit_is_not_met_and_not_shown_as_met() {
    let answer = answer(50_001, 100_000, against(50, 100, Comparison::AtMost));
    assert_eq!(answer.verdict, Verdict::NotMet);
    assert_eq!(answer.percent.as_deref(), Some("50.01"));
    assert_eq!(answer.shortfall, Some(1));
}

#[test]
fn a_figure_exactly_on_the_target_is_met_on_either_side() {
    for comparison in [Comparison::AtLeast, Comparison::AtMost] {
        let answer = answer(1, 2, against(50, 100, comparison));
        assert_eq!((answer.verdict, answer.shortfall), (Verdict::Met, Some(0)), "{comparison}");
        assert_eq!(answer.percent.as_deref(), Some("50.00"));
    }
}

#[test]
fn a_ratio_above_the_target_is_allowed_and_shown_in_full() {
    let answer = answer(130, 100, against(100, 100, Comparison::AtLeast));
    assert_eq!((answer.verdict, answer.shortfall), (Verdict::Met, Some(0)));
    assert_eq!(answer.percent.as_deref(), Some("130.00"));
}

#[test]
fn the_shortfall_says_how_many_more_people_to_train() {
    let shortfall = |numerator, denominator, (upper, lower)| {
        answer(numerator, denominator, against(upper, lower, Comparison::AtLeast)).shortfall
    };
    assert_eq!(shortfall(17, 20, (100, 100)), Some(3));
    assert_eq!(shortfall(1, 3, (50, 100)), Some(1), "half of three is two whole units");
    assert_eq!(shortfall(0, 7, (70, 100)), Some(5), "70 % of 7 is 4.9");
    assert_eq!(shortfall(66, 100, (2, 3)), Some(1), "two thirds of 100 is 66.67");
    assert_eq!(shortfall(67, 100, (2, 3)), Some(0));
    let over = answer(6, 10, against(1, 3, Comparison::AtMost));
    assert_eq!(over.shortfall, Some(3), "at most 3 of 10");
}

#[test]
fn nothing_arisen_nothing_reported_and_zero_per_cent_are_three_answers() {
    let target = || against(100, 100, Comparison::AtLeast);
    let nothing_arose = answer(0, 0, target());
    assert_eq!(nothing_arose.verdict, Verdict::NotApplicable);
    assert_eq!((nothing_arose.percent, nothing_arose.shortfall), (None, None));
    assert_eq!((nothing_arose.figure.reported, nothing_arose.reported), (true, 1));

    let zero = answer(0, 5, target());
    assert_eq!(zero.verdict, Verdict::NotMet);
    assert_eq!((zero.percent.as_deref(), zero.shortfall), (Some("0.00"), Some(5)));

    let missing = ask(&catalogue(), &Cells::default(), CT3_OF_DEPARTMENT, "2026-05");
    assert_eq!(missing.verdict, Verdict::Missing);
    assert_eq!((missing.percent, missing.shortfall), (None, None));
    assert_eq!((missing.expected, missing.reported), (1, 0));
}

#[test]
fn a_sum_nobody_reported_shows_no_per_cent() {
    let mut cells = Cells::default();
    cells.add(key(CT3, DEPARTMENT, ND09, "2026-05"), cell(1, 2, 0));
    let answer = ask(&catalogue(), &cells, CT3_OF_DEPARTMENT, "2026-05");
    assert_eq!((answer.verdict, answer.percent, answer.shortfall), (Verdict::Missing, None, None));
}

#[test]
fn a_figure_without_a_target_is_shown_but_not_judged() {
    let mut catalogue = catalogue();
    catalogue.targets.clear();
    let cells = observations::contribution(&observation(CT3_OF_DEPARTMENT, "2026-05", 2, 3));
    let answer = ask(&catalogue.indexed(), &cells, CT3_OF_DEPARTMENT, "2026-05");
    assert_eq!((answer.verdict, answer.shortfall, answer.target), (Verdict::NotApplicable, None, None));
    assert_eq!(answer.percent.as_deref(), Some("66.66"));
}

#[test]
fn small_and_negative_per_cents_keep_their_sign_and_zeros() {
    assert_eq!(percent_rounded_down(1, 100_000).as_deref(), Some("0.00"));
    assert_eq!(percent_rounded_up(1, 100_000).as_deref(), Some("0.01"));
    assert_eq!(percent_rounded_down(5, 10_000).as_deref(), Some("0.05"));
    assert_eq!(percent_rounded_down(-1, 3).as_deref(), Some("-33.34"));
    assert_eq!(percent_rounded_up(-1, 3).as_deref(), Some("-33.33"));
    assert_eq!(percent_rounded_up(0, 3).as_deref(), Some("0.00"));
    assert_eq!((percent_rounded_down(1, 0), percent_rounded_up(1, -1)), (None, None));
}

#[test]
fn a_target_must_be_a_fraction_within_bounds() {
    assert!(Fraction::parse("/value", 0, 1).is_ok());
    assert!(Fraction::parse("/value", MAX_COUNT, MAX_COUNT).is_ok());
    for (numerator, denominator) in
        [(-1, 100), (100, 0), (100, -100), (MAX_COUNT + 1, 1), (1, MAX_COUNT + 1), (i64::MIN, 1), (1, i64::MIN)]
    {
        let outcome = Fraction::parse("/value", numerator, denominator);
        assert_eq!(refusal(outcome), ("/value".into(), "invalid_fraction"), "{numerator}/{denominator}");
    }
    let kept = Fraction::parse("", 70, 100).unwrap();
    assert_eq!((kept.numerator, kept.denominator), (70, 100), "kept as entered");
}

#[test]
fn sixty_four_bit_extremes_are_judged_without_overflow() {
    let huge = Fraction { numerator: i64::MAX, denominator: 1 };
    let tiny = Fraction { numerator: 1, denominator: i64::MAX };
    let with = |value, comparison| TargetVersion { value, ..against(1, 1, comparison) };
    let verdict = |figure, target| judge(figure, Some(&target));
    assert_eq!(
        verdict(reported(i64::MIN, i64::MAX), with(huge, Comparison::AtLeast)),
        (Verdict::NotMet, Some(i64::MAX)),
        "the shortfall saturates"
    );
    assert_eq!(verdict(reported(i64::MAX, 1), with(huge, Comparison::AtLeast)), (Verdict::Met, Some(0)));
    assert_eq!(verdict(reported(1, i64::MAX), with(tiny, Comparison::AtMost)), (Verdict::Met, Some(0)));
    assert_eq!(verdict(reported(2, i64::MAX), with(tiny, Comparison::AtMost)), (Verdict::NotMet, Some(1)));
    assert_eq!(verdict(reported(0, 1), with(tiny, Comparison::AtLeast)), (Verdict::NotMet, Some(1)));
    assert_eq!(percent_rounded_down(i64::MAX, 1).as_deref(), Some("922337203685477580700.00"));
    assert_eq!(percent_rounded_down(i64::MIN, 1).as_deref(), Some("-922337203685477580800.00"));
}

/// Counts and targets: small ones, where equality happens, and everything up to the largest.
fn count() -> impl Strategy<Value = i64> {
    prop_oneof![0..=12i64, 0..=2000i64, 0..=MAX_COUNT, 0..=i64::MAX]
}

fn positive() -> impl Strategy<Value = i64> {
    prop_oneof![1..=12i64, 1..=2000i64, 1..=MAX_COUNT, 1..=i64::MAX]
}

/// A figure and a target value, now and then the same fraction in other terms, or one unit beside it.
fn figure_and_value() -> impl Strategy<Value = ((i64, i64), (i64, i64))> {
    let unrelated = ((count(), positive()), (0..=MAX_COUNT, prop_oneof![1..=2000i64, 1..=MAX_COUNT]));
    let related = (0..=2000i64, 1..=2000i64, 1..=1_000_000i64, -1..=1i64)
        .prop_map(|(upper, lower, times, beside)| (((upper * times + beside).max(0), lower * times), (upper, lower)));
    prop_oneof![unrelated, related]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_verdict_is_the_comparison_of_the_exact_fractions((figure, value) in figure_and_value()) {
        let exact = compare(figure, value);
        let target = |comparison| {
            TargetVersion { value: Fraction { numerator: value.0, denominator: value.1 }, ..against(1, 1, comparison) }
        };
        let verdict = |comparison| judge(reported(figure.0, figure.1), Some(&target(comparison))).0 == Verdict::Met;
        prop_assert_eq!(verdict(Comparison::AtLeast), exact != Ordering::Less);
        prop_assert_eq!(verdict(Comparison::AtMost), exact != Ordering::Greater);
    }

    #[test]
    fn the_display_never_reaches_a_target_that_is_missed((figure, value) in figure_and_value()) {
        // The value in hundredths of a per cent, times its denominator.
        let limit = i128::from(value.0) * 10_000;
        let shown = |percent: Option<String>| hundredths(&percent.unwrap()) * i128::from(value.1);
        if compare(figure, value) == Ordering::Less {
            prop_assert!(shown(percent_rounded_down(figure.0, figure.1)) < limit);
        }
        if compare(figure, value) == Ordering::Greater {
            prop_assert!(shown(percent_rounded_up(figure.0, figure.1)) > limit);
        }
    }

    #[test]
    fn the_display_is_less_than_a_hundredth_off(numerator in any::<i64>(), denominator in positive()) {
        let exact = i128::from(numerator) * 10_000;
        let down = hundredths(&percent_rounded_down(numerator, denominator).unwrap()) * i128::from(denominator);
        let up = hundredths(&percent_rounded_up(numerator, denominator).unwrap()) * i128::from(denominator);
        prop_assert!(down <= exact && exact - down < i128::from(denominator));
        prop_assert!(up >= exact && up - exact < i128::from(denominator));
    }

    #[test]
    fn the_answer_shows_the_side_on_which_the_target_is_missed(
        numerator in 0..=MAX_COUNT, denominator in 1..=MAX_COUNT, upper in 0..=MAX_COUNT, lower in 1..=MAX_COUNT,
        at_most in any::<bool>(),
    ) {
        let comparison = if at_most { Comparison::AtMost } else { Comparison::AtLeast };
        let answer = answer(numerator, denominator, against(upper, lower, comparison));
        let shown = hundredths(answer.percent.as_deref().unwrap()) * i128::from(lower);
        let limit = i128::from(upper) * 10_000;
        if answer.verdict == Verdict::NotMet {
            let wrong_side = if at_most { shown <= limit } else { shown >= limit };
            prop_assert!(!wrong_side, "shown as {:?}", answer.percent);
        } else {
            prop_assert_eq!(answer.verdict, Verdict::Met);
        }
    }

    #[test]
    fn the_shortfall_is_the_least_number_of_units_that_turns_the_verdict(
        numerator in count(), denominator in 1..=MAX_COUNT, upper in 0..=100_000i64, lower in 1..=100_000i64,
        at_most in any::<bool>(),
    ) {
        let comparison = if at_most { Comparison::AtMost } else { Comparison::AtLeast };
        let target = against(upper, lower, comparison);
        let (verdict, shortfall) = judge(reported(numerator, denominator), Some(&target));
        let shortfall = shortfall.unwrap();
        let moved = |units: i64| {
            let numerator = if at_most { numerator - units } else { numerator + units };
            judge(reported(numerator, denominator), Some(&target))
        };
        prop_assert_eq!(verdict == Verdict::Met, shortfall == 0);
        prop_assert_eq!(moved(shortfall), (Verdict::Met, Some(0)));
        if shortfall > 0 {
            prop_assert_eq!(moved(shortfall - 1), (Verdict::NotMet, Some(1)));
        }
    }

    #[test]
    fn without_a_positive_denominator_nothing_is_judged(numerator in any::<i64>(), denominator in i64::MIN..=0) {
        let target = against(1, 2, Comparison::AtLeast);
        prop_assert_eq!(judge(reported(numerator, denominator), Some(&target)), (Verdict::NotApplicable, None));
        let silent = Figure { numerator, denominator, reported: false };
        prop_assert_eq!(judge(silent, Some(&target)), (Verdict::Missing, None));
    }
}
