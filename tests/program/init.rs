//! `thidua init` and `thidua catalogue export`: a catalogue goes into a database and comes back.

use super::guides::Guide;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use support::engines::Place;
use support::on_both_engines;
use support::program::{Serving, make_root, make_sample, program, run, told};
use thidua_domain::Date;
use thidua_domain::catalogue::Catalogue;
use thidua_domain::catalogue::agencies::AgencyKind;
use thidua_domain::catalogue::calendars::MonthClose;
use thidua_persistence::Database;

const CATALOGUE: Guide = Guide { path: "docs/catalogue.md", text: include_str!("../../docs/catalogue.md") };

/// Insists on success and answers what was printed.
#[track_caller]
fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    told(output)
}

/// Insists on a refusal and answers what was said.
#[track_caller]
fn refused(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    said
}

fn export(place: &Place, folder: &Path) -> BTreeMap<String, String> {
    done(&run(place, &["catalogue", "export", folder.to_str().unwrap()], ""));
    files(folder)
}

fn init_from(place: &Place, folder: &Path) -> Output {
    run(place, &["init", "--catalogue", folder.to_str().unwrap()], "")
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named =
        |path: PathBuf| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap());
    paths.map(named).collect()
}

fn catalogue(place: &Place) -> Catalogue {
    Database::catalogue_of(&place.options().engine).unwrap()
}

/// The last change of the log.
fn head(place: &Place) -> i64 {
    place.open().model().seq
}

/// Numbers of rows that were entered, and of those that were there.
fn counts(said: &str) -> (usize, usize) {
    let counted = said.lines().filter_map(|line| {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            [_, entered, "entered,", there, "there", "already"] => {
                Some((entered.parse::<usize>().unwrap(), there.parse::<usize>().unwrap()))
            }
            _ => None,
        }
    });
    counted.fold((0, 0), |(entered, there), (one, other)| (entered + one, there + other))
}

#[on_both_engines]
fn an_empty_database_gets_the_catalogue_and_keeps_it(place: Place) {
    let said = done(&run(&place, &["init"], ""));
    let (rows, there) = counts(&said);
    assert_eq!((there, said.contains("differs")), (0, false), "{said}");
    assert!(said.contains("agency: 47 entered") && said.contains("period: 95 entered"), "{said}");
    assert!(done(&run(&place, &["verify"], "")).starts_with(&format!("clean: {rows} changes, 0 cells")));
    let again = done(&run(&place, &["init"], ""));
    assert_eq!((counts(&again), again.contains("differs")), ((0, rows), false), "{again}");
    assert_eq!(head(&place), i64::try_from(rows).unwrap(), "nothing is written twice");

    let serving = Serving::start(&place, &[]);
    make_root(&place);
    let root = serving.root();
    let report = root.get("/api/v1/provincial-report?period=2026-10").expect(200).json;
    assert_eq!(report["indicators"].as_array().unwrap().len(), 7);
    let figures = report["attainments"].as_array().unwrap();
    assert!(!figures.is_empty() && figures.iter().all(|figure| figure["numerator"].is_null()), "no figures");
    for list in ["staff", "courses", "users?username=x", "observations", "document-exchanges", "information-systems"] {
        let path = format!("/api/v1/{}", list.split('?').next().unwrap());
        let rows = root.get(&path).expect(200);
        let people = rows.items().iter().filter(|row| row["username"] != "admin" && row["username"] != "root").count();
        assert_eq!(people, 0, "{path}: no people and no records");
    }
    let change = root.get("/api/v1/audit?resource=agencies&limit=1").expect(200);
    assert_eq!(change.items()[0]["reason"], "Nhập danh mục từ tệp (thidua init)");
}

