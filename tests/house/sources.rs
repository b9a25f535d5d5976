//! Sources of the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A crate's sources.
pub struct Crate {
    /// Name of its folder.
    pub name: String,
    /// Texts by path below `src`, such as `api/mod.rs`.
    pub files: BTreeMap<String, String>,
}

/// The crates of the product.
pub fn crates() -> Vec<Crate> {
    let folders = std::fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let mut crates: Vec<_> = folders
        .map(|folder| Crate {
            name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
            files: texts_below(&folder.join("src")),
        })
        .collect();
    crates.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(crates.len() >= 4 && crates.iter().all(|one| !one.files.is_empty()));
    crates
}

/// All that is written in Rust, by path in the repository: crates, tests and targets of the fuzzer.
pub fn rust_files() -> BTreeMap<String, String> {
    let folders = ["crates", "tests", "fuzz/targets"];
    let below = |folder: &str| {
        let texts = texts_below(&root().join(folder));
        assert!(!texts.is_empty(), "nothing in {folder}");
        texts.into_iter().map(move |(path, text)| (format!("{folder}/{path}"), text)).collect::<Vec<_>>()
    };
    folders.iter().flat_map(|folder| below(folder)).collect()
}

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn texts_below(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            // Clients that scripts build leave what they built beside their sources.
            if name != "target" && name != "node_modules" {
                let below = texts_below(&path).into_iter();
                found.extend(below.map(|(path, text)| (format!("{name}/{path}"), text)));
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
    found
}
