//! The contract that the server serves, as requests are checked against it. It is made of everything that stands above
//! requests, so the server sets it from there when it starts.

use crate::problem::negotiation::Language;
use serde_json::Value;
use std::sync::OnceLock;

/// Renderer of the contract in a language.
type Renderer = fn(Language) -> Value;

/// The maker of the contract that is served.
static SERVED: OnceLock<Renderer> = OnceLock::new();

/// Sets the maker of the contract that is served.
pub fn serve(maker: Renderer) {
    // All servers of a process serve the same contract: the first one has set it for all.
    let _ = SERVED.set(maker);
}

/// The schemas of the contract by name, in English; none before a server has started.
pub fn schemas() -> &'static Value {
    static SCHEMAS: OnceLock<Value> = OnceLock::new();
    // Nothing is kept before a contract is served, or there would be none for ever.
    SERVED.get().map_or(&Value::Null, |maker| SCHEMAS.get_or_init(|| schemas_of(maker(Language::English))))
}

/// As [`schemas`], in a language; made anew each time.
pub fn schemas_in(language: Language) -> Value {
    SERVED.get().map_or(Value::Null, |maker| schemas_of(maker(language)))
}

fn schemas_of(mut contract: Value) -> Value {
    contract["components"]["schemas"].take()
}

/// The name of the schema of patches to an input.
pub(crate) fn patch_name(input: &str) -> String {
    format!("{}Patch", input.strip_suffix("Input").unwrap_or(input))
}
