//! Reasons for changes, in Vietnamese, from every client: in the header as it is or encoded, or in the query.

use serde_json::{Value, json};
use support::{World, on_both_engines};

/// The last change in the log.
fn last(world: &World) -> Value {
    world.admin.get("/api/v1/audit?limit=1&sort=-seq").expect(200).json["items"][0].clone()
}

#[on_both_engines]
fn a_reason_comes_in_the_header_or_in_the_query(world: World) {
    let encoded = "S%E1%BB%ADa%20theo%20bi%C3%AAn%20b%E1%BA%A3n";
    let spellings = [
        (Some("Sửa theo biên bản".to_owned()), String::new()),
        (Some(format!("UTF-8''{encoded}")), String::new()),
        (Some(format!("utf-8'vi'{encoded}")), String::new()),
        (None, format!("?reason={encoded}")),
        (None, format!("?reason={}", encoded.replace("%20", "+"))),
    ];
    for (number, (header, query)) in spellings.into_iter().enumerate() {
        let client = header.iter().fold(world.admin.clone(), |client, text| client.with("Change-Reason", text));
        let patch = json!({ "name_vi": format!("Sở {number}") });
        client.patch(&format!("/api/v1/agencies/H18.20{query}"), &patch).expect(200);
        assert_eq!(last(&world)["reason"], "Sửa theo biên bản", "{header:?} {query}");
    }
    // A sign of per cent is one, where no encoding is declared.
    let client = world.admin.clone().with("Change-Reason", "Giam 20%25 so nguoi");
    client.patch("/api/v1/agencies/H18.20", &json!({"name_vi": "Sở"})).expect(200);
    assert_eq!(last(&world)["reason"], "Giam 20%25 so nguoi");
}

#[on_both_engines]
fn a_reason_that_cannot_be_read_is_refused_by_a_code_of_its_own_and_nothing_is_changed(world: World) {
    let before = last(&world)["seq"].clone();
    let refused = |client: &support::Client, query: &str| {
        let patch = json!({"name_vi": "Khác"});
        client.patch(&format!("/api/v1/agencies/H18.20{query}"), &patch).refused(422, "invalid_input").errors()
    };
    for header in ["UTF-8''%ZZ", "UTF-8''%E1%BB", "UTF-8''a b", "UTF-8'x"] {
        let client = world.admin.clone().with("Change-Reason", header);
        assert_eq!(refused(&client, "")["/Change-Reason"], "undecodable_reason", "{header}");
    }
    for (query, code) in [
        ("?reason=%ff", "undecodable_reason"),
        ("?reason=%", "undecodable_reason"),
        ("?reason=", "invalid_length"),
        ("?reason=a&reason=b", "duplicate_parameter"),
    ] {
        assert_eq!(refused(&world.admin, query)["/reason"], code, "{query}");
    }
    let both = world.admin.clone().with("Change-Reason", "a");
    assert_eq!(refused(&both, "?reason=a")["/reason"], "reason_given_twice");
    // Other parameters stay unknown, and so does this one where nothing is changed.
    assert_eq!(refused(&world.admin, "?reason=a&ly_do=b")["/ly_do"], "unknown_parameter");
    let asked = world.admin.get("/api/v1/agencies?reason=a").refused(422, "invalid_input");
    assert_eq!(asked.errors()["/reason"], "unknown_parameter");
    assert_eq!(last(&world)["seq"], before);
}
