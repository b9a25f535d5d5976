//! Databases as released programs have left them, in `released/VERSION`: the present program opens them and answers
//! what the released one answered. `scripts/release-database` keeps one more.

use crate::database::fixture::Tables;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use flate2::read::GzDecoder;
use serde_json::{Map, Value, json};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use support::bodies;
use support::engines::Place;
use support::program::{Serving, binary, program, run, told};
use support::server::PASSWORD;
use support::{Client, on_both_engines};
use thidua_persistence::Context;
use thidua_persistence::catalogue::upgrade_steps;

/// The folder of a released version.
pub(crate) struct Released(PathBuf);

/// A question about a running period, and the day on which version 0.1.0 answered it: that version named no day.
const RUNNING: (&str, &str) = ("/api/v1/provincial-report?period=2026", "2026-11-29");

impl Released {
    /// Every version that was released.
    pub(crate) fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("database/released");
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut all: Vec<_> = entries.filter(|path| path.is_dir()).map(Self).collect();
        all.sort_by(|one, other| one.0.cmp(&other.0));
        assert!(!all.is_empty());
        all
    }

    fn open(&self, file: &str) -> GzDecoder<File> {
        GzDecoder::new(File::open(self.0.join(file)).unwrap())
    }

    fn answers(&self) -> Map<String, Value> {
        serde_json::from_slice(&fs::read(self.0.join("answers.json")).unwrap()).unwrap()
    }

    /// A place with the database in it.
    pub(crate) fn on(&self, like: &Place) -> Place {
        if !like.is_postgres() {
            let place = support::Engine::Sqlite.place().unwrap();
            let mut file = File::create(place.url.strip_prefix("sqlite:").unwrap()).unwrap();
            io::copy(&mut self.open("sqlite.gz"), &mut file).unwrap();
            return place;
        }
        let place = like.elsewhere_in("public");
        let mut dump = String::new();
        self.open("postgres.sql.gz").read_to_string(&mut dump).unwrap();
        let mut connection = PgConnection::establish(&place.url).unwrap();
        connection.batch_execute(&dump).unwrap();
        place
    }
}

/// The administrator of every such database.
pub(crate) fn log_in(serving: &Serving) -> Client {
    let credentials = json!({"username": "root", "password": PASSWORD});
    let token = serving.anonymous().post("/api/v1/auth/login", &credentials).expect(200).json;
    Client::new(serving.url.clone(), Some(token["access_token"].as_str().unwrap().to_owned()))
}

/// The question of a kept answer, with the day of the answer where its period ran, so that no later clock moves it.
fn as_of_its_day(path: &str, then: &Value) -> String {
    let provisional = then["provisional"] == true;
    let day = then["judged_on"].as_str().filter(|_| provisional).or((path == RUNNING.0).then_some(RUNNING.1));
    let joint = if path.contains('?') { '&' } else { '?' };
    day.map_or_else(|| path.to_owned(), |day| format!("{path}{joint}judged_on={day}"))
}

/// The changes that the upgrade from 0.1.0 makes: CT6 and CT7 are reported by records from the first open month on.
const UPGRADED: i64 = 2;

/// The members of a row of CT6 or CT7 that tell whether an agency has reported, which is what the upgrade changes in
/// months that are not closed.
const TELL_OF_REPORTS: [&str; 8] =
    ["numerator", "percent", "ratio", "shortfall", "verdict", "own", "recorded_under", "reported_agencies"];

/// True of figures of people and of information systems.
fn is_recorded(kind: &str) -> bool {
    ["monitoring_statuses", "training_records"].contains(&kind)
}

/// Insists that a member about reports is as it was, or tells of fewer reports.
#[track_caller]
fn assert_fewer_reports(answer: &Value, then: &Value, place: &str) {
    let (name, lacking) = (place.rsplit('/').next().unwrap(), answer.is_null() || answer == "missing");
    match name {
        "reported_agencies" => assert!(answer.as_u64() <= then.as_u64(), "{place}"),
        "recorded_under" => assert!(answer == then || *answer == json!(["civil"]), "{place}"),
        "own" => ["numerator", "denominator"].iter().for_each(|part| {
            let (answer, then) = (&answer[part], &then[part]);
            assert!(answer == then || answer.is_null() && *then == 0, "{place}/{part}");
        }),
        _ => assert!(answer == then || lacking, "{place}: {answer} instead of {then}"),
    }
}

