//! Promises of released contracts that were taken back on purpose.

use thidua_domain::text::{Name, Prose, TextKind};
use thidua_http::response::entity_tags::ENTITY_TAGS;

/// The version that made the promise, and the promise as the comparison names it. The changelog tells each under
/// Breaking.
pub const TAKEN_BACK: &[(&str, &str)] = &[
    // The numerator of an e-document indicator may be `delivered`.
    ("0.1.0", "GET /api/v1/indicators 200/items/*/source(document_exchanges)/numerator: OutputWidened"),
    ("0.1.0", "GET /api/v1/indicators/{indicator} 200/source(document_exchanges)/numerator: OutputWidened"),
    ("0.1.0", "GET /api/v1/provincial-report 200/indicators/*/source(document_exchanges)/numerator: OutputWidened"),
    ("0.1.0", "PATCH /api/v1/indicators/{indicator} 200/source(document_exchanges)/numerator: OutputWidened"),
    ("0.1.0", "POST /api/v1/indicators 201/source(document_exchanges)/numerator: OutputWidened"),
];

/// Patterns of inputs, each with a later one that takes whatever it takes: no promise is taken back.
pub const WIDER: &[(&str, &str)] = &[
    // `asOf` names a day as well.
    (
        r"^([0-9]{1,15}|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2}))$",
        r"^([0-9]{1,15}|[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2}))?)$",
    ),
];

/// Patterns of inputs, each with the one that replaced it everywhere and takes less. The changelog tells each under
/// Breaking.
pub const NARROWER: &[(&str, &str)] = &[
    // `If-Match` and `If-None-Match` are lists of entity tags.
    ("^[!-~]([ -~]*[!-~])?$", ENTITY_TAGS),
    // Something can be seen in a text, and nothing turns or breaks its lines.
    (r"^\s*[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?\s*$", Name::SHAPE.pattern),
    (
        r"^\s*[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?\s*$",
        Prose::SHAPE.pattern,
    ),
];
