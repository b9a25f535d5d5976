//! Export profiles.

use crate::engine::columns::row;
use crate::engine::schema::export_profiles;
use crate::error::{Error, Result};
use crate::log::entity_tables::impl_entity;
use crate::write::free_codes::Coding;
use crate::write::records::{add_row, change_row, known, remove_row};
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
    add_row(transaction, profile)
}

/// Changes an export profile.
pub fn update(transaction: &mut Transaction<'_>, id: ExportProfileId, after: &ExportProfile) -> Result<()> {
    let catalogue = transaction.catalogue();
    let before = known(&catalogue.export_profiles, id)?;
    check_facts(&catalogue, Some((id, before)), after)?;
    change_row(transaction, id, before, after)
}

/// Deletes an export profile.
pub fn delete(transaction: &mut Transaction<'_>, id: ExportProfileId) -> Result<()> {
    let catalogue = transaction.catalogue();
    remove_row(transaction, id, known(&catalogue.export_profiles, id)?)
}

fn check_facts(
    catalogue: &Catalogue,
    before: Option<(ExportProfileId, &ExportProfile)>,
    profile: &ExportProfile,
) -> Result<()> {
    let (id, before) = before.unzip();
    let others = catalogue.export_profiles.iter().filter(|(other, _)| Some(**other) != id);
    let others = others.map(|(_, other)| &*other.code).chain([NATIVE]);
    Coding::new(before.map(|before| &before.code), &profile.code).require_free(others)?;
    let under_mapping = |violation: Violation| violation.under("/mapping");
    profile.mapping.check().map_err(|found| Error::Invalid(found.into_iter().map(under_mapping).collect()))
}

impl_entity!(export_profiles: ExportProfileId => ExportProfile, Resource::ExportProfiles);

row! {
    export_profiles: ExportProfileId => ExportProfile {
        code: String = code,
        name_vi: String = name_vi,
        name_en: Option<String> = name_en,
        description: Option<String> = description,
        is_example: bool = is_example,
        mapping: String = mapping,
    }
}
