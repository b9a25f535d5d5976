//! The attribute that runs a test on both engines. It reads tokens by itself: a parser of all Rust would take longer to
//! build than it saves.

use proc_macro::{TokenStream, TokenTree};

/// Runs a function as the tests `name::sqlite` and `name::postgres`; `support::engines::run` makes its parameter.
#[proc_macro_attribute]
pub fn on_both_engines(options: TokenStream, promise: TokenStream) -> TokenStream {
    let Some(name) = name(promise.clone()).filter(|_| options.is_empty()) else {
        return r#"compile_error!("`#[on_both_engines]` stands before a function, and takes no options");"#
            .parse()
            .unwrap_or_default();
    };
    let test = |function: &str, engine: &str| {
        format!("#[test] fn {function}() {{ ::support::engines::run(::support::Engine::{engine}, super::{name}); }}")
    };
    // A module may have the name of a function, so that the promise stays as it was written.
    let tests = format!("mod {name} {{ {} {} }}", test("sqlite", "Sqlite"), test("postgres", "Postgres"));
    promise.into_iter().chain(tests.parse::<TokenStream>().unwrap_or_default()).collect()
}

/// The name of the function that an item is.
fn name(item: TokenStream) -> Option<String> {
    let mut tokens =
        item.into_iter().skip_while(|token| !matches!(token, TokenTree::Ident(word) if word.to_string() == "fn"));
    tokens.nth(1).map(|name| name.to_string())
}
