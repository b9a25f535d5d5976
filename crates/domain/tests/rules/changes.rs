//! The change log's hash chain.

use proptest::prelude::*;
use thidua_domain::log::changes::{Actor, ActorKind, Change, HashForm, Operation, Resource, genesis};
use thidua_domain::log::nonce::Nonce;

/// Hashes of [`chain`] in the first form, computed with Python from the documented definition:
/// `hashlib.sha256(json.dumps([previous, seq, at, actor_kind, actor_id, resource, resource_id, operation, before,
/// after, reason], ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()`.
const KNOWN: [&str; 3] = [
    "2f2a4f94bd2432ab545f8a0351da91557561ad27fa6f203a39f9975c49db8052",
    "433ee272d086bad4e8689c23af4dd9f7c27dcdf256b72971950831ee6197e9e1",
    "efd53929cdb4f0d6f5f81330afa97fb519b979556a294c874488b19fca4731c2",
];

/// In the second form, each change with its nonce, as `json.dumps([2, nonce, [previous, …]])`.
const KNOWN_WITH_NONCES: [(&str, &str); 3] = [
    ("000102030405060708090a0b0c0d0e0f", "37f6c1ed692af1b371f42c4bca68b9865077faf040c0a26283aee992bf9c312d"),
    ("ffffffffffffffffffffffffffffffff", "1174c810223684d4ea0869ac65bb98fdf02e8d2a580ecb5635b6515972c5cdee"),
    ("00000000000000000000000000000000", "eeebf452f416f783437a968190cf1e2a7663e8afbb471ec30b285e1aeb7a89e5"),
];

