//! Planted imports: each rule finds the one that breaks it, and names it.

use super::rules::findings;
use super::sources::Crate;

/// A crate of planted sources, as the findings tell of it.
fn told(name: &str, sources: &[(&str, &str)]) -> String {
    let files = sources.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    findings(&Crate { name: name.to_owned(), files }).iter().map(ToString::to_string).collect()
}

#[test]
fn a_floor_that_looks_up_is_found_in_declarations_and_in_bodies() {
    let told = told(
        "http",
        &[
            ("lib.rs", "pub mod auth;\npub mod request;\npub mod store;"),
            ("auth/mod.rs", "pub mod caller;"),
            (
                "auth/caller.rs",
                "use crate::store::Store;\npub struct Caller;\nfn f() {\n    match 1 { _ => super::super::request::body::read() }\n}",
            ),
            ("request/mod.rs", "pub mod body;"),
            ("request/body.rs", "use crate::{auth::caller::{self, Caller as Person}, store};\npub fn read() {}"),
            (
                "store/mod.rs",
                "use crate::{\n    auth::caller::{\n        self,\n        Caller as Person,\n    },\n};\npub struct Store;",
            ),
        ],
    );
    assert_eq!(
        told,
        "floor http/auth/caller.rs -> http/request/body.rs: request stands above auth\n    \
         crates/http/src/auth/caller.rs:4 imports crate::request::body::read\n\
         floor http/store/mod.rs -> http/auth/caller.rs: auth stands above store\n    \
         crates/http/src/store/mod.rs:3 imports crate::auth::caller\n    \
         crates/http/src/store/mod.rs:4 imports crate::auth::caller::Caller\n"
    );
}

#[test]
fn a_name_is_followed_to_its_thing_and_looks_up_wherever_it_is_passed_on() {
    let told = told(
        "persistence",
        &[
            (
                "lib.rs",
                "pub mod engine;\npub mod log;\npub mod write;\npub use write::Writer;\npub use engine::Engine;",
            ),
            ("engine/mod.rs", "use crate::Writer;\npub struct Engine;\nfn f(_: Writer) {}"),
            (
                "log/mod.rs",
                "use crate::{Engine, write};\nfn f() -> write::Kind { todo!() }\nimpl Log { fn g(_: Engine) {} }",
            ),
            (
                "write/mod.rs",
                "pub use crate::log::Log;\npub(crate) use crate::engine::Engine as Kind;\npub struct Writer;",
            ),
        ],
    );
    assert_eq!(
        told,
        "floor persistence/engine/mod.rs -> persistence/write/mod.rs: write stands above engine\n    \
         crates/persistence/src/engine/mod.rs:1 imports crate::Writer\n\
         floor persistence/log/mod.rs -> persistence/write/mod.rs: write stands above log\n    \
         crates/persistence/src/log/mod.rs:1 imports crate::write\n"
    );
}

#[test]
fn a_wing_that_looks_at_one_before_it_is_found_in_macros_and_attributes_too() {
    let told = told(
        "domain",
        &[
            ("lib.rs", "pub mod closing;\npub mod figures;\npub mod records;"),
            ("closing/mod.rs", "#[serde(with = crate::records::staff::Kind)]\npub struct Closed;"),
            ("figures/mod.rs", "use crate::{closing::Closed, records::staff};"),
            ("records/mod.rs", "pub mod staff;"),
            ("records/staff.rs", "string_enum! { pub enum Kind { One = $crate::figures::ONE } }"),
        ],
    );
    assert_eq!(
        told,
        "wing domain/closing/mod.rs -> domain/records/staff.rs: closing may not look at records\n    \
         crates/domain/src/closing/mod.rs:1 imports crate::records::staff::Kind\n\
         wing domain/records/staff.rs -> domain/figures/mod.rs: records may not look at figures\n    \
         crates/domain/src/records/staff.rs:1 imports crate::figures::ONE\n"
    );
}

#[test]
fn a_folder_inside_a_wing_is_private_but_for_its_front() {
    let told = told(
        "http",
        &[
            ("lib.rs", "pub mod api;\npub mod server;"),
            ("api/mod.rs", "pub mod accounts;"),
            ("api/accounts/mod.rs", "pub mod login;\npub mod sign_on;"),
            ("api/accounts/login.rs", "use super::sign_on::{Issuer, issuer::Issuer as Same};"),
            ("api/accounts/sign_on/mod.rs", "pub mod issuer;\npub use issuer::Issuer;"),
            ("api/accounts/sign_on/issuer.rs", "pub struct Issuer;"),
            ("server/mod.rs", "mod metrics;"),
            ("server/metrics.rs", "mod collect;\nuse collect::Snapshot;\nuse crate::api::accounts::sign_on::Issuer;"),
            ("server/metrics/collect.rs", "pub struct Snapshot;"),
        ],
    );
    assert_eq!(
        told,
        "private http/api/accounts/login.rs -> http/api/accounts/sign_on/issuer.rs: \
         api/accounts/sign_on is private but for its front\n    \
         crates/http/src/api/accounts/login.rs:1 imports crate::api::accounts::sign_on::issuer::Issuer\n"
    );
}

#[test]
fn a_circle_is_found_but_not_one_of_names_that_are_only_passed_on() {
    let told = told(
        "pull",
        &[
            (
                "lib.rs",
                "mod chain;\nmod copy;\nmod keys;\nmod tables;\npub use keys::Keys;\n#[macro_export]\nmacro_rules! x { () => {} }",
            ),
            ("chain.rs", "use crate::copy::Copy;\npub struct Chain;"),
            ("copy.rs", "use crate::keys;\npub struct Copy(keys::Keys);"),
            ("keys.rs", "use super::chain::Chain;\npub struct Keys(Chain);\ncrate::x!();"),
            ("tables.rs", "use crate::chain::Chain;"),
        ],
    );
    assert_eq!(
        told,
        "circle pull/chain.rs -> pull/copy.rs: copy.rs → keys.rs → chain.rs goes back to it\n    \
         crates/pull/src/chain.rs:1 imports crate::copy::Copy\n\
         circle pull/copy.rs -> pull/keys.rs: keys.rs → chain.rs → copy.rs goes back to it\n    \
         crates/pull/src/copy.rs:1 imports crate::keys\n\
         circle pull/keys.rs -> pull/chain.rs: chain.rs → copy.rs → keys.rs goes back to it\n    \
         crates/pull/src/keys.rs:1 imports crate::chain::Chain\n"
    );
}