#[on_both_engines]
fn a_server_may_begin_with_the_catalogue_and_the_first_pull_is_answered(place: Place) {
    let mut serving = Serving::start(&place, &["--init"]);
    serving.line();
    assert_eq!(serving.line(), "Administrator  admin");
    let password = serving.line().split_whitespace().nth(1).unwrap().to_owned();
    let credentials = json!({"username": "admin", "password": password});
    let token = serving.anonymous().post("/api/v1/auth/login", &credentials).expect(200).json;
    let admin = support::Client::new(serving.url.clone(), Some(token["access_token"].as_str().unwrap().to_owned()));
    admin.get("/api/v1/provincial-report?period=2026-10").expect(200);
    let removed = admin.clone().with("if-match", "*").send("DELETE", "/api/v1/holidays/2026-09-02", None, b"");
    assert_eq!(removed.status, 204);
    drop(serving);
    let again = Serving::start(&place, &["--init"]);
    let admin = support::Client::new(again.url.clone(), admin.token().map(str::to_owned));
    admin.get("/api/v1/holidays/2026-09-02").refused(404, "not_found");
    let both = program(&place).args(["serve", "--init", "--sample"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(both.status.code(), Some(2), "one or the other");
}

#[on_both_engines]
fn what_is_there_stays_and_each_member_that_differs_is_told(place: Place) {
    done(&run(&place, &["init"], ""));
    make_root(&place);
    let serving = Serving::start(&place, &[]);
    let root = serving.root().with("if-match", "*");
    root.patch("/api/v1/agencies/H18.SKHCN", &json!({"name_vi": "Sở KH&CN \"mới\""})).expect(200);
    root.patch("/api/v1/agencies/H18.TAM.03325", &json!({"identifier": "H18.77"})).expect(200);
    root.patch("/api/v1/periods/nd09/2026-12", &json!({"submission_due": null})).expect(200);
    root.patch("/api/v1/indicators/CT7", &json!({"agency_kinds": ["ubnd_xa"], "holds_from": "2027-01"})).expect(200);
    assert_eq!(root.send("DELETE", "/api/v1/holidays/2026-09-02", None, b"").status, 204);
    let before = head(&place);
    let said = done(&run(&place, &["init"], ""));
    let differs: BTreeSet<_> = said.lines().filter_map(|line| line.strip_prefix("differs: ")).collect();
    let lines: Vec<_> = differs.iter().map(|line| line.rsplit_once(" in ").unwrap()).collect();
    let words: Vec<_> = lines.iter().map(|(words, _)| *words).collect();
    assert_eq!(
        words,
        [
            r#"agency H18.SKHCN: name_vi: "Sở KH&CN \"mới\"" is there, "Sở Khoa học và Công nghệ""#,
            r#"agency H18.TAM.03325: identifier: "H18.77" is there, "H18.TAM.03325""#,
            r#"indicator CT7: later: [{"agency_kinds":["ubnd_xa"],"holds_from":"2027-01"}] is there, nothing"#,
            r#"period nd09/2026-12: submission_due: nothing is there, "2026-12-16""#,
        ]
    );
    let file = include_str!("../../catalogue/agencies.toml");
    let line = 1 + file.lines().position(|line| line == "identifier = \"H18.TAM.03325\"").unwrap();
    assert!(lines[1].1 == format!("agencies.toml:{line}"), "{}", lines[1].1);
    assert_eq!((head(&place), counts(&said).0), (before + 1, 1), "the day that was deleted is back");
    let stands = root.get("/api/v1/agencies/H18.SKHCN").expect(200).json;
    assert_eq!(stands["name_vi"], "Sở KH&CN \"mới\"");
    root.get("/api/v1/agencies/H18.TAM.03325").refused(404, "not_found");
}

/// Changes of a sample that make a catalogue with a past: agencies that moved, definitions and targets with versions.
fn make_a_past(root: &support::Client) {
    let root = root.clone().with("if-match", "*");
    let patch = |path: &str, body: Value| root.patch(&format!("/api/v1/{path}"), &body).expect(200);
    patch("agencies/H18.SKHCN.6", json!({"parent": "H18.SKHCN.8", "placed_from": "2026-05-01"}));
    patch("agencies/H18.SKHCN.6", json!({"kind": "don_vi_su_nghiep", "placed_from": "2026-08-01"}));
    root.post(
        "/api/v1/agencies",
        &json!({"identifier": "H18.A1", "name_vi": "Cơ quan “cha” \\ đến sau", "kind": "so_nganh", "parent": "H18",
                "valid_from": "2026-09-01"}),
    )
    .expect(201);
    patch("agencies/H18.SKHCN.5", json!({"parent": "H18.A1", "placed_from": "2026-10-01"}));
    patch("indicators/CT2", json!({"numerator_definition": "Dòng một.\nDòng hai.", "holds_from": "2026-11"}));
    patch("indicators/CT2", json!({"source": {"compared_with": null}, "holds_from": "2027-02"}));
    let targets = root.get("/api/v1/targets?indicator=CT3").expect(200);
    let target = targets.items()[0]["id"].as_i64().unwrap();
    patch(&format!("targets/{target}"), json!({"value": {"numerator": 90}, "holds_from": "2026-12"}));
}

#[on_both_engines]
fn an_export_changes_nothing_where_it_comes_from_and_comes_back_from_an_empty_database(place: Place) {
    make_sample(&place);
    make_root(&place);
    let serving = Serving::start(&place, &[]);
    make_a_past(&serving.root());
    assert_eq!(serving.terminate(), Some(0));

    let (first, second) = (place.folder().join("first"), place.folder().join("second"));
    let exported = export(&place, &first);
    assert_eq!(exported.len(), 7, "{:?}", exported.keys());
    assert!(
        refused(&run(&place, &["catalogue", "export", first.to_str().unwrap()], "")).contains("nothing is overwritten")
    );
    let before = head(&place);
    let said = done(&init_from(&place, &first));
    assert_eq!((counts(&said).0, said.contains("differs"), head(&place)), (0, false, before), "{said}");

    let elsewhere = place.elsewhere();
    let said = done(&init_from(&elsewhere, &first));
    assert_eq!(counts(&said).1, 0, "{said}");
    assert_eq!(export(&elsewhere, &second), exported);
    assert!(done(&run(&elsewhere, &["verify"], "")).starts_with("clean: "));
    let moved = exported["agencies.toml"].matches("[[agency.earlier_places]]").count();
    assert_eq!(moved, 3, "the past is in it");
    assert!(exported["indicators.toml"].matches("[[indicator.later]]").count() >= 4);
}

#[on_both_engines]
fn the_catalogue_of_the_program_comes_back_as_it_went(place: Place) {
    done(&run(&place, &["init"], ""));
    let folder = place.folder().join("exported");
    let exported = export(&place, &folder);
    let elsewhere = place.elsewhere();
    done(&init_from(&elsewhere, &folder));
    assert_eq!(export(&elsewhere, &elsewhere.folder().join("exported")), exported);
}

#[on_both_engines]
fn what_is_refused_is_named_by_file_line_and_member_and_nothing_is_entered(place: Place) {
    let folder = place.folder().join("province");
    fs::create_dir(&folder).unwrap();
    let tried = |text: &str| {
        fs::write(folder.join("mine.toml"), text).unwrap();
        let said = refused(&init_from(&place, &folder));
        assert_eq!(catalogue(&place).agencies.len() + catalogue(&place).calendars.len(), 0, "{said}");
        said
    };
    done(&run(&place, &["migrate", "--create"], ""));
    let good = "[[agency]]\nidentifier = \"H18\"\nname_vi = \"Tỉnh\"\nkind = \"tinh\"\nvalid_from = 2026-01-01\n";
    for (more, words) in [
        ("[[agency]\n", &["mine.toml:6: "][..]),
        ("[[agencies]]\ncode = 1\n", &["mine.toml:6: agencies: is no kind of row; there are [[movement]]"]),
        ("[calendar]\ncode = \"a\"\n", &["mine.toml:6: calendar: a row begins with [[calendar]]"]),
        (
            "[[calendar]]\ncode = \"nd09\"\nclosing_day = 14.5\nnames = \"x\"\n",
            &[
                "mine.toml:8: calendar nd09: closing_day: ",
                "mine.toml:9: calendar nd09: names: ",
                "mine.toml:6: calendar nd09: name_vi: ",
            ],
        ),
        (
            "[[agency]]\nidentifier = \"H18.1\"\nname_vi = \"Xã\"\nkind = \"xa\"\nvalid_from = \"2026-02-30\"\n",
            &["mine.toml:9: agency H18.1: kind: ", "ubnd_xa", "mine.toml:10: agency H18.1: valid_from: "],
        ),
        (
            "[[agency]]\nidentifier = \"H18.1\"\nname_vi = \"Xã\"\nkind = \"ubnd_xa\"\nparent = \"H19\"\nvalid_from = 2026-01-01\n",
            &["mine.toml:10: agency H18.1: parent: "],
        ),
        (
            "[[calendar]]\ncode = \"b\"\nname_vi = \"B\"\n[[calendar]]\ncode = \"b\"\nname_vi = \"C\"\n",
            &["mine.toml:9: calendar b: is there already, at mine.toml:6"],
        ),
        (
            "[[phase]]\ncode = \"I\"\nname_vi = \"I\"\nfirst_year = 2026\nlast_year = 2027\n",
            &["mine.toml:6: phase /I: movement: "],
        ),
    ] {
        let said = tried(&format!("{good}{more}"));
        for words in words {
            assert!(said.contains(words), "{words} is not in {said}");
        }
    }
    // A version that says something else than a definition, and one without its month.
    let catalogue = |later: &str| {
        let indicators = include_str!("../../catalogue/indicators.toml").split("\n[[indicator]]").nth(1).unwrap();
        let movements = include_str!("../../catalogue/movements.toml");
        let agency =
            "[[agency]]\nidentifier = \"H18.SKHCN\"\nname_vi = \"Sở\"\nkind = \"so_nganh\"\nvalid_from = 2026-01-01\n";
        format!("{movements}\n{agency}\n[[indicator]]{indicators}\n[[indicator.later]]\n{later}\n")
    };
    let said = tried(&catalogue("weight = 2"));
    assert!(said.contains("indicator CT1: later.0.weight: ") && said.contains("later.0.holds_from: "), "{said}");
    let said = tried(&catalogue("holds_from = \"2027-01\"\nunit = \"\""));
    assert!(said.contains("indicator CT1: later.0.unit: "), "{said}");
    let said = tried(&catalogue("holds_from = \"2027-02\"\nsemantics = \"state\""));
    assert!(said.contains("indicator CT1: later.0."), "{said}");
    fs::remove_file(folder.join("mine.toml")).unwrap();
    assert!(refused(&init_from(&place, &folder)).contains("there is no *.toml in it"));
    assert!(refused(&init_from(&place, &folder.join("none"))).contains("none"));
}

#[on_both_engines]
fn an_init_that_is_killed_is_repeated(place: Place) {
    let mut finished = 0;
    for round in 0..6 {
        let place = place.elsewhere();
        let mut child = program(&place).arg("init").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Any moment will do.
        std::thread::park_timeout(Duration::from_millis(round * 60));
        child.kill().unwrap();
        finished += u32::from(child.wait().unwrap().success());
        let said = done(&run(&place, &["init"], ""));
        let (entered, there) = counts(&said);
        assert!(entered == 0 || there == 0, "all of it or nothing: {said}");
        assert!(done(&run(&place, &["verify"], "")).starts_with("clean: "));
        assert_eq!(catalogue(&place).agencies.len(), 47);
    }
    println!("{finished} of 6 were done before they were killed");
}

#[test]
fn the_catalogue_says_what_is_known_and_marks_what_is_not() {
    let place = support::Engine::Sqlite.place().unwrap();
    done(&run(&place, &["init"], ""));
    let catalogue = catalogue(&place);
    let of = |kind: AgencyKind| catalogue.agencies.values().filter(move |agency| agency.kind == kind).count();
    assert_eq!((of(AgencyKind::Commune), of(AgencyKind::Ward), of(AgencyKind::Department)), (42, 3, 1));
    let codes: BTreeSet<_> = catalogue.agencies.values().filter_map(|agency| agency.area_code.clone()).collect();
    assert_eq!(codes.len(), 46, "each commune has its own, and the province");
    for agency in catalogue.agencies.values().filter(|agency| agency.identifier.as_str() != "H18") {
        let name = agency.name_en.as_ref().unwrap().as_str();
        assert!(name.contains("placeholder"), "{}: {name}", agency.identifier);
    }
    // Deadlines, by another route: day by day.
    let holidays: BTreeSet<Date> = catalogue.holidays.values().map(|holiday| holiday.date).collect();
    let works = |day: &Date| {
        !matches!(chrono::Datelike::weekday(&**day), chrono::Weekday::Sat | chrono::Weekday::Sun)
            && !holidays.contains(day)
    };
    assert_eq!(catalogue.periods.len(), 5 * (12 + 4 + 2 + 1));
    for dates in catalogue.periods.values() {
        let end = MonthClose::OnDay(14).window(dates.period.last_month()).to;
        let due = std::iter::successors(end.next(), |day| day.next()).filter(works).nth(1);
        assert_eq!((dates.cut_off, dates.submission_due, dates.locks_on), (Some(end), due, None), "{}", dates.period);
    }
}

#[test]
fn the_seven_targets_are_those_of_the_sample() {
    let [place, sample] = [(), ()].map(|()| support::Engine::Sqlite.place().unwrap());
    done(&run(&place, &["init"], ""));
    make_sample(&sample);
    let [own, other] = [place, sample].map(|place| {
        let files = export(&place, &place.folder().join("exported"));
        let of_movement = |name: &str, from: &str| {
            let rows = files[name].split(from).skip(1).map(|row| row.split("\n[[").next().unwrap().trim().to_owned());
            rows.collect::<Vec<_>>()
        };
        let indicators = of_movement("indicators.toml", "[[indicator]]").into_iter();
        // The sample's are reported by the roll at first, as version 0.1.0 had it.
        let indicators = indicators.map(|row| row.replace("reported_by = \"roll\"", "reported_by = \"records\""));
        let targets = of_movement("targets.toml", "[[target]]").into_iter().filter(|row| !row.contains("agency ="));
        (
            indicators.collect::<Vec<_>>(),
            targets.collect::<Vec<_>>(),
            files["movements.toml"].replace("frozen = true", "frozen = false"),
        )
    });
    assert_eq!(own, other);
}

#[on_both_engines]
fn every_command_of_the_catalogues_document_runs(place: Place) {
    let folder = tempfile::tempdir().unwrap();
    let said = CATALOGUE.run(&CATALOGUE.blocks("sh"), &place, folder.path(), "");
    assert!(said.contains("agency: 47 entered") && said.contains("agency: 0 entered, 47 there already"), "{said}");
}
