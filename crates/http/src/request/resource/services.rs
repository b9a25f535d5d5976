//! The verbs of a resource, as services: routes, and operations of the contract.

use super::declaration::{BatchResource, Resource};
use super::{contract, verbs};
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

/// Mounts list, create, read, update and delete.
pub fn five_verbs<R: Resource>(config: &mut ServiceConfig<'_>) {
    config.service(FiveVerbs::<R>(PhantomData));
}

/// Mounts list, create, read, update, delete and batch.
pub fn six_verbs<R: BatchResource>(config: &mut ServiceConfig<'_>) {
    // An address is looked up without its method: `batch` has to come before the key of a row.
    config.service(Batch::<R>(PhantomData)).service(FiveVerbs::<R>(PhantomData));
}

/// List, create, read, update and delete.
struct FiveVerbs<R>(PhantomData<R>);

/// Creating and changing many rows in one request.
struct Batch<R>(PhantomData<R>);

impl<R: Resource> HttpServiceFactory for FiveVerbs<R> {
    fn register(self, config: &mut AppService) {
        let (rows, row) = (contract::rows::<R>(), contract::row::<R>());
        // One service for each verb, so that an address answers other methods as every other address does.
        resource(rows.as_str()).guard(guard::Get()).to(verbs::list::<R>).register(config);
        resource(rows).guard(guard::Post()).to(verbs::create::<R>).register(config);
        resource(row.as_str()).guard(guard::Get()).to(verbs::read::<R>).register(config);
        resource(row.as_str()).guard(guard::Patch()).to(verbs::update::<R>).register(config);
        resource(row).guard(guard::Delete()).to(verbs::remove::<R>).register(config);
    }
}

impl<R: BatchResource> HttpServiceFactory for Batch<R> {
    fn register(self, config: &mut AppService) {
        resource(contract::batch::<R>()).guard(guard::Post()).to(verbs::write_many::<R>).register(config);
    }
}

impl<R: Resource> OpenApiFactory for FiveVerbs<R> {
    fn paths(&self) -> Paths {
        contract::five_verbs::<R>()
    }

    fn schemas(&self, schemas: &mut Schemas) {
        add::<R>(schemas);
        add::<R::View>(schemas);
        // A list of views is named after both.
        schemas.push((contract::items::<R::View>(), Items::<R::View>::schema()));
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
