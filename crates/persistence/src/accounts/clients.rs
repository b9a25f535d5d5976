//! Clients: machines that may come in. The change log holds the name they come in under, sealed, and not the one shown.

use crate::accounts::{AccountFilter, require_free};
use crate::engine::columns::row;
use crate::engine::connection::{AnyBackend, Connection};
use crate::engine::functions::folded;
use crate::engine::narrow::{Access, Narrow};
use crate::engine::paging::listed;
use crate::engine::schema::clients;
use crate::error::{Error, Result};
use crate::log::expected_rows::{Expected, rows_in};
use crate::write::free_codes::Coding;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use thidua_domain::accounts::clients::Client;
use thidua_domain::accounts::users::Role;
use thidua_domain::id::{AccountId, AgencyId};
use thidua_domain::log::changes::Resource;
use thidua_domain::log::unlogged::Marked;
use thidua_domain::spelling;
use thidua_domain::spelling::meant;
use thidua_domain::text::{Code, Name};

/// A client with its names.
#[derive(Debug, Clone)]
pub struct ClientProfile {
    /// The name it comes in under.
    pub client_id: Code,
    /// The name shown.
    pub name: Name,
    /// The most that it may do.
    pub role: Role,
    /// The agency that bounds it; the whole province while absent.
    pub agency: Option<AgencyId>,
    /// True while it may not come in.
    pub disabled: bool,
}

impl ClientProfile {
    /// The unlogged members that differ in another profile.
    fn unlogged_changed(&self, after: &Self) -> Vec<&'static str> {
        if self.name == after.name { Vec::new() } else { vec!["name"] }
    }

    /// The client without its names.
    pub(crate) fn client(&self) -> Client {
        Client { role: self.role, agency: self.agency, disabled: self.disabled }
    }

    /// The client as the change log holds it.
    fn logged(&self) -> LoggedClient {
        LoggedClient { client: self.client(), client_id: Some(self.client_id.clone()) }
    }
}

listed! {
    /// Lists clients by name.
    pub fn list(clients, AccountFilter, by |_| None) -> (AccountId, ClientProfile) = Row::parse;
    /// Sort orders of clients; the first is the default.
    Sort {
        /// By the name they come in under.
        ClientId = "client_id" => client_id: String,
    }
}

/// The rows that a filter lets through.
fn selected(filter: &AccountFilter, _: Access) -> clients::BoxedQuery<'_, AnyBackend> {
    clients::table
        .into_boxed::<AnyBackend>()
        .narrowed(filter.role.map(|role| clients::role.eq(role.as_str())))
        .narrowed(filter.disabled.map(|disabled| clients::disabled.eq(disabled)))
}

/// Finds a client by the name it comes in under.
pub fn find(connection: &mut Connection, client_id: &str) -> Result<Option<(AccountId, ClientProfile)>> {
    let is_same = folded(clients::client_id).eq(spelling::folded(client_id));
    let rows: Vec<Row> = clients::table.filter(is_same).order(clients::id).load(&mut connection.0)?;
    meant(client_id, rows, |row| &row.client_id).map(Row::parse).transpose()
}

/// The client with an identity.
pub(crate) fn get(connection: &mut Connection, id: AccountId) -> Result<ClientProfile> {
    let row: Option<Row> = clients::table.find(id.0).first(&mut connection.0).optional()?;
    Ok(row.ok_or(Error::NotFound(Resource::Clients))?.parse()?.1)
}

/// Creates a client.
pub fn insert(transaction: &mut Transaction<'_>, profile: &ClientProfile) -> Result<AccountId> {
    profile.client().check()?;
    let coding = Coding { pointer: "/client_id", before: None, after: &profile.client_id };
    let new = AccountId(transaction.head() + 1);
    require_free(transaction.connection(), new, &coding)?;
    let id = AccountId(transaction.created(Resource::Clients, &profile.logged())?);
    diesel::insert_into(clients::table).values(Row::new(id, profile)).execute(transaction.raw())?;
    Ok(id)
}

/// Changes a client.
pub fn update(transaction: &mut Transaction<'_>, id: AccountId, after: &ClientProfile) -> Result<()> {
    let before = get(transaction.connection(), id)?;
    after.client().check()?;
    let coding = Coding { pointer: "/client_id", before: Some(&before.client_id), after: &after.client_id };
    require_free(transaction.connection(), id, &coding)?;
    let unlogged = before.unlogged_changed(after);
    let (logged, logged_after) = (before.logged(), after.logged());
    transaction.updated(Resource::Clients, id.0, &Marked::new(&logged, &[]), &Marked::new(&logged_after, &unlogged))?;
    diesel::update(clients::table.find(id.0)).set(Row::new(id, after)).execute(transaction.raw())?;
    Ok(())
}

/// The first client whose logged part differs from the log, in words.
pub(crate) fn first_mismatch(connection: &mut Connection, expected: &Expected) -> Result<Option<String>> {
    let rows: Vec<Row> = rows_in!(clients, expected).load(&mut connection.0)?;
    let names: HashMap<i64, String> = rows.iter().map(|row| (row.id, row.client_id.clone())).collect();
    let rows = rows.into_iter().map(|row| (row.id, (row.client_id, row.role, row.agency_id, row.disabled)));
    expected.against(rows.collect(), |id, LoggedClient { client, client_id }: &LoggedClient| {
        // Rows that were logged before names were logged have none.
        let name = client_id.as_ref().map(ToString::to_string).or_else(|| names.get(&id).cloned()).unwrap_or_default();
        Ok((name, client.role.as_str().to_owned(), client.agency.map(|agency| agency.0), client.disabled))
    })
}

/// A client as the change log holds it: the name it comes in under is sealed in it.
#[derive(Serialize, Deserialize)]
struct LoggedClient {
    #[serde(flatten)]
    client: Client,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<Code>,
}

row! {
    clients: AccountId => ClientProfile {
        client_id: String = client_id,
        name: String = name,
        role: String = role,
        agency_id: Option<i64> = agency,
        disabled: bool = disabled,
    }
}
