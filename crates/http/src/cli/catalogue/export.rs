//! The catalogue of a database as the texts of files.

use super::documents::Document;
use super::files::File;
use super::kinds::{self, Kind};
use super::toml_text;
use std::collections::BTreeMap;
use thidua_domain::catalogue::Catalogue;

/// The first line of every file.
const HEAD: &str = "# Written by `thidua catalogue export`; docs/catalogue.md says which rows and members there are.\n";

/// The files of a catalogue: what it says decides the bytes, and no identity or order in which it came to be does.
pub(super) fn texts(catalogue: &Catalogue) -> Vec<File> {
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for kind in kinds::ALL {
        let text = files.entry(kind.file).or_insert_with(|| HEAD.to_owned());
        for row in sorted(kind, (kind.stored)(catalogue)) {
            text.push('\n');
            text.push_str(&toml_text::row(kind.table, kind.members, &row));
        }
    }
    files.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}

fn sorted(kind: &Kind, mut rows: Vec<Document>) -> Vec<Document> {
    rows.sort_by_cached_key(kind.key);
    rows
}
