//! Rows whose codes differ in case alone, from before codes were compared without it: the upgrade keeps them, the exact
//! spelling finds each, and any other the one that was created first.

use super::cases::{Case, furnish};
use super::spellings::{called, coded, otherwise};
use crate::database::fixture::Tables;
use serde_json::Value;
use support::program::{run, told};
use support::{Server, World, on_both_engines};
use thidua_persistence::verify::notes;

/// A resource, its member, and two rows that an earlier version made, in order.
type Twins = (&'static Case, &'static str, [Value; 2]);

/// The table of a resource.
fn table(case: &Case) -> String {
    case.list.rsplit('/').next().unwrap_or_default().replace('-', "_")
}

/// Twins of every resource in a database as an earlier version left it, and a node that has just upgraded it. The first
/// rows are hidden while the second are written, so that the log and the tables hold both.
fn upgraded(world: &World) -> (Server, Vec<Twins>) {
    furnish(world);
    let first: Vec<_> = coded().map(|(case, member)| (case, member, world.create(case.list, (case.body)(0)))).collect();
    let mut tables = Tables::of(world.server.place());
    let each = |tables: &mut Tables, value: &dyn Fn(&str) -> String| {
        for (case, member, row) in &first {
            tables.execute(&format!(
                "UPDATE {} SET {member} = {} WHERE id = {}",
                table(case),
                value(member),
                row["id"]
            ));
        }
    };
    first.iter().for_each(|(case, ..)| tables.execute(&format!("DROP INDEX {}_folded", table(case))));
    let log = |tables: &mut Tables, from: &str, to: &str| {
        let hide = |id| format!("UPDATE changes SET after = replace(after, '{from}', '{to}') WHERE seq = {id}");
        first.iter().for_each(|(.., row)| tables.execute(&hide(&row["id"])));
    };
    each(&mut tables, &|member| format!("'hidden-' || {member}"));
    log(&mut tables, r#""code":""#, r#""code":"hidden-"#);
    let earlier = world.server.lagging_node();
    let admin = earlier.admin();
    let both = first.iter().map(|(case, member, row)| {
        let body = called((case, member), 1, &otherwise(row[*member].as_str().expect("a code")));
        let second = admin.post(&case.all(), &body).expect(201).json;
        (*case, *member, [row.clone(), second])
    });
    let both = both.collect();
    drop(earlier);
    each(&mut tables, &|member| format!("substr({member}, 8)"));
    log(&mut tables, r#""code":"hidden-"#, r#""code":""#);
    tables.execute(
        "DROP INDEX former_codes_by_folded;
         DELETE FROM __diesel_schema_migrations WHERE version = '20261130225900'",
    );
    (world.server.lagging_node(), both)
}

#[on_both_engines]
fn an_upgrade_keeps_twins_and_lets_no_third_spelling_in(world: World) {
    let (node, all) = upgraded(&world);
    let admin = node.admin();
    for (case, member, rows) in &all {
        for row in rows {
            let read = admin.get(&case.path(row)).expect(200).json;
            assert_eq!((&read["id"], &read[*member]), (&row["id"], &row[*member]), "{}", case.list);
            admin.patch(&case.path(row), &(case.change)()).expect(200);
        }
        let stored = rows.each_ref().map(|row| row[*member].as_str().expect("a code"));
        let lower = stored[0].to_lowercase();
        let third = format!("{}{}", lower[..1].to_uppercase(), &lower[1..]);
        if stored.contains(&third.as_str()) {
            continue;
        }
        let found = admin.get(&format!("{}/{third}", case.all())).expect(200).json;
        assert_eq!(found["id"], rows[0]["id"], "{}", case.list);
        admin.post(&case.all(), &called((case, member), 2, &third)).refused(409, "already_exists");
    }
    node.assert_verified();
}

#[on_both_engines]
fn verify_notes_twins_and_finds_no_fault_with_them(world: World) {
    let (node, all) = upgraded(&world);
    let noted = node.database().read(notes).expect("notes are read");
    assert_eq!(noted.len(), all.len(), "{noted:?}");
    for (case, _, rows) in &all {
        let ids = format!("{}, {}", rows[0]["id"], rows[1]["id"]);
        let named = if ["users", "clients"].contains(&case.list) {
            "accounts".to_owned()
        } else {
            table(case).replace('_', "-")
        };
        assert!(noted.iter().any(|note| note.starts_with(&named) && note.contains(&ids)), "{named} {ids}: {noted:?}");
    }
    let said = run(world.server.place(), &["verify"], "");
    assert_eq!(said.status.code(), Some(0));
    let text = told(&said);
    assert!(text.starts_with("clean: ") && text.contains("note: staff "), "{text}");
}

/// The key tells the later twin apart, and no other row.
#[on_both_engines]
fn the_key_holds_for_rows_beside_twins(world: World) {
    let (node, all) = upgraded(&world);
    let mut tables = Tables::of(world.server.place());
    for (case, member, rows) in &all {
        let new = node.admin().post(&case.all(), &(case.body)(3)).expect(201).json;
        let spelled = rows[0][*member].as_str().expect("a code");
        // The exact spellings are taken by the older key, so a third stands for all.
        let third = format!("{}{}", spelled[..1].to_lowercase(), spelled[1..].to_uppercase());
        let edit = format!("UPDATE {} SET {member} = '{third}' WHERE id = {}", table(case), new["id"]);
        assert!(tables.attempt(&edit).is_err(), "{edit}");
    }
}
