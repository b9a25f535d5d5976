//! Resources whose rows stand in the catalogue and are written one by one: an input becomes an entity, and an entity a
//! view.

use super::declaration::{Resource, SetWriting, Writing};
use crate::auth::caller::Caller;
use crate::request::batch::{Keyed, write_each};
use std::collections::BTreeMap;
use thidua_domain::catalogue::Catalogue;
use thidua_persistence::write::batch::{Mode, RowOutcome, in_mode};
use thidua_persistence::write::records::known;
use thidua_persistence::{Entity, Result as Stored, Transaction};

/// A resource whose rows stand in the catalogue.
pub trait CatalogueResource: Resource {
    /// A row of the catalogue.
    type Entity: Entity;

    /// The identity of a row.
    const ID: fn(&Self::View) -> Identity<Self>;
    /// The rows of the catalogue.
    const ROWS: fn(&Catalogue) -> &Rows<Self>;
    /// The verbs by which rows are written.
    const VERBS: Verbs<Self::Entity>;

    /// Makes the row of an input, which may be written over a stored row.
    fn parse(self, catalogue: &Catalogue, caller: &Caller, before: Option<&Self::Entity>) -> Stored<Self::Entity>;

    /// Shows a row.
    fn view(catalogue: &Catalogue, id: Identity<Self>, row: &Self::Entity) -> Self::View;
}

/// A resource of the catalogue of which one request can write many rows.
pub trait CatalogueBatch: CatalogueResource + Keyed {
    /// Finds the row that an input is written over, by its key.
    fn stored(&self, catalogue: &Catalogue) -> Option<Identity<Self>>;

    /// Gives a row the key of the stored one as that spells it: by it the row is known, so another spelling is no change.
    fn keep_key(_row: &mut Self::Entity, _before: &Self::Entity) {}
}

/// The identity of the rows of a resource.
type Identity<R> = <<R as CatalogueResource>::Entity as Entity>::Id;

/// The rows of a resource by their identities.
type Rows<R> = BTreeMap<Identity<R>, <R as CatalogueResource>::Entity>;

/// The verbs by which rows of the catalogue are written.
pub struct Verbs<E: Entity> {
    /// Creates a row.
    pub insert: fn(&mut Transaction<'_>, &E) -> Stored<E::Id>,
    /// Changes a row.
    pub update: fn(&mut Transaction<'_>, E::Id, &E) -> Stored<()>,
    /// Deletes a row.
    pub delete: fn(&mut Transaction<'_>, E::Id) -> Stored<()>,
}

/// Writing rows of the catalogue.
pub struct Catalogued;

impl<R: CatalogueResource> Writing<R> for Catalogued {
    fn insert(input: R, transaction: &mut Transaction<'_>, caller: &Caller) -> Stored<R::View> {
        let row = input.parse(&transaction.catalogue(), caller, None)?;
        let id = (R::VERBS.insert)(transaction, &row)?;
        in_catalogue::<R>(&transaction.catalogue(), id)
    }

    fn update(input: R, transaction: &mut Transaction<'_>, caller: &Caller, current: R::View) -> Stored<R::View> {
        let (id, catalogue) = ((R::ID)(&current), transaction.catalogue());
        let row = input.parse(&catalogue, caller, Some(known((R::ROWS)(&catalogue), id)?))?;
        (R::VERBS.update)(transaction, id, &row)?;
        in_catalogue::<R>(&transaction.catalogue(), id)
    }

    fn delete(transaction: &mut Transaction<'_>, _: &Caller, current: R::View) -> Stored<()> {
        (R::VERBS.delete)(transaction, (R::ID)(&current))
    }
}

/// A set is written row by row, so that a row may rest on those before it: a child on its parent.
impl<R: CatalogueBatch> SetWriting<R> for Catalogued {
    const ASSUMES: bool = false;

    fn write_set(
        transaction: &mut Transaction<'_>,
        caller: &Caller,
        inputs: &[&R],
        mode: Mode,
    ) -> Stored<Vec<RowOutcome>> {
        write_each(transaction, inputs, |transaction, input| write(input, transaction, caller, mode))
    }
}

fn write<R: CatalogueBatch>(
    input: &R,
    transaction: &mut Transaction<'_>,
    caller: &Caller,
    mode: Mode,
) -> Stored<RowOutcome> {
    let catalogue = transaction.catalogue();
    let id = input.stored(&catalogue);
    let before = id.map(|id| known((R::ROWS)(&catalogue), id)).transpose()?;
    let mut row = in_mode(mode, id.is_some(), input.clone().parse(&catalogue, caller, before))?;
    if let Some(before) = before {
        R::keep_key(&mut row, before);
    }
    match id {
        Some(_) if before == Some(&row) => Ok(RowOutcome::Unchanged),
        Some(id) => (R::VERBS.update)(transaction, id, &row).map(|()| RowOutcome::Updated { stays_removed: 0 }),
        None => (R::VERBS.insert)(transaction, &row).map(|_| RowOutcome::Created),
    }
}

/// The view of the row with an identity.
pub fn in_catalogue<R: CatalogueResource>(catalogue: &Catalogue, id: Identity<R>) -> Stored<R::View> {
    Ok(R::view(catalogue, id, known((R::ROWS)(catalogue), id)?))
}
