//! Phases of stocks: every answer names its phase, and the month from which it adds up.

use serde_json::{Value, json};
use support::bodies;
use support::{World, on_both_engines};

fn mark(row: &Value) -> Value {
    json!([row["phase"], row["sum_from"], row["numerator"], row["denominator"]])
}

#[on_both_engines]
fn the_month_in_which_a_stock_begins_anew_can_be_seen_in_every_answer(world: World) {
    world.course("K");
    world.course("K2");
    for person in ["A", "B", "C"] {
        world.person(person, "H18.1", "2024-01-02");
    }
    world.trained("A", "K", "2024-05-06");
    world.trained("B", "K", "2025-06-02");
    world.trained("A", "K2", "2026-02-02");
    world.declare("CT3", "H18.1", "2025-12", 1, 2);
    world.declare("CT3", "H18.1", "2026-01", 1, 2);
    world.admin.patch("/api/v1/movements/M/phases/I", &json!({"frozen": true})).expect(200);
    // Two of three by the end of phase I, none of three as phase II begins, one of three in February.
    let expected = [json!(["I", "2023-01", 2, 3]), json!(["II", "2026-01", 0, 3]), json!(["II", "2026-01", 1, 3])];
    let flow = [json!(["I", null, 1, 2]), json!(["II", null, 1, 2])];
    let series = |indicator: &str, to: &str| {
        let path = format!("/api/v1/attainments/{indicator}/H18.1/series?from=2025-12&to={to}");
        world.admin.get(&path).expect(200).items().iter().map(mark).collect::<Vec<_>>()
    };
    assert_eq!(series("CT7", "2026-02"), expected);
    assert_eq!(series("CT3", "2026-01"), flow);
    world.create(
        "export-profiles",
        bodies::profile(
            "gd",
            &[
                bodies::property("CoQuan", "text", "agency"),
                bodies::property("ChiTieu", "text", "indicator"),
                bodies::property("GiaiDoan", "text", "phase"),
                bodies::property("TuThang", "text", "sum_from"),
            ],
        ),
    );
    for (at, period) in ["2025-12", "2026-01"].into_iter().enumerate() {
        for (indicator, expected) in [("CT7", &expected[at]), ("CT3", &flow[at])] {
            let of = |rows: &Value| {
                let mut rows = rows.as_array().unwrap().iter();
                mark(rows.find(|row| row["agency"] == "H18.1" && row["indicator"] == indicator).unwrap())
            };
            assert_eq!(&mark(&world.attainment(indicator, "H18.1", period)), expected);
            let list = world.admin.get(&format!("/api/v1/attainments?period={period}&subtree=true")).expect(200).json;
            assert_eq!(&of(&list["items"]), expected);
            let report = world.admin.get(&format!("/api/v1/provincial-report?period={period}")).expect(200).json;
            assert_eq!(&of(&report["attainments"]), expected);
            let exported =
                world.admin.get(&format!("/api/v1/export-profiles/gd/report?period={period}")).expect(200).json;
            let mut rows = exported.as_array().unwrap().iter();
            let row = rows.find(|row| row["CoQuan"] == "H18.1" && row["ChiTieu"] == indicator).unwrap();
            assert_eq!((&row["GiaiDoan"], &row["TuThang"]), (&expected[0], &expected[1]));
        }
    }
    // No phase holds 2031.
    assert_eq!(mark(&world.attainment("CT3", "H18.1", "2031")), json!([null, null, null, null]));
    world.server.assert_verified();
}
