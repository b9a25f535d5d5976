//! Sample data, the same on every machine. Everything is invented except the movement, its phases and its seven
//! indicators, which follow the public announcement; texts say `(mẫu)`.
//!
//! The sample shows, as of 2026-10 in the calendar `nd09`:
//! - The department (`H18.SKHCN`) misses CT7 by exactly three people, among them `NV-0001`; course `KNS-2026-99` is
//!   there for training one. It misses CT1 by one document in thousands (99.9… %, not 100), CT4 by one report, and
//!   meets CT2, CT3.
//! - CT5 stands between 50 % and 60 %: the province meets the movement's target, the department misses its own for
//!   2026.
//! - The sub-department `H18.SKHCN.7` recorded CT5 under `civil` from 2026-08 on: missing under `nd09`, not guessed.
//! - CT6 fails system by system, each for a reason of its own; incidents are reported in time, late and not at all.
//! - Three communes report nothing in 2026-10, others late, in some months nothing arose (denominator 0).
//! - A district closed on 30/06/2025 and its three communes merged into `H18.X42`, people and systems included.
//! - Months up to 2025-12 are locked and phase I is frozen.
//! - An export profile shows how one is written; it is the form of no system.
//! - The sub-department's 2026-01 is locked, too; a correction of its CT4 was carried out and has an erratum, one of
//!   CT2 is open, two wait for a decision.

mod agencies;
mod catalogue;
mod clients;
mod closing;
mod corrections;
mod exports;
mod figures;
mod holidays;
mod incidents;
mod people;
mod random;
mod summary;
mod systems;
mod texts;
mod trainings;

pub use summary::Summary;

use catalogue::Basics;
use chrono::{DateTime, Utc};
use std::sync::Arc;
use thidua_domain::log::changes::{Hash, Resource};
use thidua_domain::violation::Violation;
use thidua_persistence::progress::Progress;
use thidua_persistence::{Context, Database, Error, Result, Transaction};
use trainings::Offer;

/// People added per scale: with about 3.5 records each, as many training records as scale 1 has.
const PEOPLE_PER_SCALE: u64 = 645;
/// People stored in one write of a larger scale, some thousand rows with their training.
const PEOPLE_PER_WRITE: u64 = 1000;
/// Communes added in one write: each makes the catalogue be read again.
const COMMUNES_PER_WRITE: usize = 100;

/// Loads the sample into an empty catalogue. Scale 1 is one write, all or nothing, and one for the corrections, which
/// change what was recorded before. Scale N adds communes and people until there are N times as many training records
/// (some 2250 × N), write by write, so that memory stays bounded; a larger load that is interrupted stays as far as it
/// got and cannot be resumed.
///
/// `key_hash` is the hash of an API key whose text nobody knows, for the sample's client: a sample must open no door, and
/// drawing keys is the program's matter.
pub fn load(
    database: &Database,
    scale: u32,
    at: DateTime<Utc>,
    key_hash: Hash,
    progress: &dyn Progress,
) -> Result<Summary> {
    let context = Context::of_program(at, Some("Nạp dữ liệu mẫu".to_owned()));
    progress.start("Dữ liệu mẫu cơ sở", 1);
    let single = scale <= 1;
    let (mut summary, mut basics, offers) = database.write(context.clone(), move |transaction| {
        let mut summary = Summary::default();
        let (basics, offers) = base(transaction, &mut summary)?;
        if single {
            closing::create(transaction, &basics, &mut summary)?;
        }
        Ok((summary, basics, offers))
    })?;
    progress.advance(1);
    if !single {
        basics = add_communes(database, &context, basics, scale, &mut summary, progress)?;
    }
    let basics = Arc::new(basics);
    if !single {
        add_people(database, &context, &basics, &offers.into(), scale, &mut summary, progress)?;
        progress.start("Kỳ báo cáo và khóa số liệu", 1);
        summary.add(&alone(database, &context, &basics, closing::create)?);
        progress.advance(1);
    }
    summary.add(&alone(database, &context, &basics, corrections::create)?);
    summary.add(&database.write(context, move |transaction| {
        let mut summary = Summary::default();
        clients::create(transaction, &key_hash, &mut summary)?;
        holidays::create(transaction, &mut summary)?;
        Ok(summary)
    })?);
    Ok(summary)
}

