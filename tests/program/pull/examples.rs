//! The programs in examples/pull, as integrators begin with them: each runs where its language is installed.

use super::vectors::{VECTORS, altered};
use super::{Copy, furnish, pulled};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;
use support::engines::Place;
use support::program::{Serving, pull};
use support::proxy::Proxy;
use support::{World, on_both_engines};
use thidua_domain::accounts::users::Role;
use thidua_http::config::signing::SigningAlgorithm;

/// A program that pulls, as it is run here.
pub(super) struct Example {
    path: &'static str,
    command: Vec<String>,
}

/// One of each language that is installed. Python is one of them wherever the whole suite has to pass.
pub(super) static INSTALLED: LazyLock<Vec<Example>> = LazyLock::new(|| {
    // Debian's Python, too, as another one may come first.
    let pythons = ["python3", "/usr/bin/python3"].map(|python| [python, &source("python/pull.py")].map(str::to_owned));
    let python = pythons.into_iter().find_map(|command| Example::that_runs("python/pull.py", command.to_vec()));
    assert!(python.is_some() || std::env::var_os("CI").is_none(), "python3 with cryptography is not installed");
    let found: Vec<_> = [python, java(), csharp()].into_iter().flatten().collect();
    if found.len() < 3 {
        eprintln!(
            "\n*** not all of examples/pull are tested: Python with cryptography, Java with Gson, or .NET is missing ***\n"
        );
    }
    found
});

/// Compiled once, as that takes longer than to run it.
fn java() -> Option<Example> {
    let (gson, classes) = ("/usr/share/java/gson.jar", concat!(env!("CARGO_TARGET_TMPDIR"), "/pull-classes"));
    let mut compile = Command::new("javac");
    compile.args(["-Xlint:all", "-Werror", "-cp", gson, "-d", classes, &source("java/Pull.java")]);
    let compiled = compile.output().ok()?;
    assert!(compiled.status.success() || !Path::new(gson).exists(), "{compiled:?}");
    let paths = format!("{gson}:{classes}");
    let command = ["java", "-XX:TieredStopAtLevel=1", "-cp", &paths, "Pull"].map(str::to_owned);
    Example::that_runs("java/Pull.java", command.to_vec())
}

/// Compiled once, into the folder of the tests. What a .NET of another version would have to fetch is not fetched here.
fn csharp() -> Option<Example> {
    let built = concat!(env!("CARGO_TARGET_TMPDIR"), "/pull-dotnet");
    let dotnet = |words: &[&str]| {
        let mut command = Command::new("dotnet");
        command.args(words).arg(source("csharp")).arg(format!("-p:BaseIntermediateOutputPath={built}/obj/"));
        command.env("DOTNET_CLI_TELEMETRY_OPTOUT", "1").output()
    };
    dotnet(&["restore"]).ok().filter(|restored| restored.status.success())?;
    let compiled = dotnet(&["build", "--no-restore", "--output", built, "-p:UseAppHost=false"]).ok()?;
    assert!(compiled.status.success(), "{compiled:?}");
    Example::that_runs("csharp/Pull.cs", vec!["dotnet".to_owned(), format!("{built}/pull.dll")])
}

fn source(path: &str) -> String {
    format!("{}/../examples/pull/{path}", env!("CARGO_MANIFEST_DIR"))
}

impl Example {
    fn that_runs(path: &'static str, command: Vec<String>) -> Option<Self> {
        let example = Self { path, command };
        example.run(&["check", &vectors_file()], "", "").status.success().then_some(example)
    }

    fn run(&self, words: &[&str], base: &str, token: &str) -> Output {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).args(words).env("BASE", base).env("TOKEN", token);
        command.output().unwrap_or_else(|_| Command::new("false").output().unwrap())
    }

    /// True for one that checks signatures of an algorithm: .NET has no Ed25519.
    pub(super) fn takes(&self, algorithm: SigningAlgorithm) -> bool {
        algorithm == SigningAlgorithm::Es256 || !self.path.starts_with("csharp")
    }

    /// As [`Self::run`], where it must succeed.
    #[track_caller]
    pub(super) fn said(&self, words: &[&str], base: &str, token: &str) -> String {
        let output = self.run(words, base, token);
        assert!(output.status.success(), "{}: {output:?}", self.path);
        String::from_utf8(output.stdout).unwrap()
    }

    /// As [`Self::run`], where it must refuse what it is told; its words.
    #[track_caller]
    pub(super) fn refuses(&self, words: &[&str], base: &str, token: &str) -> String {
        let output = self.run(words, base, token);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains("refused: "), "{}: {output:?}", self.path);
        said
    }
}

fn vectors_file() -> String {
    format!("{}/../docs/vectors/pull.json", env!("CARGO_MANIFEST_DIR"))
}