/// Insists that everything that was answered is answered: members may have been added, nothing else, but for what the
/// upgrade changes.
#[track_caller]
fn assert_holds(answer: &Value, then: &Value, place: &str) {
    match (then, answer) {
        (Value::Object(then), Value::Object(answer)) => {
            let by_records = ["CT6", "CT7"].map(Value::from).contains(then.get("indicator").unwrap_or(&Value::Null));
            let by_records = by_records && then.contains_key("verdict");
            let nothing = then.get("denominator") == Some(&json!(0));
            for (name, value) in then {
                let (answer, place) = (answer.get(name).unwrap_or(&Value::Null), format!("{place}/{name}"));
                match name.as_str() {
                    "seq" => assert_eq!(answer.as_i64(), value.as_i64().map(|seq| seq + UPGRADED), "{place}"),
                    "definition_version" if by_records => assert_eq!(answer, 2, "{place}"),
                    "version"
                        if place.contains("/indicators/")
                            && then["source"]["kind"].as_str().is_some_and(is_recorded) =>
                    {
                        assert_eq!(answer, 2, "{place}");
                    }
                    name if by_records && TELL_OF_REPORTS.contains(&name) => {
                        assert_fewer_reports(answer, value, &place)
                    }
                    "denominator" if by_records && nothing => assert!(answer.is_null() || *answer == 0, "{place}"),
                    _ => assert_holds(answer, value, &place),
                }
            }
        }
        (Value::Array(then), Value::Array(answer)) => {
            assert_eq!(answer.len(), then.len(), "{place}");
            for (index, (answer, then)) in answer.iter().zip(then).enumerate() {
                assert_holds(answer, then, &format!("{place}/{index}"));
            }
        }
        _ => assert_eq!(answer, then, "{place}"),
    }
}

/// Takes the steps of the upgrade on the day of the running answers, as a later change leaves no answer of a day before
/// it.
fn upgrade(place: &Place) {
    let at = "2026-11-29T05:00:00Z".parse().unwrap();
    let context = Context::of_program(at, Some("Nâng cấp phần mềm".to_owned()));
    place.open().write(context, upgrade_steps::take).unwrap();
}

/// Insists that people and systems are reported by records where that moves nothing closed, and that the log says why.
#[track_caller]
fn assert_upgraded(root: &Client) {
    for code in ["CT6", "CT7"] {
        let indicator = root.get(&format!("/api/v1/indicators/{code}")).expect(200).json;
        assert_eq!(
            (&indicator["holds_from"], &indicator["source"]["reported_by"]),
            (&json!("2026-09"), &json!("records"))
        );
        assert_eq!(indicator["versions"][0]["source"]["reported_by"], "roll");
        let closed = root.get(&format!("/api/v1/attainments/{code}/H18/2026-08")).expect(200).json;
        assert_eq!((&closed["definition_version"], &closed["complete"]), (&json!(1), &json!(true)), "{code}");
        let changes = root.get("/api/v1/audit?resource=indicators&sort=-seq").expect(200).items().to_vec();
        let upgrade: Vec<_> = changes
            .iter()
            .filter(|change| change["actor"]["kind"] == "system" && change["operation"] == "update")
            .collect();
        assert_eq!(upgrade.len() as i64, UPGRADED);
        assert!(upgrade[0]["reason"].as_str().unwrap().starts_with("Nâng cấp phần mềm"), "{}", upgrade[0]);
    }
}

#[on_both_engines]
fn a_database_of_every_released_version_is_opened_and_gives_the_same_answers(here: Place) {
    for released in Released::all() {
        let place = released.on(&here);
        // A backup is made before the upgrade, by the new program, and leaves the database as it is.
        let before = Tables::of(&place).columns();
        let file = place.folder().join("before.tar");
        assert!(run(&place, &["backup", file.to_str().unwrap()], "").status.success());
        assert_eq!(Tables::of(&place).columns(), before);
        let restored = if place.is_postgres() { here.elsewhere_in("public") } else { place.elsewhere() };
        let output = run(&restored, &["restore", file.to_str().unwrap()], "");
        assert!(output.status.success(), "{output:?}");

        for place in [place, restored] {
            upgrade(&place);
            let serving = Serving::start(&place, &[]);
            let root = log_in(&serving);
            for (path, then) in released.answers() {
                assert_holds(&root.get(&as_of_its_day(&path, &then)).expect(200).json, &then, &path);
            }
            assert_upgraded(&root);
            assert!(run(&place, &["verify"], "").status.success());
            let course = bodies::course("K-MOI", "H18.20");
            root.post("/api/v1/courses", &course).expect(201);
            assert_eq!(serving.terminate(), Some(0));
            assert!(run(&place, &["verify"], "").status.success());
        }
    }
}

