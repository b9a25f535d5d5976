//! Links from an answer to the operations that go on from it, with their parameters.

use super::request_headers::takes;
use super::shown::{ShownView, shown, success};
use super::visit;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::openapi::link::{Link, LinkBuilder};
use utoipa::openapi::path::{HttpMethod, Operation, ParameterIn};
use utoipa::openapi::schema::Object;
use utoipa::openapi::{OpenApi, RefOr};

/// Members that name another row, where in a view its key stands, and the operation that reads it.
const REFERENCES: &[(&str, &str, &str)] = &[
    ("agency", "/agency", "getAgency"),
    ("calendar", "/calendar", "getCalendar"),
    ("course", "/course", "getCourse"),
    ("indicator", "/indicator", "getIndicator"),
    ("movement", "/movement", "getMovement"),
    ("organiser", "/organiser", "getAgency"),
    ("owner", "/owner", "getAgency"),
    ("parent", "/parent", "getAgency"),
    ("staff", "/staff", "getStaff"),
    ("system", "/system", "getInformationSystem"),
    ("target", "/target/id", "getTarget"),
];

/// Members by which a row is found: the first that its view has.
const KEYS: &[&str] = &["identifier", "code", "username", "id"];

/// An operation that a link can lead to.
struct LinkTarget {
    path: String,
    id: String,
    reads: Option<String>,
    guarded: bool,
}

/// Links every row to the operations on it and to the rows it names, and every page to the next one.
pub(super) fn add(document: &mut OpenApi) {
    let schemas = document.components.clone().unwrap_or_default().schemas;
    let mut aims = Vec::new();
    visit::operations(document, |path, method, operation| aims.push(LinkTarget::new(path, method, operation)));
    visit::operations(document, |_, _, operation| {
        let mut links = match shown(operation, &schemas) {
            Some(ShownView::Row(name, view)) => {
                let mut links = on_row(&aims, &name, &view, "$response.body#");
                links.extend(to_references(&aims, &view));
                links
            }
            Some(ShownView::List(name, view)) => {
                let mut links = on_row(&aims, &name, &view, "$response.body#/items/0");
                links.retain(|name, _| name.starts_with("get"));
                links.extend(next_page(operation));
                links
            }
            None => BTreeMap::new(),
        };
        links.remove(operation.operation_id.as_deref().unwrap_or_default());
        if let Some(response) = success(operation) {
            response.links.extend(links.into_iter().map(|(name, link)| (name, RefOr::T(link))));
        }
    });
}

impl LinkTarget {
    fn new(path: &str, method: &HttpMethod, operation: &Operation) -> Self {
        let reads = match super::shown::schema_name(operation) {
            Some(view) if *method == HttpMethod::Get && path.ends_with('}') => Some(view),
            _ => None,
        };
        Self {
            path: path.to_owned(),
            id: operation.operation_id.clone().unwrap_or_default(),
            reads,
            guarded: takes(operation, "If-Match"),
        }
    }

    /// The names of the parameters in its address.
    fn parameters(&self) -> impl Iterator<Item = &str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// The operations on the row that an answer shows.
fn on_row(aims: &[LinkTarget], name: &str, view: &Object, at: &str) -> BTreeMap<String, Link> {
    let Some(item) = aims.iter().find(|aim| aim.reads.as_deref() == Some(name)) else { return BTreeMap::new() };
    let own = |aim: &&LinkTarget| aim.path.strip_prefix(&item.path).is_some_and(|rest| !rest.contains('{'));
    let key = KEYS.iter().find(|key| view.properties.contains_key(**key));
    let link = |aim: &LinkTarget| {
        let last = aim.parameters().last();
        let value = |parameter: &str| {
            if view.properties.contains_key(parameter) {
                Some(format!("{at}/{parameter}"))
            } else if Some(parameter) == last {
                key.map(|key| format!("{at}/{key}"))
            } else {
                Some(format!("$request.path.{parameter}"))
            }
        };
        let mut parameters = Vec::new();
        for parameter in aim.parameters() {
            parameters.push((parameter.to_owned(), value(parameter)?));
        }
        if aim.guarded && !at.contains("items") {
            parameters.push(("header.If-Match".to_owned(), "$response.header.ETag".to_owned()));
        }
        Some((aim.id.clone(), link_to(&aim.id, parameters, "This row.")))
    };
    aims.iter().filter(own).filter_map(link).collect()
}

/// The rows that the shown one names.
fn to_references(aims: &[LinkTarget], view: &Object) -> BTreeMap<String, Link> {
    let named = REFERENCES.iter().filter(|(member, _, _)| view.properties.contains_key(*member));
    let links = named.filter_map(|(member, pointer, id)| {
        let parameter = aims.iter().find(|aim| aim.id == *id)?.parameters().next()?.to_owned();
        let parameters = vec![(parameter, format!("$response.body#{pointer}"))];
        Some(((*member).to_owned(), link_to(id, parameters, "The row that this one names.")))
    });
    links.collect()
}

/// The same list, going on after the last row shown.
fn next_page(operation: &Operation) -> Option<(String, Link)> {
    let id = operation.operation_id.clone()?;
    let mut parameters = Vec::new();
    for parameter in operation.parameters.iter().flatten() {
        let RefOr::T(parameter) = parameter else { continue };
        let name = &parameter.name;
        let (name, value) = match parameter.parameter_in {
            ParameterIn::Query if name == "cursor" => (name.clone(), "$response.body#/next".to_owned()),
            ParameterIn::Query => (name.clone(), format!("$request.query.{name}")),
            ParameterIn::Path => (name.clone(), format!("$request.path.{name}")),
            _ => (format!("header.{name}"), format!("$request.header.{name}")),
        };
        parameters.push((name, value));
    }
    Some(("next".to_owned(), link_to(&id, parameters, "The next page, while there is one.")))
}

fn link_to(id: &str, parameters: Vec<(String, String)>, meaning: &str) -> Link {
    let parameters: BTreeMap<_, _> = parameters.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
    let mut link = LinkBuilder::new().operation_id(id).description(meaning).build();
    link.parameters = parameters;
    link
}
