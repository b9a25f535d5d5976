//! Export profiles.

use crate::engine::connection::Connection;
use crate::engine::decode::to_json;
use crate::engine::schema::export_profiles;
use crate::error::{Error, Result};
use crate::log::expected_rows::impl_row_check;
use crate::write::transaction::Transaction;
use diesel::prelude::*;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::exchange::export_profiles::{ExportProfile, MOST, NATIVE};
use thidua_domain::id::ExportProfileId;
use thidua_domain::log::changes::Resource;
use thidua_domain::violation::Violation;

/// Creates an export profile.
pub fn insert(transaction: &mut Transaction<'_>, profile: &ExportProfile) -> Result<ExportProfileId> {
    let catalogue = transaction.catalogue();
    check_facts(&catalogue, None, profile)?;
    if catalogue.export_profiles.len() >= MOST {
        return Err(Error::Conflict(Violation::new("", "too_many_profiles").with("most", &MOST)));
    }
    let id = ExportProfileId(transaction.created(Resource::ExportProfiles, profile)?);
    diesel::insert_into(export_profiles::table).values(Row::new(id, profile)?).execute(transaction.raw())?;
    transaction.update_catalogue()?;
    Ok(id)
}

/// Changes an export profile.
pub fn update(transaction: &mut Transaction<'_>, id: ExportProfileId, after: &ExportProfile) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = catalogue.export_profiles.get(&id).ok_or(Error::NotFound(Resource::ExportProfiles))?;
    check_facts(&catalogue, Some(id), after)?;
    transaction.updated(Resource::ExportProfiles, id.0, before, after)?;
    diesel::update(export_profiles::table.find(id.0)).set(Row::new(id, after)?).execute(transaction.raw())?;
    transaction.update_catalogue()
}

/// Deletes an export profile.
pub fn delete(transaction: &mut Transaction<'_>, id: ExportProfileId) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = catalogue.export_profiles.get(&id).ok_or(Error::NotFound(Resource::ExportProfiles))?;
    transaction.deleted(Resource::ExportProfiles, id.0, before)?;
    diesel::delete(export_profiles::table.find(id.0)).execute(transaction.raw())?;
    transaction.update_catalogue()
}

fn check_facts(catalogue: &Catalogue, id: Option<ExportProfileId>, profile: &ExportProfile) -> Result<()> {
    let code = profile.code.as_str();
    let other = catalogue.export_profile(code).map(|(other, _)| other);
    if code == NATIVE || other.is_some_and(|other| Some(other) != id) {
        return Err(Error::taken("/code", code));
    }
    let under_mapping = |violation: thidua_domain::violation::Violation| violation.under("/mapping");
    profile.mapping.check().map_err(|found| Error::Invalid(found.into_iter().map(under_mapping).collect()))
}

impl_row_check!(export_profiles, |id, row: &ExportProfile| Row::new(id.into(), row));

#[derive(PartialEq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = export_profiles, treat_none_as_null = true, treat_none_as_default_value = false)]
struct Row {
    id: i64,
    code: String,
    name_vi: String,
    name_en: Option<String>,
    description: Option<String>,
    is_example: bool,
    mapping: String,
}

impl Row {
    fn new(id: ExportProfileId, profile: &ExportProfile) -> Result<Self> {
        Ok(Self {
            id: id.0,
            code: profile.code.to_string(),
            name_vi: profile.name_vi.to_string(),
            name_en: profile.name_en.as_ref().map(ToString::to_string),
            description: profile.description.as_ref().map(ToString::to_string),
            is_example: profile.is_example,
            mapping: to_json(&profile.mapping)?,
        })
    }
}