#[on_both_engines]
fn a_log_goes_on_in_the_second_form_and_what_it_was_in_the_first_is_verified_as_before(here: Place) {
    for released in Released::all() {
        let place = released.on(&here);
        let before = Tables::of(&place).pairs("SELECT CAST(seq AS TEXT) AS one, hash AS two FROM changes ORDER BY seq");
        let serving = Serving::start(&place, &[]);
        let root = log_in(&serving);
        let course = bodies::course("K-MOI", "H18.20");
        root.post("/api/v1/courses", &course).expect(201);
        let lines = root.clone().with("accept", "application/x-ndjson").get("/api/v1/changes?after=0").expect(200).body;
        let mut changes: Vec<Value> =
            String::from_utf8(lines).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for (change, pair) in changes.iter().zip(&before) {
            assert_eq!((change["seq"].to_string(), &change["hash"]), (pair.one.clone(), &json!(pair.two)));
            assert_eq!((&change["form"], change.get("nonce")), (&json!(1), None));
        }
        assert_eq!(changes.len(), before.len() + UPGRADED as usize + 1);
        let new = changes.last().unwrap();
        assert_eq!((&new["form"], new["nonce"].as_str().unwrap().len()), (&json!(2), 32));

        // Exported before lines said their form, or since.
        let verify = |changes: &[Value]| {
            let file = place.folder().join("log.ndjson");
            fs::write(&file, changes.iter().map(|change| format!("{change}\n")).collect::<String>()).unwrap();
            let output = run(&place, &["verify", "--log", file.to_str().unwrap()], "");
            told(&output).trim().to_owned()
        };
        let clean = |count: usize| format!("clean: {count} changes, ");
        assert!(verify(&changes).starts_with(&clean(changes.len())));
        for change in &mut changes[..before.len()] {
            change.as_object_mut().unwrap().remove("form");
        }
        assert!(verify(&changes).starts_with(&clean(changes.len())));
        assert!(verify(&changes[..before.len()]).starts_with(&clean(before.len())));
        changes[0]["reason"] = json!("được duyệt");
        assert_eq!(verify(&changes), "change 1: its content does not fit its hash");
    }
}

#[on_both_engines]
fn a_migration_that_is_killed_leaves_a_database_that_the_next_one_finishes(here: Place) {
    let current = {
        assert!(run(&here, &["migrate", "--create"], "").status.success());
        Tables::of(&here).columns()
    };
    let released = Released::all().remove(0);
    let mut finished = 0;
    for round in 0..12 {
        let place = released.on(&here);
        let mut child = program(&place).arg("migrate").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Any moment will do.
        std::thread::park_timeout(Duration::from_millis(round * 4));
        child.kill().unwrap();
        finished += u32::from(child.wait().unwrap().success());
        let output = run(&place, &["migrate"], "");
        assert!(output.status.success(), "{output:?}");
        assert_eq!(Tables::of(&place).columns(), current);
        let output = run(&place, &["verify"], "");
        assert!(output.status.success(), "{output:?}");
        let log = Tables::of(&place).log().len();
        assert!(log > 100, "{log}");
    }
    println!("{finished} of 12 were done before they were killed");
}

#[on_both_engines]
fn a_server_refuses_the_database_of_a_newer_program_and_leaves_it(place: Place) {
    assert!(run(&place, &["migrate", "--create"], "").status.success());
    Tables::of(&place).execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231235959')");
    let before = (Tables::of(&place).columns(), Tables::of(&place).count("__diesel_schema_migrations"));
    for words in
        [&["serve"][..], &["migrate"], &["migrate", "--create"], &["sample"], &["verify"], &["backup", "backup.tar"]]
    {
        // A server that starts would never end by itself.
        let mut command = Command::new("timeout");
        command.arg("60").arg(binary()).args(words).current_dir(place.folder()).stdin(Stdio::null());
        command.envs(program(&place).get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            !output.status.success() && said.contains("newer version of thidua (migration 99991231235959)"),
            "{words:?}: {said}"
        );
        let after = (Tables::of(&place).columns(), Tables::of(&place).count("__diesel_schema_migrations"));
        assert_eq!(after, before, "{words:?}");
    }
}
