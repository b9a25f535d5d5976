//! The house: files keep to their floors and wings, imports form no circle, and comments name the thing first.

mod circles;
pub mod comments;
mod imports;
mod names;
mod plans;
mod planted;
mod rules;
pub mod sources;

#[test]
fn no_import_looks_up_reaches_into_a_wing_or_closes_a_circle() {
    let findings: String = sources::crates().iter().flat_map(rules::findings).map(|one| one.to_string()).collect();
    assert!(findings.is_empty(), "imports that break a rule of tests/house/plans.rs:\n{findings}");
}

#[test]
fn every_file_has_a_place() {
    for sources in sources::crates() {
        let Some(plan) = plans::of(&sources.name) else { continue };
        let homeless: Vec<_> = sources.files.keys().filter(|file| !plan.knows(file)).collect();
        assert!(homeless.is_empty(), "tests/house/plans.rs does not say where {} has {homeless:?}", sources.name);
    }
}

#[test]
fn every_place_of_a_plan_has_files() {
    for sources in sources::crates() {
        let Some(plan) = plans::of(&sources.name) else { continue };
        let is_empty =
            |name: &&str| !sources.files.keys().any(|file| plan.place(file).is_some_and(|at| at.name == *name));
        let empty: Vec<_> = plan.names().filter(is_empty).collect();
        assert!(empty.is_empty(), "tests/house/plans.rs names places of {} that are gone: {empty:?}", sources.name);
    }
}

#[test]
fn no_source_has_tests_inside_which_nothing_would_run() {
    let marks = ["cfg(test", "#[test]", "::test]"];
    for sources in sources::crates() {
        let has_tests = |text: &str| marks.iter().any(|mark| text.contains(mark));
        let found: Vec<_> = sources.files.iter().filter(|(_, text)| has_tests(text)).map(|(file, _)| file).collect();
        assert!(found.is_empty(), "crates are compiled without tests: tests/parts is the place for those of {found:?}");
    }
}

#[test]
fn no_doc_comment_opens_with_a_question_word() {
    let found: Vec<_> = sources::rust_files()
        .iter()
        .flat_map(|(path, text)| comments::questions(text).into_iter().map(move |one| format!("{path}:{one}")))
        .collect();
    assert!(found.is_empty(), "name the thing first, then the reason:\n{}", found.join("\n"));
}
