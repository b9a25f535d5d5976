//! The way from an empty system to its first report, as docs/start.md goes it.

use super::guides::Guide;
use support::engines::Place;
use support::on_both_engines;
use support::program::{Serving, run, told};

const GUIDE: Guide = Guide { path: "docs/start.md", text: include_str!("../../docs/start.md") };

#[on_both_engines]
fn the_walk_from_empty_to_the_first_report_runs_as_it_is_written(place: Place) {
    if !GUIDE.can_run(&["curl", "jq", "base64"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let commands = GUIDE.blocks("sh");
    GUIDE.run(&commands[..1], &place, folder.path(), "");
    let mut serving = Serving::start(&place, &[]);
    serving.line();
    assert_eq!(serving.line(), "Administrator  as created earlier", "no password is printed");
    let said = GUIDE.run(&commands[1..], &place, folder.path(), &serving.url);
    assert!(said.contains("CT7  2/3  not_met") && said.contains("CT1  118/118  met"), "{said}");
    assert_eq!(serving.terminate(), Some(0));
    assert!(told(&run(&place, &["verify"], "")).starts_with("clean: "));
}
