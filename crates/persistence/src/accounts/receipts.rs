//! Receipts: the position up to which each account has read the change log, and the one it has acknowledged.

use crate::engine::connection::Connection;
use crate::engine::decode::moment;
use crate::engine::schema::receipts;
use crate::error::Result;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::id::AccountId;
use thidua_domain::time::Moment;

/// The receipt of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The account.
    pub user: AccountId,
    /// The last position it was given.
    pub pulled_seq: i64,
    /// Time at which it was given that.
    pub pulled_at: Moment,
    /// The last position it has acknowledged, with the time.
    pub acknowledged: Option<(i64, Moment)>,
}

/// All receipts, in identity order.
pub fn all(connection: &mut Connection) -> Result<Vec<Receipt>> {
    let rows: Vec<Row> = receipts::table.order(receipts::user_id).load(&mut connection.0)?;
    rows.into_iter().map(Row::parse).collect()
}

/// Notes that an account was given the log up to a position.
pub fn pulled(transaction: &mut Transaction<'_>, user: AccountId, seq: i64) -> Result<()> {
    let now = transaction.now().timestamp_micros();
    let updated = diesel::update(receipts::table.find(user.0))
        .set((receipts::pulled_seq.eq(seq), receipts::pulled_at.eq(now)))
        .execute(transaction.raw())?;
    if updated == 0 {
        let row =
            Row { user_id: user.0, pulled_seq: seq, pulled_at: now, acknowledged_seq: None, acknowledged_at: None };
        diesel::insert_into(receipts::table).values(row).execute(transaction.raw())?;
    }
    Ok(())
}

/// Notes that an account acknowledges the log up to a position.
pub fn acknowledged(transaction: &mut Transaction<'_>, user: AccountId, seq: i64) -> Result<()> {
    let now = transaction.now().timestamp_micros();
    let said = (receipts::acknowledged_seq.eq(Some(seq)), receipts::acknowledged_at.eq(Some(now)));
    if diesel::update(receipts::table.find(user.0)).set(said).execute(transaction.raw())? == 0 {
        pulled(transaction, user, seq)?;
        diesel::update(receipts::table.find(user.0)).set(said).execute(transaction.raw())?;
    }
    Ok(())
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = receipts, treat_none_as_default_value = false)]
struct Row {
    user_id: i64,
    pulled_seq: i64,
    pulled_at: i64,
    acknowledged_seq: Option<i64>,
    acknowledged_at: Option<i64>,
}

impl Row {
    fn parse(self) -> Result<Receipt> {
        let acknowledged = match (self.acknowledged_seq, self.acknowledged_at) {
            (Some(seq), Some(at)) => Some((seq, moment(at)?)),
            _ => None,
        };
        Ok(Receipt {
            user: AccountId(self.user_id),
            pulled_seq: self.pulled_seq,
            pulled_at: moment(self.pulled_at)?,
            acknowledged,
        })
    }
}
