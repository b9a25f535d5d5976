//! Figures that came after a cut-off, under a clock that the test holds.

use crate::database::fixture::{Fixture, assert_clean, context, day, observation};
use support::on_both_engines;
use thidua_domain::catalogue::periods::PeriodDates;
use thidua_domain::figures::attainment::attain;
use thidua_domain::figures::question::Question;
use thidua_domain::id::AgencyId;
use thidua_domain::time::Period;
use thidua_persistence::catalogue::periods;
use thidua_persistence::records::observations;
use thidua_persistence::{Context, Model};

/// A write at a moment.
fn at(moment: &str) -> Context {
    Context { at: moment.parse().expect("a moment"), ..context() }
}

/// Number of agencies whose figures of CT3 in February came after the cut-off.
fn late(world: &Fixture, model: &Model) -> usize {
    let (indicator, agency, calendar) = (world.ids.indicators[2], world.ids.agencies[0], world.ids.calendars[0]);
    let period = Period::parse("", "2026-02").expect("a period");
    let question = Question { indicator, agency, calendar, period, day: day("2026-12-31") };
    attain(&model.catalogue, &model.cells, question).expect("an answer").completeness.agencies_after_cut_off
}

#[on_both_engines]
fn the_last_microsecond_of_the_cut_off_is_in_time_and_the_next_is_not(world: Fixture) {
    let (indicator, calendar) = (world.ids.indicators[2], world.ids.calendars[0]);
    let agencies: Vec<AgencyId> = world.ids.agencies[1..].to_vec();
    let (period, cut_off) = (Period::parse("", "2026-02").expect("a period"), Some(day("2026-11-24")));
    let dates = PeriodDates { calendar, period, cut_off, submission_due: None, locks_on: None };
    world.write(move |transaction| periods::insert(transaction, &dates)).expect("it fits");
    let declare = |moment: &str, agency: AgencyId| {
        let figure = observation(indicator, agency, calendar, 202_602, (1, 2));
        world
            .database
            .write(at(moment), move |transaction| observations::insert(transaction, &figure))
            .expect("it fits")
    };
    // Midnight in Điện Biên is 17:00 UTC.
    let mut expected = Vec::new();
    let first = declare("2026-11-24T16:59:59.999999Z", agencies[0]);
    expected.push((first.0, 0));
    expected.push((declare("2026-11-24T17:00:00Z", agencies[1]).0, 1));
    expected.push((declare("2026-11-26T01:00:00Z", agencies[2]).0, 2));
    // A figure that came in time and is changed later is late; the same figure again is no change.
    let figure = |numerator| observation(indicator, agencies[0], calendar, 202_602, (numerator, 2));
    for (moment, numerator, count) in [("2026-11-27T01:00:00Z", 1, 2), ("2026-11-28T01:00:00Z", 2, 3)] {
        let after = figure(numerator);
        world
            .database
            .write(at(moment), move |transaction| observations::update(transaction, first, &after))
            .expect("it fits");
        expected.push((world.database.model().seq, count));
    }
    let reopened = world.place.open();
    for (seq, count) in &expected {
        let past = reopened.past_at_seq(*seq).expect("it was a moment");
        assert_eq!(late(&world, &reopened.model_at(past).expect("the past can be read")), *count, "{seq}");
    }
    assert_eq!((late(&world, &world.database.model()), late(&world, &reopened.model())), (3, 3));
    let changes = |model: &Model| model.cells.late_changes().collect::<std::collections::BTreeMap<_, _>>();
    assert_eq!(changes(&world.database.model()), changes(&reopened.model()));
    assert_clean(&world.database, world.tables().log().len() as i64);
}
