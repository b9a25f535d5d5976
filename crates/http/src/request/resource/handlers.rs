//! The verbs of a resource, as handlers.

use super::declaration::{BatchResource, Find, PageRequest, Resource, SetWriting, Writing, undeclared, writable_row};
use super::texts::Operation;
use crate::auth::caller::Allowed;
use crate::request::as_of::AsOfQuery;
use crate::request::batch;
use crate::request::batch::{Assume, BatchQuery, Rows, WriteSet};
use crate::request::body::{Body, Patch, Query};
use crate::request::list::List;
use crate::request::write::{ApiResult, Created, Write};
use crate::response::etag;
use crate::response::shown_names::{shown, shown_in};
use crate::store::Store;
use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use std::convert::identity;

pub(super) async fn list<R: Resource>(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<R::Reads>,
    list: List<R::View, R::Sort, R::Filter>,
) -> ApiResult {
    let (author, catalogue, List { filter, order }) = (caller.caller(), store.catalogue(), list);
    let (sort, slice) = (order.sort, order.slice.clone());
    let page = store
        .read_replicated(move |connection| {
            let (catalogue, caller, slice) = (&*catalogue, &author, &slice);
            R::list(PageRequest { connection, catalogue, caller, filter, sort, slice })
        })
        .await?;
    if let Some(named) = R::NAMED {
        let people = page.items.iter().filter_map(named).collect();
        shown(&store, &request, &caller, name(R::LIST), people).await?;
    }
    Ok(order.answer(page, identity))
}

pub(super) async fn create<R: Resource>(
    store: Data<Store>,
    write: Write<R::Writes>,
    Body(input): Body<R>,
) -> ApiResult {
    write
        .prefetching(input.foreseen())
        .create(&store, input, |transaction, caller, input| {
            let view = R::Writing::insert(input, transaction, caller)?;
            Ok(Created::at(format!("{}/{}", R::PATH, (R::KEY_OF)(&view)), view))
        })
        .await
}

pub(super) async fn write_many<R: BatchResource>(
    store: Data<Store>,
    write: Write<R::Writes>,
    Query(query): Query<BatchQuery>,
    rows: Rows<R>,
) -> ApiResult {
    let assume: Option<Assume<R>> = R::Writing::ASSUMES.then_some(R::Writing::assume);
    let write_set: WriteSet<R> = R::Writing::write_set;
    batch::run(&store, write, &query, rows, (write_set, assume)).await
}

pub(super) async fn read<R: Resource>(
    request: HttpRequest,
    store: Data<Store>,
    caller: Allowed<R::Reads>,
    path: Path<R::Key>,
    Query(query): Query<AsOfQuery>,
) -> ApiResult {
    let view = match R::FIND {
        Find::Stored(find) | Find::Now(find) => {
            store.row_as_of(&query, caller.caller(), path.into_inner(), find).await?
        }
        Find::Catalogue(find) => find(&*store.catalogue_as_of(&query).await?, &caller, path.into_inner())?,
    };
    if let Some(named) = R::NAMED {
        shown(&store, &request, &caller, name(R::READ), named(&view).into_iter().collect()).await?;
    }
    Ok(etag::ok(&view))
}

pub(super) async fn update<R: Resource>(
    request: HttpRequest,
    store: Data<Store>,
    write: Write<R::Writes>,
    path: Path<R::Key>,
    patch: Patch,
) -> ApiResult {
    let shown_to = R::NAMED.map(|_| write.caller().clone());
    let answered = write
        .update(&store, writable_row::<R>(path.into_inner()), move |transaction, caller, current| {
            let after = patch.applied_to((R::WRITTEN)(&current).ok_or_else(undeclared)?)?;
            R::Writing::update(after, transaction, caller, current)
        })
        .await?;
    match shown_to {
        Some(caller) => shown_in(&store, &request, &caller, name(R::UPDATE), answered).await,
        None => Ok(answered),
    }
}

pub(super) async fn remove<R: Resource>(store: Data<Store>, write: Write<R::Writes>, path: Path<R::Key>) -> ApiResult {
    write.delete(&store, writable_row::<R>(path.into_inner()), R::Writing::delete).await
}

/// The identity of an operation, by which its event names it.
fn name(operation: Option<Operation>) -> &'static str {
    operation.map_or("", |operation| operation.id)
}
