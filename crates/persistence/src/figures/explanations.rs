//! Explanation of a figure, read from one state of the database: its parts, the records behind it a page at a time, and
//! the changes that last moved it.

use crate::catalogue::targets;
use crate::engine::connection::Connection;
use crate::error::{Error, Result};
use crate::log::changes;
use crate::log::changes::{Head, LoggedChange};
use crate::log::feed::Reader as Asker;
use crate::model::last_moves::last_moves;
use crate::model::shared::SharedModel;
use crate::model::stays;
use crate::model::stays::Subject;
use crate::records::wanted::Wanted;
use crate::records::{document_exchanges, information_systems, monitoring_rows, observations, staff, training_rows};
use std::collections::BTreeSet;
use std::sync::Arc;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::definitions::Definition;
use thidua_domain::catalogue::indicators::Indicator;
use thidua_domain::catalogue::sources::Source;
use thidua_domain::cells::Cell;
use thidua_domain::figures::attainment::{Attainment, attain};
use thidua_domain::figures::explanation::{CountedMonths, Lack, LeftOut, Part, parts};
use thidua_domain::figures::question::Question;
use thidua_domain::id::{AgencyId, DocumentExchangeId, InformationSystemId, ObservationId, StaffId};
use thidua_domain::log::changes::{Hash, Resource};
use thidua_domain::records::document_exchanges::DocumentExchange;
use thidua_domain::records::information_systems::InformationSystem;
use thidua_domain::records::observations::Observation;
use thidua_domain::records::staff::Staff;
use thidua_domain::time::{Moment, civil_date};

/// The figure to explain, and the page of the records behind it.
#[derive(Debug, Clone)]
pub struct ExplanationQuery {
    /// The figure.
    pub question: Question,
    /// Only records that lack something.
    pub lacking: bool,
    /// The last record of the page before; 0 for the first page.
    pub after: i64,
    /// The most records of a page.
    pub limit: usize,
    /// The caller: changes of rows outside its scope are not named.
    pub reader: Asker,
}

/// A figure explained, as of `seq`.
#[derive(Debug)]
pub struct Explanation {
    /// The last change it reflects.
    pub seq: i64,
    /// That change's hash.
    pub hash: Hash,
    /// The catalogue it was read with.
    pub catalogue: Arc<Catalogue>,
    /// The question, as it was answered.
    pub question: Question,
    /// The figure.
    pub attainment: Attainment,
    /// Its parts by agency.
    pub parts: Vec<Part>,
    /// The records behind it, in identity order. All pages together add up to the figure.
    pub contributions: Vec<Contribution>,
    /// The last record of the page, when more follow.
    pub next: Option<i64>,
    /// The change that gave the indicator its definition.
    pub definition: Option<LoggedChange>,
    /// The change that gave the target the value it has in the last month.
    pub target: Option<LoggedChange>,
    /// The changes that last moved the figure, the last one first.
    pub moved_by: Vec<LoggedChange>,
}

/// A record behind a figure.
#[derive(Debug)]
pub struct Contribution {
    /// The record.
    pub record: Contributor,
    /// Its share in the figure.
    pub share: Cell,
    /// The version of the definition by which it was judged.
    pub version: i64,
    /// The reasons why it does not count in the numerator.
    pub lacks: Vec<Lack>,
    /// The reason why a part of it is left out, with the number of units.
    pub left_out: Option<(LeftOut, i64)>,
}

/// Kinds of records that contribute to figures.
#[derive(Debug)]
pub enum Contributor {
    /// An e-document exchange count.
    DocumentExchange(DocumentExchangeId, DocumentExchange),
    /// A declared figure.
    Observation(ObservationId, Observation),
    /// An information system with its monitoring.
    InformationSystem(InformationSystemId, InformationSystem),
    /// A member of staff with their training.
    Staff(StaffId, Staff),
}

/// Rows read at once.
const PAGE: i64 = 500;
/// The most changes that are named.
const MOVES: i32 = 20;

