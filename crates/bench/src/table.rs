//! The figures as Markdown. Ratios are medians over the rounds, in whole thousandths.

use crate::load::Tally;
use std::fmt;
use std::time::Duration;

/// The result of one side in a round.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    /// Answers a second.
    rate: u64,
    /// Time of the serving process on a core per answer, in nanoseconds.
    cost: u64,
}

impl Side {
    pub(super) fn of(tally: Tally, on_cores: Duration) -> Self {
        let (answers, nanoseconds) = (u128::from(tally.answers.max(1)), tally.took.as_nanos().max(1));
        let narrow = |number: u128| u64::try_from(number).unwrap_or(u64::MAX);
        Self { rate: narrow(answers * 1_000_000_000 / nanoseconds), cost: narrow(on_cores.as_nanos() / answers) }
    }

    pub(super) fn of_rows(rows: usize, took: Duration) -> Self {
        Self::of(Tally { answers: rows as u64, took }, Duration::ZERO)
    }
}

/// A row: rounds of the product and of the constant handler beside it.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) connections: usize,
    /// The ratio to reach, in hundredths.
    pub(super) goal: Option<u64>,
    pub(super) rounds: Vec<(Side, Side)>,
}

/// The first lines of a table.
pub(super) const HEAD: &str = "\
| What | Connections | Product/s | Constant/s | Ratio | Range | To reach | CPU µs, product | CPU µs, constant |
|---|--:|--:|--:|--:|--:|--:|--:|--:|";

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |pick: fn(&(Side, Side)) -> u64| median(self.rounds.iter().map(pick).collect());
        let mut ratios: Vec<u64> = self.rounds.iter().map(|(product, constant)| ratio(product, constant)).collect();
        ratios.sort_unstable();
        let (least, most) = (ratios.first().copied().unwrap_or(0), ratios.last().copied().unwrap_or(0));
        let goal = self.goal.map_or_else(|| "–".to_owned(), |goal| format!("{}.{:02}", goal / 100, goal % 100));
        write!(
            f,
            "| {} | {} | {} | {} | **{}** | {}–{} | {goal} | {} | {} |",
            self.name,
            self.connections,
            of(|(product, _)| product.rate),
            of(|(_, constant)| constant.rate),
            thousandths(median(ratios)),
            thousandths(least),
            thousandths(most),
            microseconds(of(|(product, _)| product.cost)),
            microseconds(of(|(_, constant)| constant.cost)),
        )
    }
}

fn ratio(product: &Side, constant: &Side) -> u64 {
    product.rate * 1000 / constant.rate.max(1)
}

fn thousandths(number: u64) -> String {
    format!("{}.{:03}", number / 1000, number % 1000)
}

fn microseconds(nanoseconds: u64) -> String {
    if nanoseconds == 0 { "–".to_owned() } else { format!("{}.{}", nanoseconds / 1000, nanoseconds % 1000 / 100) }
}

fn median(mut numbers: Vec<u64>) -> u64 {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied().unwrap_or(0)
}