/// Makes a part of the sample in a write of its own.
fn alone(
    database: &Database,
    context: &Context,
    basics: &Arc<Basics>,
    part: fn(&mut Transaction<'_>, &Basics, &mut Summary) -> Result<()>,
) -> Result<Summary> {
    let basics = Arc::clone(basics);
    database.write(context.clone(), move |transaction| {
        let mut summary = Summary::default();
        part(transaction, &basics, &mut summary)?;
        Ok(summary)
    })
}

/// Creates everything of scale 1 but the dates and locks that close months.
fn base(transaction: &mut Transaction<'_>, summary: &mut Summary) -> Result<(Basics, Vec<Offer>)> {
    if !transaction.catalogue().agencies.is_empty() {
        return Err(Error::Conflict(Violation::new("", "not_empty")));
    }
    let basics = catalogue::create(transaction, summary)?;
    let everyone = people::everyone();
    figures::create(transaction, &basics, &everyone, summary)?;
    let offers = trainings::offer(transaction, &basics, summary)?;
    for person in &everyone {
        let id = people::create(transaction, &basics, person, summary)?;
        trainings::train(transaction, &offers, person, id, summary)?;
    }
    let systems = systems::create(transaction, &basics, summary)?;
    incidents::create(transaction, &basics, &systems, summary)?;
    agencies::reform(transaction, &basics.agencies)?;
    systems::retire(transaction, &systems)?;
    exports::create(transaction, summary)?;
    Ok((basics, offers))
}

/// Adds the communes of a larger scale.
fn add_communes(
    database: &Database,
    context: &Context,
    mut basics: Basics,
    scale: u32,
    summary: &mut Summary,
    progress: &dyn Progress,
) -> Result<Basics> {
    let numbers: Vec<usize> = (1..=agencies::extra_count(scale)).collect();
    progress.start("Đơn vị bổ sung", numbers.len() as u64);
    for chunk in numbers.chunks(COMMUNES_PER_WRITE) {
        let (chunk, mut ids) = (chunk.to_vec(), basics.agencies);
        let steps = chunk.len() as u64;
        let (created, ids) = database.write(context.clone(), move |transaction| {
            let mut summary = Summary::default();
            for number in chunk {
                let id = agencies::create(transaction, &agencies::extra_place(number), &ids, &mut summary)?;
                ids.push(id);
            }
            Ok((summary, ids))
        })?;
        basics.agencies = ids;
        summary.add(&created);
        progress.advance(steps);
    }
    Ok(basics)
}

/// Adds the people of a larger scale, commune by commune, each with their training.
fn add_people(
    database: &Database,
    context: &Context,
    basics: &Arc<Basics>,
    offers: &Arc<[Offer]>,
    scale: u32,
    summary: &mut Summary,
    progress: &dyn Progress,
) -> Result<()> {
    let base = summary.rows.get(&Resource::Staff).copied().unwrap_or_default();
    let extra = PEOPLE_PER_SCALE * u64::from(scale.saturating_sub(1));
    let (first_place, communes) = (agencies::places().len(), agencies::extra_count(scale) as u64);
    progress.start("Người lao động và tập huấn", extra);
    let mut done = 0;
    while done < extra {
        let until = extra.min(done + PEOPLE_PER_WRITE);
        let (basics, offers) = (Arc::clone(basics), Arc::clone(offers));
        let created = database.write(context.clone(), move |transaction| {
            let mut summary = Summary::default();
            for nth in done..until {
                // Neighbours in the order of numbers share a commune, so that a write touches few cells.
                let commune = usize::try_from(nth.saturating_mul(communes) / extra).unwrap_or_default();
                let person = people::extra(base + nth + 1, first_place + commune);
                let id = people::create(transaction, &basics, &person, &mut summary)?;
                trainings::train(transaction, &offers, &person, id, &mut summary)?;
            }
            Ok(summary)
        })?;
        summary.add(&created);
        progress.advance(until - done);
        done = until;
    }
    Ok(())
}