fn json_file(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn each_takes_the_vectors_and_nothing_that_differs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("altered.json");
    for example in INSTALLED.iter() {
        for (algorithm, checkpoint) in
            [(SigningAlgorithm::EdDsa, "checkpoint"), (SigningAlgorithm::Es256, "checkpoint_es256")]
        {
            for (altered, _) in altered(checkpoint).into_iter().filter(|_| example.takes(algorithm)) {
                std::fs::write(&file, altered.to_string()).unwrap();
                example.refuses(&["check", file.to_str().unwrap()], "", "");
            }
        }
        // That forgeries are refused is tried, too: one that can be taken is told.
        let mut vectors: Value = serde_json::from_str(VECTORS).unwrap();
        vectors["refused"][0]["jws"] = vectors["checkpoint_es256"]["jws"].clone();
        std::fs::write(&file, vectors.to_string()).unwrap();
        assert!(example.refuses(&["check", file.to_str().unwrap()], "", "").contains("alg none"));
        std::fs::write(&file, VECTORS.replace("Tỷ", "Tỉ").replace("T\\u1ef7", "T\\u1ec9")).unwrap();
        example.refuses(&["check", file.to_str().unwrap()], "", "");
    }
}

#[on_both_engines]
fn each_keeps_a_report_and_a_copy_that_are_the_servers(place: Place) {
    furnish(&place);
    for algorithm in [SigningAlgorithm::EdDsa, SigningAlgorithm::Es256] {
        let name = algorithm.name().to_lowercase();
        each_keeps_what_the_server_has(&Serving::start(&place, &["--signing-algorithm", &name]), algorithm);
    }
}

fn each_keeps_what_the_server_has(serving: &Serving, algorithm: SigningAlgorithm) {
    let may = super::log_in(serving, "may");
    let token = may.token().unwrap();
    let copy = Copy::new();
    pulled(&mut pull(&serving.url, &copy.path, Some(token)));
    let rows = copy.ask("SELECT json_object('at', resource || '/' || id, 'row', json(json)) AS value FROM rows");
    let rows: serde_json::Map<_, _> =
        rows.iter().map(|row| (row["at"].as_str().unwrap().to_owned(), row["row"].clone())).collect();
    let cells = copy.ask("SELECT json(COUNT(*)) AS value FROM cells");
    let report = may.get("/api/v1/provincial-report?period=2026-10").expect(200);
    for example in INSTALLED.iter() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().to_str().unwrap();
        if !example.takes(algorithm) {
            let told = example.refuses(&["report", "2026-10", into], &serving.url, token);
            assert!(told.contains("THIDUA_SIGNING_ALGORITHM=es256") && !folder.path().join("keys.json").exists());
            continue;
        }
        let first = example.said(&["report", "2026-10", into], &serving.url, token);
        assert!(first.contains("as of change"), "{first}");
        assert!(std::fs::read(folder.path().join("report-2026-10.json")).unwrap() == report.body, "{}", example.path);
        assert!(example.said(&["report", "2026-10", into], &serving.url, token).contains("unchanged"));

        let said = example.said(&["copy", into], &serving.url, token);
        assert!(said.contains("from 0 to "), "{said}");
        let kept = json_file(&folder.path().join("copy.json"));
        assert!(kept["rows"] == json!(rows), "{}", example.path);
        assert_eq!(json!(kept["cells"].as_object().unwrap().len()), cells[0], "{}", example.path);
        // With nothing new it is left alone.
        example.said(&["copy", into], &serving.url, token);
        assert_eq!(json_file(&folder.path().join("copy.json")), kept);
    }
}

#[on_both_engines]
fn each_refuses_what_was_altered_on_the_way_and_keeps_what_it_had(world: World) {
    let machine = world.server.machine(Role::Puller, None, &["read"]);
    let token = machine.token().unwrap();
    world.declare("CT3", "H18.1", "2026-08", 1, 2);
    for (example, month) in INSTALLED.iter().zip(["2026-09", "2026-10"]) {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().to_str().unwrap();
        example.said(&["copy", into], &world.server.url(), token);
        example.said(&["report", "2026-10", into], &world.server.url(), token);
        let kept = || ["copy.json", "report-2026-10.json"].map(|file| std::fs::read(folder.path().join(file)).unwrap());
        let before = kept();
        world.declare("CT3", "H18.1", month, 11, 22);
        let proxy = Proxy::altering(&world.server.url(), |what, reply| {
            if what.contains("/changes?") {
                reply.replace("\"numerator\":11", "\"numerator\":12");
            }
            if what.contains("/provincial-report") {
                reply.replace("\"period\":\"2026-10\"", "\"period\":\"2026-11\"");
            }
        });
        example.refuses(&["copy", into], &proxy.url, token);
        example.refuses(&["report", "2026-10", into], &proxy.url, token);
        assert!(kept() == before, "{}", example.path);
        example.said(&["copy", into], &world.server.url(), token);
        assert!(kept()[0] != before[0]);
    }
}
