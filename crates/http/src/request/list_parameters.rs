//! Parameters of every list in the contract, and rows that may be partial.

use crate::request::fields;
use crate::request::header_values::PRINTABLE;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use thidua_domain::limits::Within;
use thidua_domain::text::StringEnum;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle};
use utoipa::openapi::schema::{ArrayItems, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{IntoParams, ToSchema};

/// Rows in a page.
pub type Limit = Within<u32, 1, 1000>;

/// Rows in a page unless a caller says otherwise.
pub const LIMIT: u32 = 50;

/// The parameters of every list of the view `V` ordered by `S`.
pub struct ListParams<V, S>(PhantomData<(V, S)>);

/// The parameters of every list of the view `V` that comes in one piece.
pub struct WholeParams<V>(PhantomData<V>);

/// As [`ListParams`], of pages in one order that are not counted.
pub struct PageParams<V>(PhantomData<V>);

/// The header that asks how many rows a list has.
pub struct CountParams;

impl<V: ToSchema, S: StringEnum> IntoParams for ListParams<V, S> {
    fn into_params(within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let orders = S::SPELLINGS.iter().flat_map(|name| [(*name).to_owned(), format!("-{name}")]);
        let orders = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(orders));
        let sort = parameter("sort", "The sort key; with a leading `-` the order is reversed.")
            .schema(Some(orders.default(S::SPELLINGS.first().map(|name| (*name).into()))))
            .build();
        let mut parameters = PageParams::<V>::into_params(within);
        // Between the others: generated functions take parameters in this order.
        parameters.insert(2, sort);
        parameters.push(prefer());
        parameters
    }
}

impl<V: ToSchema> IntoParams for PageParams<V> {
    fn into_params(_within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let limit =
            ObjectBuilder::new().schema_type(Type::Integer).format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)));
        let limit = limit.minimum(Some(1)).maximum(Some(1000));
        let cursor =
            ObjectBuilder::new().schema_type(Type::String).max_length(Some(1000)).pattern(Some("^[A-Za-z0-9_-]*$"));
        vec![
            parameter("limit", "Rows in a page; more than the maximum is refused.")
                .schema(Some(limit.default(Some(LIMIT.into()))))
                .build(),
            parameter("cursor", "The place to go on from: `next` of the page before, with the same order and filters.")
                .schema(Some(cursor))
                .build(),
            wanted_fields::<V>(),
        ]
    }
}

impl<V: ToSchema> IntoParams for WholeParams<V> {
    fn into_params(_within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![wanted_fields::<V>()]
    }
}

impl IntoParams for CountParams {
    fn into_params(_within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![prefer()]
    }
}

/// Gives lists rows of their own, `AgencyItem` beside `AgencyView`: with `fields` a row holds some members only, and a
/// contract cannot say that a member is required unless a parameter leaves it out.
pub fn name_rows(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    let mut rows = Vec::new();
    for (name, list) in schemas.iter_mut() {
        let RefOr::T(Schema::Object(list)) = list else { continue };
        let rows_of = if name == "ExplanationView" { "records" } else { "items" };
        let Some(RefOr::T(Schema::Array(items))) = list.properties.get_mut(rows_of) else { continue };
        let ArrayItems::RefOrSchema(row) = &mut items.items else { continue };
        let RefOr::Ref(reference) = &mut **row else { continue };
        let view = reference.ref_location.rsplit('/').next().and_then(|name| name.strip_suffix("View"));
        let Some(view) =
            view.filter(|_| name.starts_with("Items_") || ["Attainments", "ExplanationView"].contains(&name.as_str()))
        else {
            continue;
        };
        let view = view.to_owned();
        *reference = Ref::from_schema_name(format!("{view}Item"));
        rows.push(view);
    }
    for name in rows {
        if let Some(RefOr::T(Schema::Object(view))) = schemas.get(&format!("{name}View")) {
            let mut row = view.clone();
            row.required.clear();
            row.description =
                Some(format!("A row of a list: `{name}View` with every member, or with those that `fields` names."));
            schemas.insert(format!("{name}Item"), RefOr::T(Schema::Object(row)));
        }
    }
}

fn wanted_fields<V: ToSchema>() -> Parameter {
    parameter("fields", "Only these members of each row, separated by commas; all of them when absent.")
        .schema(Some(fields::schema::<V>()))
        .style(Some(ParameterStyle::Form))
        .explode(Some(false))
        .build()
}

fn prefer() -> Parameter {
    ParameterBuilder::new()
        .name("Prefer")
        .parameter_in(ParameterIn::Header)
        .description(Some("`count=exact` adds `total`, the number of rows of the whole list; `wait=5` waits up to 5 seconds to reflect every \
             earlier commit, on whatever node; `handling=strict` refuses preferences that cannot be kept (RFC 7240).",
        ))
        .schema(Some(
            ObjectBuilder::new()
                .schema_type(Type::String)
                .max_length(Some(200))
                .min_length(Some(1))
                .pattern(Some(PRINTABLE)),
        ))
        .example(Some("count=exact".into()))
        .build()
}

fn parameter(name: &str, description: &str) -> ParameterBuilder {
    ParameterBuilder::new().name(name).parameter_in(ParameterIn::Query).description(Some(description))
}
