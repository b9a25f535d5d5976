//! The place of a database as people are told it: its address or file, without a password.

use crate::engine::connection::Engine;
use std::path::{Path, absolute};

impl Engine {
    /// The place of the data, without credentials: a file with its whole path, as it depends on the folder that one is in.
    pub fn place(&self) -> String {
        match self {
            Self::Postgres(url) => shown(url),
            Self::Sqlite(path) => {
                shown(&absolute(Path::new(path)).map_or(path.clone(), |path| path.display().to_string()))
            }
        }
    }
}

/// A URL without its password, between the user's name and the last `@`, and without parameters called password. A path
/// is treated the same way: a URL with a misspelled scheme is taken for one.
fn shown(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once(':') else { return url.to_owned() };
    let rest: String = rest.split_inclusive(['?', '&']).map(without_value).collect();
    let (slashes, rest) = rest.split_at(rest.len() - rest.trim_start_matches('/').len());
    match rest.rsplit_once('@').and_then(|(credentials, host)| Some((credentials.split_once(':')?.0, host))) {
        Some((user, host)) => format!("{scheme}:{slashes}{user}:…@{host}"),
        None => format!("{scheme}:{slashes}{rest}"),
    }
}

/// A parameter of a URL, without its value if that is a password.
fn without_value(parameter: &str) -> String {
    match parameter.split_once('=') {
        Some((name, value)) if name.ends_with("password") => {
            let end = if value.ends_with('&') { "&" } else { "" };
            format!("{name}=…{end}")
        }
        _ => parameter.to_owned(),
    }
}