/// A creation, an update and a deletion, with Vietnamese letters, quotes and control characters.
fn chain() -> [Change; 3] {
    [
        Change {
            seq: 1,
            at: 1_790_000_000_000_000,
            actor: Actor::SYSTEM,
            resource: Resource::Agencies,
            resource_id: 1,
            operation: Operation::Create,
            before: None,
            after: Some(r#"{"name_vi":"Sở Khoa học và Công nghệ","parent":null}"#.into()),
            reason: None,
            nonce: None,
        },
        Change {
            seq: 2,
            at: 1_790_000_000_000_001,
            actor: Actor { kind: ActorKind::Person, id: 17 },
            resource: Resource::TrainingRecords,
            // Beyond the whole numbers a double can hold.
            resource_id: 9_007_199_254_740_993,
            operation: Operation::Update,
            before: Some(r#"{"on":"2026-02-14"}"#.into()),
            after: Some(r#"{"on":"2026-02-15"}"#.into()),
            reason: Some("Sửa ngày: \"14\" → 15\n\t\\\u{1}\u{7f}".into()),
            nonce: None,
        },
        Change {
            seq: 3,
            at: -1,
            actor: Actor { kind: ActorKind::Machine, id: 18 },
            resource: Resource::Observations,
            resource_id: 5,
            operation: Operation::Delete,
            before: Some("{}".into()),
            after: None,
            reason: Some(String::new()),
            nonce: None,
        },
    ]
}

#[test]
fn the_chain_has_the_hashes_anyone_can_compute_from_the_definition() {
    let mut previous = genesis();
    assert_eq!(previous, "0000000000000000000000000000000000000000000000000000000000000000");
    for (change, known) in chain().iter().zip(KNOWN) {
        previous = change.hash(&previous);
        assert_eq!(previous, known, "change {}", change.seq);
    }
    previous = genesis();
    for (change, (nonce, known)) in chain().into_iter().zip(KNOWN_WITH_NONCES) {
        let change = Change { nonce: Nonce::parse(nonce), ..change };
        previous = change.hash(&previous);
        assert_eq!((previous.as_str(), change.form()), (known, HashForm::Second), "change {}", change.seq);
    }
}

#[test]
fn a_nonce_has_one_text_and_nothing_else_is_one() {
    let bytes = std::array::from_fn(|index| index as u8 * 17);
    let text = "00112233445566778899aabbccddeeff";
    assert_eq!(Nonce::new(bytes).to_string(), text);
    assert_eq!(Nonce::parse(text), Some(Nonce::new(bytes)));
    for none in [
        "",
        &text[1..],
        &text[2..],
        &format!("{text}0"),
        &format!("{text}00"),
        &text.to_uppercase(),
        &text.replace('f', "g"),
        &text.replace("ff", "é"),
    ] {
        assert_eq!(Nonce::parse(none), None, "{none}");
    }
    assert!(
        !format!("{:?}", Change { nonce: Nonce::parse(text), ..chain()[0].clone() }).contains(text),
        "nor is it traced"
    );
}

#[test]
fn a_change_to_an_early_row_changes_every_later_hash() {
    let hashes = |changes: &[Change]| {
        let mut previous = genesis();
        changes
            .iter()
            .map(|change| {
                previous = change.hash(&previous);
                previous.clone()
            })
            .collect::<Vec<_>>()
    };
    let honest = chain();
    let mut forged = chain();
    forged[0].reason = Some("quên".into());
    for (before, after) in hashes(&honest).iter().zip(hashes(&forged)) {
        assert_ne!(*before, after);
    }
}

#[test]
fn absent_and_empty_and_the_word_null_are_three_things() {
    let with =
        |reason: Option<&str>| Change { reason: reason.map(str::to_owned), ..chain()[0].clone() }.hash(&genesis());
    assert_ne!(with(None), with(Some("")));
    assert_ne!(with(None), with(Some("null")));
    assert_ne!(with(Some("")), with(Some("null")));
}

#[test]
fn a_change_knows_its_moment() {
    assert_eq!(chain()[1].moment().to_rfc3339(), "2026-09-21T14:13:20.000001+00:00");
    assert_eq!(Change { at: i64::MAX, ..chain()[0].clone() }.moment().timestamp_micros(), 0, "beyond any calendar");
}

fn any_change() -> impl Strategy<Value = Change> {
    let text = || prop_oneof![Just(String::new()), "[a-z\"\\\\,\\[\\]{}:]{0,6}", any::<String>()];
    let optional = move || prop::option::of(text());
    let nonce = prop::option::of(any::<[u8; Nonce::LENGTH]>().prop_map(Nonce::new));
    let numbers = (any::<i64>(), any::<i64>(), any::<i64>(), any::<i64>());
    let kinds = (
        prop::sample::select(ActorKind::ALL),
        prop::sample::select(Operation::ALL),
        prop::sample::select(Resource::ALL),
    );
    (numbers, kinds, (optional(), optional(), optional()), nonce).prop_map(
        |((seq, at, actor, resource_id), (kind, operation, resource), (before, after, reason), nonce)| Change {
            seq,
            at,
            actor: Actor { kind, id: actor },
            resource,
            resource_id,
            operation,
            before,
            after,
            reason,
            nonce,
        },
    )
}

/// Takes one member from another change.
type Graft = fn(&mut Change, &Change);

proptest! {
    #[test]
    fn changing_any_one_member_changes_the_hash(change in any_change(), other in any_change()) {
        let members: [Graft; 11] = [
            |to, from| to.seq = from.seq,
            |to, from| to.at = from.at,
            |to, from| to.actor.kind = from.actor.kind,
            |to, from| to.actor.id = from.actor.id,
            |to, from| to.resource = from.resource,
            |to, from| to.resource_id = from.resource_id,
            |to, from| to.operation = from.operation,
            |to, from| to.before.clone_from(&from.before),
            |to, from| to.after.clone_from(&from.after),
            |to, from| to.reason.clone_from(&from.reason),
            |to, from| to.nonce = from.nonce,
        ];
        for graft in members {
            let mut changed = change.clone();
            graft(&mut changed, &other);
            prop_assert_eq!(changed.hash(&genesis()) == change.hash(&genesis()), changed == change);
        }
    }

    #[test]
    fn text_cannot_move_from_one_member_to_its_neighbour(
        change in any_change(), parts in prop::array::uniform2("[a\",]{0,3}"),
    ) {
        let with = |before: &str, after: &str| {
            let (before, after) = (Some(before.to_owned()), Some(after.to_owned()));
            Change { before, after, ..change.clone() }.hash(&genesis())
        };
        let [first, second] = &parts;
        let joined = format!("{first}\",\"{second}");
        prop_assert_ne!(with(first, &format!("{second}x")), with(&format!("{first}x"), second));
        prop_assert_ne!(with(&joined, ""), with(first, second));
    }

    #[test]
    fn a_hash_depends_on_the_hash_before_it(change in any_change(), previous in "[0-9a-f]{64}") {
        let hash = change.hash(&previous);
        prop_assert!(hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{}", hash);
        prop_assert_ne!(&hash, &change.hash(&hash));
    }

    #[test]
    fn a_change_reads_back_from_json_with_the_same_hash(change in any_change()) {
        let json = serde_json::to_string(&change).unwrap();
        let back: Change = serde_json::from_str(&json).unwrap();
        prop_assert_eq!(back.hash(&genesis()), change.hash(&genesis()));
        prop_assert_eq!(back, change);
    }
}
