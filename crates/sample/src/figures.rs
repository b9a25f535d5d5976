//! Monthly figures from 2023-01 to 2026-10: e-document counts and declared observations, growing towards the targets,
//! with gaps, late ones and months in which nothing arose.

use super::agencies::{FIRST_COMMUNE, MERGED, OLD_COMMUNES, Place, REFORM, STANDARDS, places};
use super::catalogue::{Basics, REPORTING};
use super::people::{Person, is_department, on_roll};
use super::random::Random;
use super::summary::Summary;
use super::texts::{SAMPLE, day, month, prose, reference};
use thidua_domain::catalogue::calendars::MonthClose;
use thidua_domain::catalogue::record_kinds::Direction;
use thidua_domain::fraction::Count;
use thidua_domain::log::changes::Resource;
use thidua_domain::records::document_exchanges::DocumentExchange;
use thidua_domain::records::observations::{Nature, Observation};
use thidua_domain::time::Month;
use thidua_persistence::records::{document_exchanges, observations};
use thidua_persistence::{Result, Transaction};

const FIRST: i32 = 202301;
const LAST: i32 = 202610;
/// The months in which the sub-department counted its inspections in the civil calendar.
const CIVIL_FROM: i32 = 202608;
/// The room whose outgoing documents, and reports, lack one in the last month.
const ONE_SHORT: usize = 2;

/// One agency's month.
struct Report<'a> {
    place: usize,
    details: &'a Place,
    month: Month,
    late: bool,
}

/// Stores all figures, the late ones last.
pub(super) fn create(
    transaction: &mut Transaction<'_>,
    basics: &Basics,
    people: &[Person],
    summary: &mut Summary,
) -> Result<()> {
    let places = places();
    let mut late = Vec::new();
    for month in month(FIRST).through(month(LAST)) {
        for (place, details) in places.iter().enumerate() {
            let report = Report { place, details, month, late: is_late(place, month) };
            if !is_made(&report) {
                continue;
            }
            if report.late {
                late.push(report);
            } else {
                store(transaction, basics, people, &report, summary)?;
            }
        }
    }
    late.iter().try_for_each(|report| store(transaction, basics, people, report, summary))
}

/// True when there is a report at all: not before the agency, not after the reform, and not in every month.
fn is_made(report: &Report<'_>) -> bool {
    let window = MonthClose::OnDay(14).window(report.month);
    let there = report.details.from <= window.to
        && (!OLD_COMMUNES.contains(&report.place) || window.to < day(REFORM))
        && REPORTING.contains(&report.details.kind);
    let now = report.month.yyyymm() == LAST;
    let missing_now = [FIRST_COMMUNE + 6, FIRST_COMMUNE + 18, FIRST_COMMUNE + 32].contains(&report.place);
    let gap = Random::named(&[4, report.place as u64, yyyymm(report.month)]).chance(3) && !is_current(report.month);
    there && !gap && !(now && missing_now)
}

/// True for the months whose figures decide what the sample shows: they have no gaps by chance.
fn is_current(month: Month) -> bool {
    month.yyyymm() >= CIVIL_FROM
}

fn is_late(place: usize, month: Month) -> bool {
    month.year() == 2026 && Random::named(&[5, place as u64, yyyymm(month)]).chance(4)
}

fn store(
    transaction: &mut Transaction<'_>,
    basics: &Basics,
    people: &[Person],
    report: &Report<'_>,
    summary: &mut Summary,
) -> Result<()> {
    for direction in [Direction::Incoming, Direction::Outgoing] {
        document_exchanges::insert(transaction, &exchange(basics, report, direction))?;
        summary.count(Resource::DocumentExchanges);
    }
    for number in 2..=5 {
        observations::insert(transaction, &observation(basics, people, report, number)?)?;
        summary.count(Resource::Observations);
    }
    Ok(())
}

