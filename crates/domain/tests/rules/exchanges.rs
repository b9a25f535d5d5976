//! E-document exchanges: the chain of counts, and CT1.

use crate::support::*;
use proptest::prelude::*;
use thidua_domain::catalogue::record_kinds::Direction;
use thidua_domain::catalogue::sources::{DocumentMeasure, Source};
use thidua_domain::figure::Verdict;
use thidua_domain::fraction::{Count, MAX_COUNT};
use thidua_domain::records::document_exchanges::{DocumentExchange, contribution};

/// Counts in the order total, secret, electronic, signed, paperless, failed.
fn exchange(at: &str, direction: Direction, counts: [i64; 6]) -> DocumentExchange {
    let [total, secret, electronic, signed, paperless, failed] = counts.map(Count::stored);
    DocumentExchange {
        agency: DEPARTMENT,
        calendar: ND09,
        month: month(at),
        direction,
        total,
        secret,
        electronic,
        signed,
        paperless,
        failed,
    }
}

fn incoming(at: &str, counts: [i64; 6]) -> DocumentExchange {
    exchange(at, Direction::Incoming, counts)
}

#[test]
fn ct1_leaves_secret_documents_out() {
    let catalogue = catalogue();
    let cells = contribution(&catalogue, &incoming("2026-01", [120, 20, 90, 60, 50, 1]));
    assert_eq!(cells.iter().collect::<Vec<_>>(), [(key(CT1, DEPARTMENT, ND09, "2026-01"), cell(90, 100, 1))]);
    let answer = ask(&catalogue, &cells, (CT1, DEPARTMENT, ND09), "2026-01");
    assert_eq!((answer.verdict, answer.shortfall), (Verdict::NotMet, Some(10)));
    assert_eq!(answer.percent.as_deref(), Some("90.00"));
}

#[test]
fn ct1_adds_both_directions_and_all_months_of_the_window() {
    let catalogue = catalogue();
    let parts = [
        incoming("2026-01", [120, 20, 90, 60, 50, 0]),
        exchange("2026-01", Direction::Outgoing, [30, 0, 30, 30, 30, 0]),
        incoming("2026-03", [10, 0, 10, 0, 0, 0]),
        incoming("2026-04", [1, 0, 0, 0, 0, 0]),
    ];
    let cells = sum(&parts.map(|part| contribution(&catalogue, &part)));
    assert_eq!(cells.get(key(CT1, DEPARTMENT, ND09, "2026-01")), cell(120, 130, 2));
    let at = |text| figure(&catalogue, &cells, (CT1, PROVINCE, ND09), text);
    assert_eq!(at("2026-01"), (120, 130));
    assert_eq!(at("2026-Q1"), (130, 140));
    assert_eq!(at("2026"), (130, 141));
}

#[test]
fn a_month_of_secret_documents_only_is_not_applicable() {
    let catalogue = catalogue();
    let cells = contribution(&catalogue, &incoming("2026-01", [5, 5, 0, 0, 0, 0]));
    let answer = ask(&catalogue, &cells, (CT1, DEPARTMENT, ND09), "2026-01");
    assert_eq!((answer.verdict, answer.reported), (Verdict::NotApplicable, 1));
}

#[test]
fn the_measure_named_by_the_indicator_makes_the_numerator() {
    let measures = [
        (DocumentMeasure::Electronic, 90),
        (DocumentMeasure::Signed, 60),
        (DocumentMeasure::Paperless, 50),
        (DocumentMeasure::Delivered, 89),
    ];
    for (numerator, expected) in measures {
        let mut catalogue = catalogue();
        change(&mut catalogue, CT1, |old| {
            old.redefined(|found| found.source = Source::DocumentExchanges { numerator, directions: Vec::new() })
        });
        let cells = contribution(&catalogue, &incoming("2026-01", [120, 20, 90, 60, 50, 1]));
        assert_eq!(cells.get(key(CT1, DEPARTMENT, ND09, "2026-01")), cell(expected, 100, 1), "{numerator}");
    }
}

#[test]
fn a_row_that_counts_more_failures_than_documents_delivered_none() {
    let mut catalogue = catalogue();
    let numerator = DocumentMeasure::Delivered;
    change(&mut catalogue, CT1, |old| {
        old.redefined(|found| found.source = Source::DocumentExchanges { numerator, directions: Vec::new() })
    });
    let cells = contribution(&catalogue, &incoming("2026-01", [10, 0, 10, 0, 0, 11]));
    assert_eq!(cells.get(key(CT1, DEPARTMENT, ND09, "2026-01")), cell(0, 10, 1));
}

