//! Former codes of rows: kept when rows are renamed or deleted, removed when people are erased, and filled in from the
//! log.

use crate::database::fixture::{Fixture, Pair, code, context, course, finding, hire};
use support::on_both_engines;
use support::server::create_user;
use thidua_domain::accounts::users::{Role, User};
use thidua_domain::catalogue::record_kinds::CourseKind;
use thidua_domain::id::StaffId;
use thidua_persistence::accounts::users::UserProfile;
use thidua_persistence::accounts::{self, erasure, users};
use thidua_persistence::records::{self, courses, staff};
use thidua_persistence::verify::Finding;
use thidua_persistence::{Context, Result, Transaction};

/// The version of the migration whose folder name ends with `end`.
fn migration(end: &str) -> String {
    let names = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/sqlite")).expect("migrations");
    let names = names.map(|entry| entry.expect("a migration").file_name().into_string().expect("a name"));
    let name = names.into_iter().find(|name| name.ends_with(end)).expect("the migration");
    name.trim_end_matches(end).replace('-', "")
}

fn renamed(transaction: &mut Transaction<'_>, id: StaffId, to: &str) -> Result<()> {
    let before = staff::get(transaction.connection(), id)?;
    staff::update(transaction, id, &thidua_domain::records::staff::Staff { code: code(to), ..before })
}

fn index(world: &Fixture) -> Vec<(String, String)> {
    let rows = world
        .tables()
        .pairs("SELECT resource || ' ' || row_id AS one, code AS two FROM former_codes ORDER BY row_id, code");
    rows.into_iter().map(|Pair { one, two }| (one, two)).collect()
}

#[on_both_engines]
fn codes_that_rows_have_had_are_kept_and_filled_in_again_from_the_log(world: Fixture) {
    let (commune, organiser) = (world.commune(), world.ids.agencies[1]);
    let said = Context { reason: Some("Theo đề nghị".to_owned()), ..context() };
    let write = |work: fn(&mut Transaction<'_>, Vec<StaffId>) -> Result<()>, ids: &[StaffId]| {
        let ids = ids.to_vec();
        world.database.write(said.clone(), move |transaction| work(transaction, ids)).expect("it fits");
    };
    let ids = world.write(move |transaction| {
        ["A", "B", "C", "D", "E"].iter().map(|code| hire(transaction, code, commune)).collect::<Result<Vec<_>>>()
    });
    let ids = ids.expect("they fit");
    // One is renamed there and back, and on; one is deleted after a renaming.
    write(
        |transaction, ids| {
            ["A-2", "A", "A-3"].iter().try_for_each(|code| renamed(transaction, ids[0], code))?;
            renamed(transaction, ids[1], "B-2")?;
            staff::delete(transaction, ids[1])
        },
        &ids,
    );
    // One is erased after a renaming, one after it was deleted; the code of the last is another's by then.
    write(
        |transaction, ids| {
            renamed(transaction, ids[2], "C-2")?;
            staff::delete(transaction, ids[3])?;
            renamed(transaction, ids[4], "D")?;
            records::erasure::erase(transaction, ids[2])?;
            records::erasure::erase(transaction, ids[3]).map(|_| ())
        },
        &ids,
    );
    let course = world.write(move |transaction| {
        let mut held = course("K-9", CourseKind::Ai, organiser);
        let id = courses::insert(transaction, &held)?;
        held.code = code("K-10");
        courses::update(transaction, id, &held)?;
        courses::delete(transaction, id).map(|()| id)
    });
    let course = course.expect("it fits");
    let of = |id: StaffId, code: &str| (format!("staff {id}"), code.to_owned());
    let of_course = |code: &str| (format!("courses {course}"), code.to_owned());
    let expected = vec![
        of(ids[0], "A"),
        of(ids[0], "A-2"),
        of(ids[1], "B"),
        of(ids[1], "B-2"),
        of(ids[3], &format!("erased-{}", ids[3])),
        of(ids[4], "E"),
        of_course("K-10"),
        of_course("K-9"),
    ];
    assert_eq!(index(&world), expected);

    let ever = |code: &str| {
        world.database.read(|connection| staff::find_ever(connection, code, |_| true)).expect("it is read")
    };
    let found = |code: &str| ever(code).map(|(id, _)| id);
    assert_eq!(found("B-2"), Some(ids[1]), "by the last code");
    assert_eq!(found("B"), None, "not by one before");
    assert_eq!(found("D"), Some(ids[4]), "whoever has it now");
    assert_eq!(found(&format!("erased-{}", ids[3])), Some(ids[3]));
    assert_eq!((found("C"), found("C-2"), found("nobody")), (None, None, None));
    assert!(matches!(finding(&world.database), Finding::Clean { .. }));

    // As a program that had no such index would have left it.
    let Fixture { database, place, ids } = world;
    drop(database);
    let mut tables = crate::database::fixture::Tables::of(&place);
    let version = migration("_former_codes");
    tables.execute(&format!(
        "DROP TABLE former_codes; DELETE FROM __diesel_schema_migrations WHERE version = '{version}'"
    ));
    let world = Fixture { database: place.open(), place, ids };
    assert_eq!(index(&world), expected);
    assert!(matches!(finding(&world.database), Finding::Clean { .. }));
}

