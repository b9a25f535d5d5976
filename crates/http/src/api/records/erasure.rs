//! Erasing what identifies a person.

use crate::api::records::staff::StaffView;
use crate::auth::caller::{Approve, Caller, permission};
use crate::request::write::{ApiResult, Write};
use crate::store::Store;
use actix_web::post;
use actix_web::web::{Data, Path};
use serde::Serialize;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::id::StaffId;
use thidua_domain::log::changes::Resource;
use thidua_domain::records::staff::Staff;
use thidua_domain::text::Code;
use thidua_persistence::records::erasure::Erased;
use thidua_persistence::records::{erasure, staff};
use thidua_persistence::{Connection, Error, Result as Stored, Transaction};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// Erasing.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config.service(erase);
}

/// Erase what identifies a person
///
/// On the person's request (Law 91/2025/QH15): the name, the staff code and the numbers of certificates are erased for
/// good, in the change log as well, where they are sealed and the key is destroyed. The person's code is `erased-` and the
/// identity from then on, also in answers about the past; roll, training and every figure stay as they are, and locked
/// periods do not stand in the way. Someone who has been deleted can be erased by their last code. The header
/// `Change-Reason` must say why.
#[utoipa::path(
    operation_id = "eraseStaff",
    extensions(("x-required-roles" = json!(permission::<Approve>()))),
    tag = "staff",
    params(("code" = String, Path, description = "The staff code", example = "NV-0002", max_length = 50)),
    responses((status = OK, body = Erasure, description = "The result of the erasure"))
)]
#[post("/staff/{code}/erasure")]
async fn erase(store: Data<Store>, write: Write<Approve>, path: Path<String>) -> ApiResult {
    write.require_reason()?;
    let code = path.into_inner();
    if !write.is_keyed() {
        // An unknown person is refused before the request takes the writer's time. Under a key it goes on, since a kept
        // answer is given again although nobody has the code any more.
        let (catalogue, caller, code) = (store.catalogue(), write.caller().clone(), code.clone());
        store.read_row(move |connection| find(connection, &catalogue, &caller, &code)).await?;
    }
    write
        .act(&store, (), current(code), |transaction, _, person, ()| {
            erasure::erase(transaction, person.id).map(Erasure::new)
        })
        .await
}

/// Result of an erasure.
#[derive(Debug, Serialize, ToSchema)]
struct Erasure {
    /// Identity of the member of staff.
    id: StaffId,
    /// Training records that have lost the number of a certificate.
    #[schema(minimum = 0)]
    certificates: i64,
    /// Changes in the log that still say an identifier in the open: those of version 0.1.0, which did not seal them.
    #[schema(minimum = 0)]
    changes_in_the_open: i64,
}

impl Erasure {
    fn new(erased: Erased) -> Self {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Self { id: erased.id, certificates: count(erased.certificates), changes_in_the_open: count(erased.in_the_open) }
    }
}

/// The member of staff with a code, deleted or not, within the caller's scope.
fn find(connection: &mut Connection, catalogue: &Catalogue, caller: &Caller, code: &str) -> Stored<StaffId> {
    let missing = || Error::NotFound(Resource::Staff);
    let code = Code::parse("/code", code).map_err(|_| missing())?;
    let is_seen = |member: &Staff| caller.sees(catalogue, member.tenures.last().agency);
    let found = staff::find_ever(connection, code.as_str(), is_seen)?;
    Ok(found.ok_or_else(missing)?.0)
}

/// A member of staff as it stands when a write begins; without a view when deleted.
#[derive(Serialize)]
#[serde(transparent)]
struct Person {
    #[serde(skip_serializing)]
    id: StaffId,
    view: Option<StaffView>,
}

/// The member of staff in an address.
fn current(code: String) -> impl FnOnce(&mut Transaction<'_>, &Caller) -> Stored<Person> + Clone {
    move |transaction, caller| {
        let catalogue = transaction.catalogue();
        let id = find(transaction.connection(), &catalogue, caller, &code)?;
        let view = match StaffView::load(transaction.connection(), &catalogue, caller, id) {
            Err(Error::NotFound(_)) => None,
            view => Some(view?),
        };
        Ok(Person { id, view })
    }
}
