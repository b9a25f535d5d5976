//! Lists: one query for all of them, read by an extractor, and one form of answer.

use crate::crypto::cursors::Seal;
use crate::problem::Problem;
use crate::request::body::{Pairs, from_pairs, pairs};
use crate::request::did_you_mean::nearest;
use crate::request::fields::{Fields, Row};
pub use crate::request::list_parameters::{CountParams, ListParams, WholeParams};
use crate::request::list_parameters::{LIMIT, Limit};
use crate::request::preferences::{Preference, Preferences};
use crate::request::schema_errors::suggestion;
use crate::response::etag;
use crate::store::Store;
use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderValue, LINK, VARY};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::future::{Ready, ready};
use thidua_domain::limits::Within;
use thidua_domain::message::Message;
use thidua_domain::text::StringEnum;
use thidua_domain::violation::Violation;
use thidua_persistence::{Page, Slice};
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::{IntoParams, ToSchema};

/// Query of a list of the view `V`, ordered by `S` and filtered by `F`.
#[derive(Debug)]
pub struct List<V, S, F> {
    /// The resource's own filters.
    pub filter: F,
    /// Part of the rows, their order and their form.
    pub order: Order<V, S>,
}

/// A part of a list of the view `V`, ordered by `S`.
#[derive(Debug)]
pub struct Order<V, S> {
    /// The sort key.
    pub sort: S,
    /// The part of the list.
    pub slice: Slice,
    fields: Fields<V>,
    preferences: Preferences,
    seal: Seal,
    /// The address with every parameter but the cursor, for the next page.
    address: (String, Pairs),
}

/// Query of a list of the view `V` that comes in one piece.
#[derive(Debug)]
pub struct Whole<V, F> {
    /// The list's own parameters.
    pub filter: F,
    /// Members of each row.
    pub fields: Fields<V>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Items<T> {
    /// The rows, in the order asked for.
    #[schema(max_items = 1000)]
    pub items: Vec<T>,
    /// The cursor of the next page; absent on the last one.
    #[schema(max_length = 1000, pattern = "^[A-Za-z0-9_-]+$", example = "eyJzb3J0IjoiL2FwaS92MSJ9")]
    pub next: Option<String>,
    /// Number of rows of the whole list, as of this answer; there with `Prefer: count=exact` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, nullable = false)]
    pub total: Option<i64>,
}

/// The parameters that all lists share.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<Limit>,
    cursor: Option<Within<String, 0, 1000>>,
    sort: Option<Within<String, 0, 50>>,
    fields: Option<Within<String, 0, 1000>>,
}

impl<V, S, F> FromRequest for List<V, S, F>
where
    V: Serialize + ToSchema,
    S: StringEnum,
    F: DeserializeOwned + IntoParams,
{
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(Self::read(request))
    }
}

impl<V, S, F> List<V, S, F>
where
    V: Serialize + ToSchema,
    S: StringEnum,
    F: DeserializeOwned + IntoParams,
{
    fn read(request: &HttpRequest) -> Result<Self, Problem> {
        let store = request.app_data::<Data<Store>>().ok_or_else(|| Problem::internal("no store"))?;
        let (shared, own, filter) = read::<ListParams<V, S>, F>(request, &["limit", "cursor", "sort", "fields"])?;
        let order = shared.sort.as_deref().map(String::as_str).or(S::SPELLINGS.first().copied()).unwrap_or_default();
        let (sort, descending) = sort_key(order)?;
        let seal = Seal::new(store.secret(), request.path(), order, &own);
        let after = shared.cursor.as_deref().map(|cursor| seal.open(cursor)).transpose()?;
        let preferences = Preferences::read(request.headers(), &[Preference::ExactCount])?;
        let limit = usize::try_from(shared.limit.map_or(LIMIT, Limit::get)).map_err(Problem::internal)?;
        let slice = Slice { limit, descending, after, count: preferences.has(Preference::ExactCount) };
        let fields = Fields::read(shared.fields.as_deref().map(String::as_str))?;
        let query = pairs(request)?.into_iter().filter(|(name, _)| name != "cursor").collect();
        let address = (request.path().to_owned(), query);
        Ok(Self { filter, order: Order { sort, slice, fields, preferences, seal, address } })
    }
}

impl<V: Serialize + ToSchema, S> Order<V, S> {
    /// The answer with a page.
    pub fn answer<T>(&self, page: Page<T>, convert: impl FnMut(T) -> V) -> HttpResponse {
        let total = page.total;
        let (items, next) = self.page(page, convert);
        let items = Items { items, next, total };
        let response = answer(&items, &self.preferences);
        self.linked(response, items.next.as_deref())
    }

