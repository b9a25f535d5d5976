//! The verbs of a resource, as services: routes, and operations of the contract.

use super::declaration::{BatchResource, Resource};
use super::{contract, handlers};
use crate::problem::batch_report::BatchReport;
use crate::request::list::Items;
use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::guard;
use actix_web::web::resource;
use std::marker::PhantomData;
use utoipa::openapi::path::Paths;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use utoipa_actix_web::OpenApiFactory;
use utoipa_actix_web::service_config::ServiceConfig;

/// Mounts those of list, create, read, update and delete that a resource declares.
pub fn verbs<R: Resource>(config: &mut ServiceConfig<'_>) {
    config.service(DeclaredVerbs::<R>(PhantomData));
}

/// Mounts the same, and batch.
pub fn verbs_and_batch<R: BatchResource>(config: &mut ServiceConfig<'_>) {
    // An address is looked up without its method: `batch` has to come before the key of a row.
    config.service(Batch::<R>(PhantomData)).service(DeclaredVerbs::<R>(PhantomData));
}

/// The verbs that a resource declares.
struct DeclaredVerbs<R>(PhantomData<R>);

/// Creating and changing many rows in one request.
struct Batch<R>(PhantomData<R>);

impl<R: Resource> HttpServiceFactory for DeclaredVerbs<R> {
    fn register(self, config: &mut AppService) {
        let (rows, row) = (contract::rows::<R>(), contract::row::<R>());
        // One service for each verb, so that an address answers other methods as every other address does.
        if R::LIST.is_some() {
            resource(rows.as_str()).guard(guard::Get()).to(handlers::list::<R>).register(config);
        }
        if R::CREATE.is_some() {
            resource(rows).guard(guard::Post()).to(handlers::create::<R>).register(config);
        }
        if R::READ.is_some() {
            resource(row.as_str()).guard(guard::Get()).to(handlers::read::<R>).register(config);
        }
        if R::UPDATE.is_some() {
            resource(row.as_str()).guard(guard::Patch()).to(handlers::update::<R>).register(config);
        }
        if R::DELETE.is_some() {
            resource(row).guard(guard::Delete()).to(handlers::remove::<R>).register(config);
        }
    }
}

impl<R: BatchResource> HttpServiceFactory for Batch<R> {
    fn register(self, config: &mut AppService) {
        resource(contract::batch::<R>()).guard(guard::Post()).to(handlers::write_many::<R>).register(config);
    }
}

impl<R: Resource> OpenApiFactory for DeclaredVerbs<R> {
    fn paths(&self) -> Paths {
        contract::verbs::<R>()
    }

    fn schemas(&self, schemas: &mut Schemas) {
        if R::CREATE.is_some() || R::UPDATE.is_some() {
            add::<R>(schemas);
        }
        add::<R::View>(schemas);
        if R::LIST.is_some() {
            // A list of views is named after both.
            schemas.push((contract::items::<R::View>(), Items::<R::View>::schema()));
        }
    }
}

impl<R: BatchResource> OpenApiFactory for Batch<R> {
    fn paths(&self) -> Paths {
        contract::batch_verb::<R>()
    }

    fn schemas(&self, schemas: &mut Schemas) {
        add::<R>(schemas);
        add::<BatchReport>(schemas);
    }
}

type Schemas = Vec<(String, RefOr<Schema>)>;

/// Adds a type's schema, and those that it refers to.
fn add<T: ToSchema>(schemas: &mut Schemas) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}
