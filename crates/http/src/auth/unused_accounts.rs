//! Accounts that nobody uses: they are shut out, as anybody may have got hold of them since.

use crate::auth::rights::Authority;
use crate::store::Store;
use chrono::{TimeDelta, Utc};
use std::time::Duration;
use thidua_persistence::Transaction;
use thidua_persistence::accounts::unused_users;
use tokio::time::sleep;

/// The time between two looks for accounts that nobody uses.
const LOOK_FOR_UNUSED: Duration = Duration::from_secs(3600);

impl Store {
    /// Shuts out, now and every hour, users who have not been here for as many days as the settings say.
    pub(crate) async fn keep_shutting_out_unused(&self) {
        let days = i64::from(self.account_idle_days());
        if days == 0 {
            return;
        }
        loop {
            let since = Utc::now() - TimeDelta::days(days);
            let reason = Some(format!("Tự động khóa: {days} ngày không đăng nhập"));
            let work = move |transaction: &mut Transaction<'_>| unused_users::shut_out(transaction, since);
            match self.write(Authority::of_program(reason), work).await {
                Ok(0) => {}
                Ok(count) => log::info!("shut out {count} users who had not been here for {days} days"),
                Err(problem) => log::warn!("could not look for unused accounts: {problem}"),
            }
            sleep(LOOK_FOR_UNUSED).await;
        }
    }
}
