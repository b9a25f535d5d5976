//! The commands and queries of docs/pull.md.

use super::copy::{Copy, assert_same};
use super::{furnish, log_in};
use crate::program::guides::Guide;
use diesel::prelude::*;
use support::engines::Place;
use support::on_both_engines;
use support::program::Serving;
use thidua_domain::accounts::users::Role;

const GUIDE: Guide = Guide { path: "docs/pull.md", text: include_str!("../../../docs/pull.md") };

#[on_both_engines]
fn every_command_of_the_guide_runs_in_the_order_it_is_written(place: Place) {
    if !GUIDE.can_run(&["curl", "jq", "openssl", "sha256sum", "awk"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    furnish(&place);
    let commands = GUIDE.blocks("sh");
    // At the server's own machine; a server that runs would hear of the user a moment later.
    GUIDE.run(&commands[..1], &place, folder.path(), "");
    let serving = Serving::start(&place, &[]);
    GUIDE.run(&commands[1..], &place, folder.path(), &serving.url);

    let copy = Copy::at(folder);
    assert_same(&copy, &log_in(&serving, "may"), &place.open(), Role::Puller);
    for (line, block) in GUIDE.blocks("sql") {
        for query in block.split_inclusive(";\n") {
            let found = diesel::sql_query(query).execute(&mut copy.connection());
            assert!(found.is_ok(), "docs/pull.md:{line}: {found:?}");
        }
    }
}