pub(crate) fn explain(
    connection: &mut Connection,
    Head { seq, hash, at }: Head,
    model: &SharedModel,
    asked: &ExplanationQuery,
) -> Result<Explanation> {
    let catalogue = model.catalogue_at(seq, connection)?;
    // No answer is given as of a day before that of the last change.
    let logged = Moment::from_timestamp_micros(at).unwrap_or_default();
    let question = Question { day: asked.question.day.max(civil_date(logged)), ..asked.question };
    let about = (question.indicator, question.day);
    let book = model.book_at((seq, civil_date(logged)), &catalogue, about, connection)?;
    let unanswerable = |_| Error::NotFound(Resource::Indicators);
    let attainment = attain(&catalogue, &book, question).map_err(unanswerable)?;
    let counted = CountedMonths::by(&catalogue, &book, question).map_err(unanswerable)?;
    let asked_of = counted.agencies();
    let mut moves = BTreeSet::new();
    for (months, agencies) in &asked_of {
        moves.extend(last_moves(&mut connection.0, &question, (agencies, *months), MOVES)?);
    }
    let moves: Vec<i64> = moves.into_iter().rev().zip(0..MOVES).map(|(seq, _)| seq).collect();
    let mut agencies: Vec<AgencyId> = asked_of.into_iter().flat_map(|(_, agencies)| agencies).collect();
    agencies.sort_unstable();
    agencies.dedup();
    let wanted =
        |after, limit| Wanted { question: &question, agencies: &agencies, months: counted.months(), after, limit };

    let mut moved_by = Vec::new();
    for logged in changes::by_seqs(connection, &moves)?.into_iter().rev() {
        moved_by.extend(asked.reader.last_seen(connection, logged)?);
    }
    let target = attainment.target.as_ref().map(|(id, _)| *id);
    let target = target.map(|id| targets::set_by(connection, &catalogue, id, question.period.last_month()));
    let target = target.transpose()?.flatten();
    let definition = changes::last_of(connection, Resource::Indicators, question.indicator.0)?;

    let indicator = catalogue.indicators.get(&question.indicator).ok_or(Error::NotFound(Resource::Indicators))?;
    let definition_at_end = indicator.definition_in(counted.months().1);
    let reader = RecordReader {
        catalogue: &catalogue,
        counted: &counted,
        question: &question,
        indicator,
        definition: definition_at_end,
    };
    let mut contributions = Vec::new();
    let mut after = asked.after;
    'pages: loop {
        let (page, last) = reader.page(connection, &wanted(after, PAGE))?;
        let Some(last) = last else { break };
        after = last;
        for contribution in page {
            if asked.lacking && contribution.lacks.is_empty() {
                continue;
            }
            contributions.push(contribution);
            if contributions.len() > asked.limit {
                break 'pages;
            }
        }
    }
    let more = contributions.len() > asked.limit;
    contributions.truncate(asked.limit);
    let next = if more { contributions.last().map(|last| last.record.id()) } else { None };
    let parts = parts(&catalogue, &book, question).map_err(unanswerable)?;
    Ok(Explanation {
        seq,
        hash,
        catalogue,
        question,
        attainment,
        parts,
        contributions,
        next,
        definition,
        target,
        moved_by,
    })
}

/// Reads the records behind a question.
struct RecordReader<'a> {
    catalogue: &'a Catalogue,
    counted: &'a CountedMonths,
    question: &'a Question,
    indicator: &'a Indicator,
    /// The version of its definition in the last month; the others of the window read the same kind of records.
    definition: &'a Definition,
}

