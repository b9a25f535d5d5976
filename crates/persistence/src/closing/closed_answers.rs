//! Guard around changes of the catalogue: closed answers must stay, and errata tell which reopened ones move.

use crate::engine::connection::AnyConnection;
use crate::error::{Error, Result};
use crate::model::cells;
use crate::write::transaction::Transaction;
use std::collections::BTreeSet;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::cells::Cells;
use thidua_domain::closing::errata::{AnswerKey, MovedAnswer};
use thidua_domain::closing::told_changes::MovedAnswers;
use thidua_domain::figures::cell_book::CellBook;
use thidua_domain::figures::closed_answers::{Concerned, State, anything_closed, first_moved, reopened_questions};
use thidua_domain::figures::question::Question;
use thidua_domain::id::{IndicatorId, ReopeningId};
use thidua_domain::message::Message;
use thidua_domain::violation::Violation;

impl Transaction<'_> {
    /// Makes a change of the catalogue, and refuses one that moves a closed answer. Reopened answers that move are
    /// noted.
    ///
    /// `cells` reads the cells that closed answers are compared by, before the change and after it. Cells that count
    /// the same on both sides may be left out.
    pub(crate) fn keep_closed<T>(
        &mut self,
        concerned: &Concerned,
        cells: impl Fn(&mut AnyConnection) -> Result<Cells>,
        change: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.keep_closed_or(concerned, cells, moves_closed, change)
    }

    /// As [`Self::keep_closed`], with words of its own for a refusal.
    pub(crate) fn keep_closed_or<T>(
        &mut self,
        concerned: &Concerned,
        cells: impl Fn(&mut AnyConnection) -> Result<Cells>,
        refusal: impl FnOnce(&Catalogue, Question) -> Error,
        change: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let (before, today) = (self.catalogue(), self.today());
        let closed = anything_closed(concerned, &before, today);
        let reopened = reopened_questions(concerned, &before, today);
        if !closed && reopened.is_empty() {
            return change(self);
        }
        let indicators: BTreeSet<IndicatorId> = concerned.indicators.iter().copied().collect();
        let book = |transaction: &mut Self| -> Result<CellBook> {
            transaction.fold()?;
            if reopened.is_empty() {
                return Ok(CellBook::from_iter(cells(transaction.raw())?.iter()));
            }
            // An erratum shows the figure, too, whatever has moved: so all cells are needed.
            let mut all = Cells::default();
            for indicator in &indicators {
                all.add_all(&cells::of_indicator(transaction.raw(), *indicator)?);
            }
            Ok(CellBook::from_iter(all.iter()))
        };
        let cells_before = book(self)?;
        let value = change(self)?;
        let cells_after = book(self)?;
        let after = self.catalogue();
        let was = State { catalogue: &before, cells: &cells_before };
        let is = State { catalogue: &after, cells: &cells_after };
        if closed && let Some(question) = first_moved(concerned, was, is, today) {
            return Err(refusal(&before, question));
        }
        self.note_moved(moved_since(&reopened, was, is)?);
        Ok(value)
    }
}

/// The answers that a change has moved. Refuses to delete an indicator or an agency that one was about: no erratum
/// could name it any more.
fn moved_since(reopened: &[(Question, ReopeningId)], before: State<'_>, after: State<'_>) -> Result<MovedAnswers> {
    let mut moved = MovedAnswers::default();
    for (question, reopening) in reopened {
        let Question { indicator, agency, calendar, period, .. } = *question;
        let (old, new) = (before.told(*question), after.told(*question));
        if old == new {
            continue;
        }
        let catalogue = after.catalogue;
        if !catalogue.indicators.contains_key(&indicator) || !catalogue.agencies.contains_key(&agency) {
            return Err(takes_told(before.catalogue, *question));
        }
        moved.note(AnswerKey { indicator, agency, calendar, period }, *reopening, MovedAnswer { period, old, new });
    }
    Ok(moved)
}

fn moves_closed(catalogue: &Catalogue, question: Question) -> Error {
    Error::Conflict(Violation::new("", "closed_figures").with("answer", &named(catalogue, question)))
}

fn takes_told(catalogue: &Catalogue, question: Question) -> Error {
    Error::Conflict(Violation::new("", "answers_were_told").with("answer", &named(catalogue, question)))
}

/// An answer by what it was asked for.
pub(crate) fn named(catalogue: &Catalogue, Question { indicator, agency, calendar, period, .. }: Question) -> Message {
    let indicator = catalogue.indicators.get(&indicator).map_or("?", |indicator| indicator.code.as_str());
    let agency = catalogue.agencies.get(&agency).map_or("?", |agency| agency.identifier.as_str());
    let calendar = catalogue.calendars.get(&calendar).map_or("?", |calendar| calendar.code.as_str());
    Message::new("phrase.answer")
        .with("indicator", indicator)
        .with("agency", agency)
        .with("period", &period)
        .with("calendar", calendar)
}