    /// Passes over a wish for a count that would take reading all rows. With `handling=strict` it is refused, with the
    /// sentence that says what is counted.
    pub fn leave_uncounted(&self, counted: Message) -> Result<(), Problem> {
        self.preferences.pass_over(Preference::ExactCount, counted)
    }

    /// The rows of a page that is a part of an answer, and the cursor of the next one.
    pub fn page<T>(&self, page: Page<T>, convert: impl FnMut(T) -> V) -> (Vec<Row<V>>, Option<String>) {
        let next = page.next.map(|position| self.seal.seal(&position));
        (self.fields.rows(page.items.into_iter().map(convert)), next)
    }

    /// The answer with a link to the next page, if there is one.
    pub fn linked(&self, mut response: HttpResponse, next: Option<&str>) -> HttpResponse {
        if let Some(link) = next.and_then(|cursor| self.link(cursor)) {
            response.headers_mut().insert(LINK, link);
        }
        response
    }

    /// Link to the next page (RFC 8288).
    fn link(&self, cursor: &str) -> Option<HeaderValue> {
        let (path, query) = &self.address;
        let query = query.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain([("cursor", cursor)]);
        let query = serde_urlencoded::to_string(query.collect::<Vec<_>>()).ok()?;
        HeaderValue::from_str(&format!("<{path}?{query}>; rel=\"next\"")).ok()
    }
}

impl<V, F> FromRequest for Whole<V, F>
where
    V: Serialize + ToSchema,
    F: DeserializeOwned + IntoParams,
{
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        ready(read::<WholeParams<V>, F>(request, &["fields"]).and_then(|(shared, _, filter)| {
            Ok(Self { filter, fields: Fields::read(shared.fields.as_deref().map(String::as_str))? })
        }))
    }
}

impl<V: Serialize + ToSchema, F> Whole<V, F> {
    /// The answer with all rows.
    pub fn answer(&self, headers: &HeaderMap, rows: Vec<V>) -> Result<HttpResponse, Problem> {
        let preferences = Preferences::read(headers, &[Preference::ExactCount])?;
        let total = i64::try_from(rows.len()).ok().filter(|_| preferences.has(Preference::ExactCount));
        Ok(answer(&Items { items: self.fields.rows(rows), next: None, total }, &preferences))
    }
}

/// A list's answer, which says how far preferences were honoured.
fn answer<V: Serialize>(items: &Items<Row<V>>, preferences: &Preferences) -> HttpResponse {
    let mut response = etag::ok(items);
    response.headers_mut().append(VARY, HeaderValue::from_static("prefer"));
    let counts = |preference: &Preference| *preference != Preference::ExactCount || items.total.is_some();
    preferences.acknowledge_those(&mut response, counts);
    response
}

/// Reads the shared parameters with these names, which `P` describes, and the filters.
fn read<P: IntoParams, F: DeserializeOwned + IntoParams>(
    request: &HttpRequest,
    names: &[&str],
) -> Result<(ListQuery, Pairs, F), Problem> {
    let described = |parameters: Vec<Parameter>| {
        parameters.into_iter().filter(|parameter| parameter.parameter_in == ParameterIn::Query)
    };
    let shared = || described(P::into_params(|| Some(ParameterIn::Query)));
    let all = || shared().chain(described(F::into_params(|| Some(ParameterIn::Query))));
    let (common, own): (Vec<_>, Vec<_>) = pairs(request)?.into_iter().partition(|(name, _)| names.contains(&&**name));
    let filter = from_pairs(&own, || all().collect())?;
    Ok((from_pairs(&common, || shared().collect())?, own, filter))
}

/// The sort key that a text names, and whether the order is reversed.
fn sort_key<S: StringEnum>(text: &str) -> Result<(S, bool), Violation> {
    let (descending, wanted) = text.strip_prefix('-').map_or((false, text), |name| (true, name));
    let found = S::VALUES.iter().zip(S::SPELLINGS).find(|(_, name)| **name == wanted);
    found.map(|(sort, _)| (*sort, descending)).ok_or_else(|| {
        let near = nearest(wanted, S::SPELLINGS.iter().copied());
        Violation::new("/sort", "invalid_sort").with("names", &S::SPELLINGS.join(", ")).then(near.map(suggestion))
    })
}