#[on_both_engines]
fn names_that_accounts_have_had_are_kept_forgotten_and_filled_in_again_from_the_log(world: Fixture) {
    for name in ["ten-cu", "nguoi-khac"] {
        create_user(&world.database, name, Role::Viewer);
    }
    let found = |name: &str| {
        world.database.read(|connection| users::find(connection, name)).expect("it is read").expect("a user")
    };
    let (id, profile) = found("ten-cu");
    let (erased, other) = found("nguoi-khac");
    world
        .write(move |transaction| {
            for name in ["ten-moi", "ten-moi-nua"] {
                users::update(transaction, id, &UserProfile { username: code(name), ..profile.clone() }, None)?;
            }
            Ok(())
        })
        .expect("it fits");
    let said = Context { reason: Some("Theo đề nghị".to_owned()), ..context() };
    world
        .database
        .write(said, move |transaction| {
            let user = User { disabled: true, ..other.user.clone() };
            let renamed = UserProfile { username: code("nguoi-khac-nua"), user, ..other.clone() };
            users::update(transaction, erased, &renamed, None)?;
            erasure::user(transaction, erased, &renamed, "khong-dung-duoc")
        })
        .expect("it fits");
    let of = |name: &str| (format!("users {id}"), name.to_owned());
    let expected = [of("ten-cu"), of("ten-moi")];
    assert_eq!(index(&world), expected);
    let had =
        |name: &str| world.database.read(|connection| accounts::once_named(connection, name)).expect("it is read");
    let once = vec![(id, "ten-cu".to_owned())];
    assert_eq!((had("ten-cu"), had("ten-moi-nua"), had("nguoi-khac")), (once, vec![], vec![]));
    assert!(matches!(finding(&world.database), Finding::Clean { .. }));

    // As a program whose index had no names would have left it.
    let Fixture { database, place, ids } = world;
    drop(database);
    let mut tables = crate::database::fixture::Tables::of(&place);
    let version = migration("_former_names");
    tables.execute(&format!(
        "DELETE FROM former_codes; DROP INDEX changes_by_actor_id_seq; DROP INDEX changes_by_resource_seq;
             DROP INDEX events_by_actor_id_seq; DROP INDEX events_by_kind_seq;
             DELETE FROM __diesel_schema_migrations WHERE version = '{version}'"
    ));
    let world = Fixture { database: place.open(), place, ids };
    assert_eq!(index(&world), expected);
    assert!(matches!(finding(&world.database), Finding::Clean { .. }));
}