impl RecordReader<'_> {
    /// The contributions of the next rows, and the last row looked at; none when there are no more.
    fn page(&self, connection: &mut Connection, wanted: &Wanted<'_>) -> Result<(Vec<Contribution>, Option<i64>)> {
        match self.definition.source {
            Source::DocumentExchanges { .. } => {
                let rows = document_exchanges::behind(connection, wanted)?;
                let last = rows.last().map(|(id, _)| id.0);
                // In other months the agency was not below the one asked about.
                let asked = rows.into_iter().filter(|(_, row)| self.counted.is_asked(row.agency, row.month));
                Ok((asked.map(|(id, exchange)| self.exchange(id, exchange)).collect(), last))
            }
            Source::Declared { .. } => {
                let rows = observations::behind(connection, wanted)?;
                let last = rows.last().map(|(id, _)| id.0);
                let asked = rows.into_iter().filter(|(_, row)| self.counted.is_asked(row.agency, row.month));
                Ok((asked.map(|(id, observation)| self.observation(id, observation)).collect(), last))
            }
            Source::MonitoringStatuses { .. } => self.systems(connection, wanted),
            Source::TrainingRecords { .. } => self.people(connection, wanted),
        }
    }

    fn exchange(&self, id: DocumentExchangeId, exchange: DocumentExchange) -> Contribution {
        let contribution = thidua_domain::records::document_exchanges::contribution(self.catalogue, &exchange);
        let share = self.counted.share(self.question, &contribution);
        let definition = self.indicator.definition_in(exchange.month);
        let left_out = if definition.source.counts_direction(exchange.direction) {
            (*exchange.secret > 0).then_some((LeftOut::SecretDocuments, *exchange.secret))
        } else {
            Some((LeftOut::DirectionNotCounted, *exchange.total))
        };
        let record = Contributor::DocumentExchange(id, exchange);
        Contribution { record, share, version: definition.version, lacks: Vec::new(), left_out }
    }

    fn observation(&self, id: ObservationId, observation: Observation) -> Contribution {
        let contribution = thidua_domain::records::observations::contribution(&observation);
        let share = self.counted.share(self.question, &contribution);
        let day = self.counted.judged_on();
        let closed = self.catalogue.agencies.get(&observation.agency).is_some_and(|agency| !agency.exists_on(day));
        let reason = if closed { LeftOut::AgencyClosed } else { LeftOut::Superseded };
        let counts = self.counted.holds(observation.agency, observation.month);
        let left_out = (!counts).then_some((reason, *observation.denominator));
        let version = self.indicator.definition_in(observation.month).version;
        Contribution { record: Contributor::Observation(id, observation), share, version, lacks: Vec::new(), left_out }
    }

    fn systems(&self, connection: &mut Connection, wanted: &Wanted<'_>) -> Result<(Vec<Contribution>, Option<i64>)> {
        let ids =
            stays::held_ever(connection, Subject::InformationSystem, wanted.agencies, wanted.after, wanted.limit)?;
        let (mut found, version) = (Vec::new(), self.definition.version);
        for id in &ids {
            let id = InformationSystemId(*id);
            let system = information_systems::get(connection, id)?;
            let statuses = monitoring_rows::of_system(connection, id)?;
            let (catalogue, day) = (self.catalogue, self.question.day);
            let contribution =
                thidua_domain::records::information_systems::contribution(catalogue, &system, &statuses, day);
            let share = self.counted.share(self.question, &contribution);
            if share.denominator != 0 {
                let lacks = self.counted.monitoring_lacks(self.definition, &statuses);
                let record = Contributor::InformationSystem(id, system);
                found.push(Contribution { record, share, version, lacks, left_out: None });
            }
        }
        Ok((found, ids.last().copied()))
    }

    fn people(&self, connection: &mut Connection, wanted: &Wanted<'_>) -> Result<(Vec<Contribution>, Option<i64>)> {
        let ids = stays::held_ever(connection, Subject::Staff, wanted.agencies, wanted.after, wanted.limit)?;
        let people: Vec<StaffId> = ids.iter().copied().map(StaffId).collect();
        let mut members = staff::of_ids(connection, &people)?;
        let mut trainings = training_rows::of_people(connection, &ids)?;
        let (mut found, version) = (Vec::new(), self.definition.version);
        for id in people {
            let member = members.remove(&id).ok_or(Error::NotFound(Resource::Staff))?;
            let trainings = training_rows::unnumbered(trainings.remove(&id).unwrap_or_default());
            let contribution =
                thidua_domain::records::staff::contribution(self.catalogue, &member, &trainings, self.question.day);
            let share = self.counted.share(self.question, &contribution);
            if share.denominator != 0 {
                let lacks = self.counted.training_lacks(self.definition, &trainings);
                let record = Contributor::Staff(id, member);
                found.push(Contribution { record, share, version, lacks, left_out: None });
            } else if self.passes_over(&member) {
                let left_out = Some((LeftOut::StaffKindNotCounted, 1));
                found.push(Contribution {
                    record: Contributor::Staff(id, member),
                    share: Cell::default(),
                    version,
                    lacks: Vec::new(),
                    left_out,
                });
            }
        }
        Ok((found, ids.last().copied()))
    }

    /// True for somebody who is on the roll on the figure's day, and does not count because of their kind.
    fn passes_over(&self, member: &Staff) -> bool {
        let agency = member.tenures.agency_on(self.counted.judged_on());
        let (_, last) = self.counted.months();
        !self.definition.source.counts_staff(member.kind)
            && agency.is_some_and(|agency| self.counted.holds(agency, last))
    }
}

impl Contributor {
    /// The record's identity.
    pub fn id(&self) -> i64 {
        match self {
            Self::DocumentExchange(id, _) => id.0,
            Self::Observation(id, _) => id.0,
            Self::InformationSystem(id, _) => id.0,
            Self::Staff(id, _) => id.0,
        }
    }
}
