//! The table of codes holds every code the sources give to a refusal, and no other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use thidua_domain::codes::{self, Code, Place};

/// Functions that make a refusal, and the position of the code among their arguments. Besides these, every function
/// with an argument `code: &'static str`.
const MAKERS: &[(&str, usize)] = &[("Violation::new", 1), ("Problem::new", 1), ("Self::new", 1)];

#[test]
fn every_code_in_the_sources_is_in_the_table_and_the_other_way_round() {
    let used = codes_in_the_sources();
    let known: BTreeSet<_> = codes::all().map(|code| code.name.to_owned()).collect();
    let missing: Vec<_> = used.iter().filter(|(code, _)| !known.contains(*code)).collect();
    assert!(missing.is_empty(), "not in crates/domain/src/codes: {missing:#?}");
    let dead: Vec<_> = known.iter().filter(|code| !used.contains_key(*code)).collect();
    assert!(dead.is_empty(), "no refusal has these codes: {dead:?}");
}

#[test]
fn every_code_is_explained_once_in_both_languages() {
    let mut seen = BTreeSet::new();
    for Code { name, place, vi, en } in codes::all() {
        assert!(seen.insert(name), "{name} stands in the table twice");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name} is not in snake case");
        for (vi, en) in [(vi.title, en.title), (vi.meaning, en.meaning), (vi.remedy, en.remedy)] {
            assert!(!vi.is_empty() && !en.is_empty() && vi != en, "{name}: {vi:?}, {en:?}");
        }
        assert!(![vi.title, en.title].iter().any(|title| title.ends_with('.')), "{name}: a title is no sentence");
        assert!([vi.meaning, vi.remedy, en.meaning, en.remedy].iter().all(|text| text.ends_with('.')), "{name}");
        assert!(matches!(place, Place::Conflict | Place::Rule) || (400..600).contains(&place.status()), "{name}");
    }
}

#[test]
fn the_checked_in_table_is_what_the_code_makes() {
    super::assert_checked_in("docs/problems.md", &thidua_http::server::problems_as_markdown());
}

#[test]
fn the_search_sees_codes_whoever_passes_them_on() {
    let source = r#"
        fn new(a: u8, code: &'static str) {}
        fn passed(pointer: &str, code: &'static str, vi: &str) { Violation::new(pointer, code, "x") }
        fn f() { passed("(,", "one", "y"); Violation::new(format!("{a},{b}"), "two"); Self::new(1, count); }
        fn g() {
            let code = match format { Some("date") => "three", _ => if x { "four" } else { return None } };
            Violation::new(pointer, code, "z")
        }
    "#;
    let found = codes_in(source, &makers(source));
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), ["four", "one", "three", "two"]);
}

/// Every code, with the files it stands in.
fn codes_in_the_sources() -> BTreeMap<String, Vec<PathBuf>> {
    let mut files = Vec::new();
    for name in ["domain", "persistence", "sample", "http"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name).join("src"), &mut files);
    }
    let sources: Vec<_> = files.into_iter().map(|path| (std::fs::read_to_string(&path).unwrap(), path)).collect();
    let makers: Vec<_> = sources.iter().flat_map(|(source, _)| makers(source)).collect();
    let mut found: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for (source, path) in &sources {
        for code in codes_in(source, &makers) {
            found.entry(code).or_default().push(path.clone());
        }
    }
    found
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            collect(&entry, files);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(entry);
        }
    }
}

/// The functions of a source that take a code.
fn makers(source: &str) -> Vec<(String, usize)> {
    let declared = source.split("fn ").skip(1).filter_map(|rest| {
        let (name, rest) = rest.split_once('(')?;
        let place = arguments(rest).iter().position(|argument| argument.starts_with("code: &'static str"))?;
        (name != "new" && !name.contains(char::is_whitespace)).then(|| (name.to_owned(), place))
    });
    MAKERS.iter().map(|(name, place)| ((*name).to_owned(), *place)).chain(declared).collect()
}

/// The codes that calls in a source pass: as they stand, or by the name `code`.
fn codes_in(source: &str, makers: &[(String, usize)]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (name, place) in makers.iter().collect::<BTreeSet<_>>() {
        for (at, _) in source.match_indices(&format!("{name}(")) {
            let (before, rest) = (&source[..at], &source[at + name.len() + 1..]);
            let part_of_another = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let declared = before.ends_with("fn ");
            let arguments = arguments(rest);
            match arguments.get(*place).map(String::as_str) {
                Some(code) if code.starts_with('"') && !part_of_another => {
                    _ = found.insert(code.trim_matches('"').to_owned())
                }
                Some("code") if !part_of_another && !declared => found.extend(chosen(before)),
                // Another function of the same name, or a violation's own code.
                _ => {}
            }
        }
    }
    found
}

/// The codes a `let code = …;` chooses from; none when `code` is an argument, which its callers pass.
fn chosen(before: &str) -> Vec<String> {
    let (argument, choice) = (before.rfind("code: &'static str"), before.rfind("let code = "));
    let Some(choice) = choice.filter(|choice| argument.is_none_or(|argument| argument < *choice)) else {
        assert!(argument.is_some(), "a code from nowhere: {}", &before[before.len().saturating_sub(200)..]);
        return Vec::new();
    };
    let statement = before[choice..].split(";\n").next().unwrap();
    let pieces: Vec<_> = statement.split('"').collect();
    let literals = pieces.chunks(2).filter(|pair| pair.len() == 2);
    let results = literals.filter(|pair| ["=>", "{", "="].iter().any(|before| pair[0].trim_end().ends_with(before)));
    results.map(|pair| pair[1].to_owned()).collect()
}

/// The arguments of a call, from behind its opening parenthesis to its closing one.
fn arguments(text: &str) -> Vec<String> {
    let (mut found, mut depth, mut quoted, mut escaped) = (vec![String::new()], 0, false, false);
    for c in text.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted && depth == 0 => break,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                found.push(String::new());
                continue;
            }
            _ => {}
        }
        found.last_mut().unwrap().push(c);
    }
    found.into_iter().map(|argument| argument.trim().to_owned()).collect()
}
