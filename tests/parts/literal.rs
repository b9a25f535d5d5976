//! Values written into the statement itself. Their type stays in `persistence`: it is looked for in what a database is
//! sent.

use support::engines::Place;
use support::on_both_engines;
use support::statements::Counted;
use thidua_domain::catalogue::record_kinds::TrainingResult;
use thidua_persistence::Slice;
use thidua_persistence::records::training_records::{Filter, Sort, list};

#[on_both_engines]
fn a_literal_is_in_the_statement_which_is_kept(place: Place) {
    Counted::begin();
    let database = place.open();
    let filter = Filter { result: Some(TrainingResult::Completed), ..Filter::default() };
    let slice = Slice { limit: 1, descending: false, after: None, count: false };
    let counted = Counted::of(&place.url);
    let ask = || database.read(|connection| list(connection, &filter, Sort::Id, &slice)).map(|page| page.items.len());
    let (rows, heard) = counted.texts_during(ask);
    assert_eq!(rows.ok(), Some(0));
    let sent: Vec<_> = heard.iter().filter(|text| text.contains(" = 'completed')")).collect();
    assert!(sent.iter().any(|text| text.starts_with("SELECT")), "{heard:#?}");
    assert!(sent.iter().any(|text| text.starts_with("kept: SELECT")), "{heard:#?}");
}
