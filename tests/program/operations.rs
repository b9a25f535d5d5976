//! The claims of docs/operations.md about settings, metrics, alerts and commands.

use super::guides::Guide;
use super::metrics::{Watched, puller, root};
use std::collections::{BTreeMap, BTreeSet};
use support::Engine;
use support::engines::Place;
use support::on_both_engines;
use support::program::{Serving, program};
use support::waiting::eventually;

const GUIDE: Guide = Guide { path: "docs/operations.md", text: include_str!("../../docs/operations.md") };
const ALERTS: &str = include_str!("../../packaging/alerts.yml");

/// Flags with variable and default.
type Settings = BTreeMap<String, (String, Option<String>)>;

/// Flags that have a variable, read from `serve --help`.
fn settings_of_the_program() -> Settings {
    let place = Engine::Sqlite.place().unwrap();
    let mut command = program(&place);
    command.env_clear();
    let help = String::from_utf8(command.args(["serve", "--help"]).output().unwrap().stdout).unwrap();
    let mut settings = Settings::new();
    let mut flag = String::new();
    for line in help.lines().map(str::trim) {
        let bracketed = |name: &str| line.strip_prefix(name)?.strip_suffix(']').map(str::trim);
        if let Some(word) =
            line.split_whitespace().find(|word| word.starts_with("--")).filter(|_| line.starts_with('-'))
        {
            flag = word.to_owned();
        } else if let Some(variable) = bracketed("[env:") {
            settings.insert(flag.clone(), (variable.trim_end_matches('=').to_owned(), None));
        } else if let Some(default) = bracketed("[default:") {
            settings.get_mut(&flag).unwrap().1 = Some(default.to_owned()).filter(|default| default != "\"\"");
        }
    }
    settings
}

/// Variables that `serve` reads.
pub(super) fn variables() -> BTreeSet<String> {
    settings_of_the_program().into_values().map(|(variable, _)| variable).collect()
}

/// The rows of the tables under a heading.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let (_, section) = GUIDE.text.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| "));
    let cells = |row: &str| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    rows.skip(1).map(cells).collect()
}

/// Texts in `backticks`.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_table_of_settings_says_what_the_program_says() {
    let plain = |cell: &str| cell.trim_matches('`').to_owned();
    let said: Settings = rows("Settings")
        .iter()
        .filter(|row| row[0].starts_with("`--"))
        .map(|row| (plain(&row[0]), (plain(&row[1]), (row[2] != "–").then(|| plain(&row[2])))))
        .collect();
    let is = settings_of_the_program();
    assert!(is.len() > 25, "{is:?}");
    assert_eq!(said, is);
}

/// An alert: its name, and the metrics its expression is about.
fn alerts() -> BTreeMap<String, BTreeSet<String>> {
    let mut alerts = BTreeMap::new();
    for alert in ALERTS.split("- alert: ").skip(1) {
        let (name, rule) = alert.split_once('\n').unwrap();
        let expression = rule.split_once("expr:").unwrap().1;
        let expression: String = expression.lines().take_while(|line| !is_key(line)).collect();
        let words = expression.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
        let metrics = words.filter(|word| word.starts_with("thidua_") || word.starts_with("process_"));
        alerts.insert(name.to_owned(), metrics.map(str::to_owned).collect());
    }
    alerts
}

fn is_key(line: &str) -> bool {
    ["for:", "labels:", "annotations:"].iter().any(|key| line.trim().starts_with(key))
}

#[test]
fn every_alert_is_explained_and_everything_told_is_too() {
    let alerts = alerts();
    let (_, section) = GUIDE.text.split_once("\n## Alerts\n").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let explained: BTreeSet<_> =
        section.lines().filter_map(|line| line.strip_prefix("### ")).map(str::to_owned).collect();
    assert_eq!(explained, alerts.keys().cloned().collect());

    let place = Engine::Sqlite.place().unwrap();
    let backups = place.folder().display().to_string();
    let watched = Watched::start(&place, &["--verify-hours", "1", "--backup-folder", &backups]);
    let root = root(&place, &watched.serving);
    puller(&root, "may-keo").get("/api/v1/changes").expect(200);
    puller(&root, "may-khac").post("/api/v1/changes/receipts", &serde_json::json!({"seq": 1})).expect(200);
    let page = eventually("all is told", || {
        let page = watched.scrape();
        let all = ["thidua_verify_outcome", "thidua_puller_given_seq", "thidua_puller_acknowledged_seq"];
        all.iter().all(|name| page.named(name).count() > 0).then_some(page)
    });
    let series: BTreeSet<_> = page.series.keys().map(|(name, _)| name.clone()).collect();
    for (alert, metrics) in &alerts {
        assert!(
            !metrics.is_empty() || ALERTS.contains(&format!("{alert}\n        expr: up{{")),
            "{alert} is about nothing"
        );
        for metric in metrics {
            assert!(series.contains(metric), "{alert} is about {metric}, which is not told");
        }
    }
    let told: BTreeSet<_> = page.kinds.keys().map(String::as_str).collect();
    let rows = rows("Metrics");
    let (of_standby, explained): (BTreeSet<_>, BTreeSet<_>) =
        rows.iter().flat_map(|row| code(&row[0])).partition(|name| name.starts_with("thidua_standby_"));
    assert_eq!(explained, told, "the table of metrics");
    // Told where there is a standby: `program::standbys` reads all three.
    let of_standbys = ["thidua_standby_reads_total", "thidua_standby_seq", "thidua_standby_up"];
    assert_eq!(of_standby, BTreeSet::from(of_standbys), "the table of metrics");
}

#[on_both_engines]
fn every_command_of_the_guide_runs_in_the_order_it_is_written(place: Place) {
    if !GUIDE.can_run(&["curl", "base64"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let commands = GUIDE.blocks("sh");
    GUIDE.run(&commands[..1], &place, folder.path(), "");
    let mut serving = Serving::start(&place, &[]);
    serving.line();
    assert_eq!(serving.line(), "Administrator  as created earlier", "no password is printed");
    let said = GUIDE.run(&commands[1..], &place, folder.path(), &serving.url);
    assert!(said.contains("\"alive\"") && said.contains("\"ready\""), "{said}");
    assert_eq!(serving.terminate(), Some(0));
}