/// The share of a thousand that has gone digital: from `start` in the first month to `end` in the last.
fn share(random: &mut Random, month: Month, start: i64, end: i64) -> i64 {
    let at = |month: Month| i64::from(month.year()) * 12 + i64::from(month.month());
    let (first, last) = (at(Month::from_yyyymm(FIRST).unwrap_or(month)), at(Month::from_yyyymm(LAST).unwrap_or(month)));
    let on_the_way = (end - start) * (at(month) - first) / (last - first).max(1);
    (start + on_the_way + random.between(-12, 12)).clamp(0, 1000)
}

/// True for the last month of the department's units, whose figures are set number by number instead of by chance.
fn is_told(report: &Report<'_>) -> bool {
    is_department(report.place) && report.month.yyyymm() == LAST
}

fn exchange(basics: &Basics, report: &Report<'_>, direction: Direction) -> DocumentExchange {
    let outgoing = direction == Direction::Outgoing;
    let mut random = Random::named(&[6, report.place as u64, yyyymm(report.month), u64::from(outgoing)]);
    let size = Random::named(&[7, report.place as u64]).between(140, 380);
    let total = size * random.between(80, 120) / if outgoing { 300 } else { 100 };
    let secret = total * random.between(0, 2) / 100;
    let open = total - secret;
    let electronic = if is_told(report) {
        open - i64::from(outgoing && report.place == ONE_SHORT)
    } else {
        let (start, end) = if is_department(report.place) { (780, 990) } else { (760, 975) };
        open * share(&mut random, report.month, start, end) / 1000
    };
    let signed = electronic * random.between(94, 100) / 100;
    let (paperless, failed) = (signed * random.between(88, 100) / 100, random.between(0, 3));
    let [total, secret, electronic] = [total, secret, electronic].map(Count::stored);
    let [signed, paperless, failed] = [signed, paperless, failed].map(Count::stored);
    DocumentExchange {
        agency: basics.agency(report.place),
        calendar: basics.nd09,
        month: report.month,
        direction,
        total,
        secret,
        electronic,
        signed,
        paperless,
        failed,
    }
}

fn observation(basics: &Basics, people: &[Person], report: &Report<'_>, number: usize) -> Result<Observation> {
    let mut random = Random::named(&[8, report.place as u64, yyyymm(report.month), number as u64]);
    let month = report.month;
    let denominator = match number {
        2 => on_roll(people, report.place, MonthClose::OnDay(14).window(month).to),
        3 => random.between(25, 70),
        4 => random.between(4, 11),
        _ => random.between(0, 6) + i64::from(is_told(report)),
    };
    let numerator = match number {
        2..=4 if is_told(report) => denominator - i64::from(number == 4 && report.place == ONE_SHORT),
        2 => part(&mut random, denominator, month, (600, 985)),
        3 => part(&mut random, denominator, month, (550, 975)),
        4 => part(&mut random, denominator, month, (700, 985)),
        5 if is_told(report) => (denominator * 58 + 50) / 100,
        _ => part(&mut random, denominator, month, (100, 560)),
    };
    let civil = number == 5 && report.place == STANDARDS && month.yyyymm() >= CIVIL_FROM;
    let estimated = month.yyyymm() == LAST && report.place > MERGED;
    let note = match (denominator, report.late) {
        (0, _) => Some("Trong kỳ không phát sinh"),
        (_, true) => Some("Đơn vị gửi số liệu chậm"),
        _ => None,
    };
    Ok(Observation {
        indicator: basics.indicator(number),
        agency: basics.agency(report.place),
        calendar: if civil { basics.civil } else { basics.nd09 },
        month,
        numerator: Count::stored(numerator),
        denominator: Count::stored(denominator),
        evidence: Some(reference(&format!("BC-{}/{}/CT{number} {SAMPLE}", month, report.details.identifier))?),
        note: note.map(|text| prose(&format!("{text} {SAMPLE}."))).transpose()?,
        nature: if estimated { Nature::Estimate } else { Nature::Actual },
    })
}

/// The month's share of a count, rounded up or down by chance: small counts would all round alike.
fn part(random: &mut Random, count: i64, month: Month, (start, end): (i64, i64)) -> i64 {
    let share = share(random, month, start, end);
    (count * share + random.between(0, 999)) / 1000
}

fn yyyymm(month: Month) -> u64 {
    u64::try_from(month.yyyymm()).unwrap_or_default()
}
