//! Assumed records, judged by owner.

use std::collections::BTreeSet;
use thidua_http::request::batch::assume_by_owner;
use thidua_persistence::write::batch::RowOutcome;

const OWNERS: usize = 300;
/// So many owners are few, as what they are judged by is held meanwhile.
const FEW: usize = OWNERS / 3;

#[test]
fn records_of_an_owner_are_judged_together_with_few_others_and_answered_in_their_order() {
    let numbers: Vec<usize> = (0..5 * OWNERS / 2).collect();
    let owners: Vec<String> = numbers.iter().map(|number| format!("NV-{}", number % OWNERS)).collect();
    let inputs: Vec<(usize, &str)> = numbers.iter().copied().zip(owners.iter().map(String::as_str)).collect();
    let mut judged = BTreeSet::new();
    let outcomes = assume_by_owner(
        &inputs.iter().collect::<Vec<_>>(),
        |(_, owner)| owner,
        |set| {
            let of_set: BTreeSet<&str> = set.iter().map(|(_, owner)| *owner).collect();
            assert!(of_set.len() <= FEW && of_set.is_disjoint(&judged), "an owner in two sets");
            for owner in &of_set {
                let of_owner = set.iter().filter(|record| record.1 == *owner).map(|record| record.0);
                assert!(of_owner.is_sorted(), "of records with one key the last counts");
            }
            judged.extend(of_set);
            let outcome =
                |number: usize| if number.is_multiple_of(5) { RowOutcome::Created } else { RowOutcome::Unchanged };
            Ok(set.iter().map(|(number, _)| outcome(*number)).collect())
        },
    );
    let outcomes = outcomes.expect("none fails");
    assert_eq!(outcomes.len(), numbers.len());
    for (number, outcome) in outcomes.iter().enumerate() {
        assert_eq!(matches!(outcome, RowOutcome::Created), number.is_multiple_of(5), "{number}");
    }
}