#[test]
fn the_directions_named_by_the_indicator_count_and_both_when_none_is_named() {
    use Direction::{Incoming, Outgoing};
    let parts = [exchange("2026-01", Incoming, [10, 0, 9, 0, 0, 0]), exchange("2026-01", Outgoing, [5, 1, 3, 0, 0, 0])];
    for (directions, expected) in [
        (vec![], cell(12, 14, 2)),
        (vec![Incoming, Outgoing], cell(12, 14, 2)),
        (vec![Incoming], cell(9, 10, 1)),
        (vec![Outgoing], cell(3, 4, 1)),
    ] {
        let mut catalogue = catalogue();
        let source = Source::DocumentExchanges { numerator: DocumentMeasure::Electronic, directions };
        change(&mut catalogue, CT1, |old| old.redefined(|found| found.source = source.clone()));
        let cells = sum(&parts.clone().map(|part| contribution(&catalogue, &part)));
        assert_eq!(cells.get(key(CT1, DEPARTMENT, ND09, "2026-01")), expected, "{source:?}");
    }
}

#[test]
fn every_link_of_the_chain_may_be_exactly_full() {
    assert_eq!(incoming("2026-01", [100, 40, 60, 60, 60, 60]).check(), Ok(()));
    assert_eq!(incoming("2026-01", [0; 6]).check(), Ok(()));
    assert_eq!(incoming("2026-01", [MAX_COUNT, 0, MAX_COUNT, MAX_COUNT, MAX_COUNT, MAX_COUNT]).check(), Ok(()));
}

#[test]
fn a_broken_link_is_named_by_its_member() {
    let broken = [
        ([10, 11, 0, 0, 0, 0], "/secret", "secret_exceeds_total"),
        ([10, 4, 7, 0, 0, 0], "/electronic", "electronic_exceeds_open"),
        ([10, 4, 5, 6, 0, 0], "/signed", "signed_exceeds_electronic"),
        ([10, 4, 5, 4, 5, 0], "/paperless", "paperless_exceeds_signed"),
        ([10, 4, 5, 4, 3, -1], "/failed", "invalid_count"),
        ([10, 4, 5, 4, 3, 6], "/failed", "failed_exceeds_electronic"),
        ([MAX_COUNT + 1, 0, 0, 0, 0, 0], "/total", "invalid_count"),
    ];
    for (counts, pointer, code) in broken {
        assert_eq!(refusals(incoming("2026-01", counts).check()), [(pointer.to_owned(), code)], "{counts:?}");
    }
}

#[test]
fn all_broken_links_are_named_at_once() {
    let found = refusals(incoming("2026-01", [10, 0, 11, 12, 13, -1]).check());
    let codes: Vec<_> = found.into_iter().map(|(_, code)| code).collect();
    let expected =
        ["invalid_count", "electronic_exceeds_open", "signed_exceeds_electronic", "paperless_exceeds_signed"];
    assert_eq!(codes, expected);
}

#[test]
fn sixty_four_bit_extremes_are_refused_without_overflow() {
    for counts in [
        [i64::MIN, 1, 0, 0, 0, 0],
        [i64::MAX, -1, 0, 0, 0, 0],
        [i64::MAX, i64::MIN, i64::MAX, i64::MAX, i64::MAX, i64::MAX],
        [i64::MIN; 6],
        [i64::MAX; 6],
    ] {
        assert!(incoming("2026-01", counts).check().is_err(), "{counts:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn counts_are_accepted_exactly_when_the_chain_holds(
        counts in prop::array::uniform6(
            prop_oneof![8 => 0..=6i64, 1 => -2..=40i64, 1 => MAX_COUNT - 1..=MAX_COUNT + 1],
        ),
    ) {
        let [total, secret, electronic, signed, paperless, failed] = counts;
        let in_range = counts.iter().all(|count| *count >= 0 && *count <= MAX_COUNT);
        let chain = [paperless, signed, electronic, total - secret].is_sorted() && secret <= total;
        prop_assert_eq!(incoming("2026-01", counts).check().is_ok(), in_range && chain && failed <= electronic);
    }

    #[test]
    fn full_chains_are_accepted_and_one_more_anywhere_is_not(
        total in 0..=MAX_COUNT, cuts in prop::array::uniform4(0..=1000i64), link in 0..4usize,
    ) {
        let secret = total / 1000 * cuts[0];
        let electronic = (total - secret) / 1000 * cuts[1];
        let signed = electronic / 1000 * cuts[2];
        let paperless = signed / 1000 * cuts[3];
        let mut counts = [total, secret, electronic, signed, paperless, 0];
        prop_assert_eq!(incoming("2026-01", counts).check(), Ok(()));
        let limit = [total, total - secret, electronic, signed][link];
        counts[link + 1] = limit + 1;
        prop_assert!(incoming("2026-01", counts).check().is_err());
    }
}
