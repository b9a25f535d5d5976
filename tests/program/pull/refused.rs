//! Pages, checkpoints and keys that cannot be right: the puller stores nothing of them.

use super::copy::{Copy, assert_same};
use super::{ended, pulled, refused};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::program::pull;
use support::proxy::{Proxy, Reply};
use support::replay;
use support::server::PASSWORD;
use support::{Server, World, on_both_engines};
use thidua_domain::accounts::users::Role;
use thidua_http::config::key_place::KeyPlace;
use thidua_http::config::signing::SigningAlgorithm;
use thidua_http::crypto::key_files;
use thidua_http::crypto::signing::SigningKey;

#[on_both_engines]
fn a_server_that_has_lost_or_rewritten_changes_is_found_out(world: World) {
    let copy = Copy::new();
    let log = replay::log(&world.server);
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    pulled(&mut pull(&world.server.url(), &copy.path, world.admin.token()));

    // As restored from the backup of the day before.
    let place = world.server.engine().place().unwrap();
    let database = replay::replay(&place, log);
    let restored = World { admin: world.admin.clone(), server: Server::on_database(place, database) };
    let restored = World { admin: restored.server.admin(), ..restored };
    let run = || pull(&restored.server.url(), &copy.path, restored.admin.token());
    refused(&mut run(), &copy, "the server has lost or rewritten changes");
    // Its log grows again, past where the copy is.
    restored.declare("CT3", "H18.1", "2026-10", 1, 2);
    refused(&mut run(), &copy, "the server's log is another one than this copy's");
    restored.declare("CT3", "H18.2", "2026-10", 1, 2);
    refused(&mut run(), &copy, "the server's log is another one than this copy's");
}

#[on_both_engines]
fn a_page_that_was_altered_on_the_way_is_refused(world: World) {
    let copy = Copy::new();
    pulled(&mut pull(&world.server.url(), &copy.path, world.admin.token()));
    world.declare("CT3", "H18.1", "2026-10", 11, 22);
    world.person("NV-1", "H18.1", "2026-01-05");
    type Alteration = fn(&mut Value);
    let alterations: [(Alteration, &str); 13] = [
        (
            |page| alter(&mut page["items"][0]["after"], "\"numerator\":11", "\"numerator\":12"),
            "does not have the hash it says",
        ),
        (|page| page["items"][0]["reason"] = json!("vì thế"), "does not have the hash it says"),
        (|page| page["items"][0]["id"] = json!(1), "does not have the hash it says"),
        (|page| page["items"][1]["hash"] = json!("0".repeat(64)), "does not have the hash it says"),
        (|page| page["items"][0]["nonce"] = json!("0".repeat(32)), "does not have the hash it says"),
        (|page| drop(page["items"][0].as_object_mut().unwrap().remove("nonce")), "does not have the form it says"),
        (
            |page| page["items"][0]["form"] = json!(3),
            "has the form 3, which this version does not know: upgrade thidua here",
        ),
        // As a puller of before reads it.
        (
            |page| {
                ["form", "nonce"].iter().for_each(|name| drop(page["items"][0].as_object_mut().unwrap().remove(*name)))
            },
            "does not have the hash it says",
        ),
        (|page| drop(page["items"].as_array_mut().unwrap().remove(0)), "follows position"),
        (|page| page["items"].as_array_mut().unwrap().swap(0, 1), "follows position"),
        (|page| page["items"][0]["cells"][0]["numerator"] = json!(12), "does not have the digest it says"),
        (|page| drop(page["items"][0].as_object_mut().unwrap().remove("operation")), "is said to be whole, and is not"),
        (|page| page["previous_hash"] = json!("f".repeat(64)), "the server's log is another one"),
    ];
    for (alteration, words) in alterations {
        let proxy = Proxy::altering(&world.server.url(), move |what, reply| {
            if what.contains("/changes?") {
                let mut page: Value = serde_json::from_slice(&reply.body).unwrap();
                alteration(&mut page);
                reply.body = page.to_string().into_bytes();
            }
        });
        refused(&mut pull(&proxy.url, &copy.path, world.admin.token()), &copy, words);
    }
    pulled(&mut pull(&world.server.url(), &copy.path, world.admin.token()));
    assert_same(&copy, &world.admin, world.server.database(), Role::Admin);
}

#[on_both_engines]
fn whichever_byte_of_a_page_is_altered_nothing_untrue_is_stored(world: World) {
    let copy = Copy::new();
    pulled(&mut pull(&world.server.url(), &copy.path, world.admin.token()));
    let before = copy.bytes().unwrap();
    world.declare("CT3", "H18.1", "2026-10", 11, 22);
    world.person("NV-1", "H18.1", "2026-01-05");
    pulled(&mut pull(&world.server.url(), &copy.path, world.admin.token()));
    let right = copy.content();

    let at = Arc::new(AtomicUsize::new(0));
    let length = Arc::new(AtomicUsize::new(0));
    let (own_at, own_length) = (Arc::clone(&at), Arc::clone(&length));
    let proxy = Proxy::altering(&world.server.url(), move |what, reply| {
        let at = own_at.load(Ordering::SeqCst);
        if what.contains("/changes?") && at < reply.body.len() {
            reply.body[at] ^= 1;
            own_length.store(reply.body.len(), Ordering::SeqCst);
            own_at.store(usize::MAX, Ordering::SeqCst);
        }
    });
    // Every byte would take minutes; a prime's multiples come everywhere in the end.
    let (mut next, mut refusals) = (0, 0);
    while next == 0 || next < length.load(Ordering::SeqCst) {
        std::fs::write(&copy.path, &before).unwrap();
        at.store(next, Ordering::SeqCst);
        let (done, said) = ended(&mut pull(&proxy.url, &copy.path, world.admin.token()));
        if done {
            assert!(copy.content() == right, "byte {next}: {said}");
        } else {
            assert!(copy.bytes().unwrap() == before, "byte {next}: {said}");
            refusals += 1;
        }
        next += 53;
    }
    assert!(refusals > 10, "{refusals}");
}

#[on_both_engines]
fn a_forged_signature_is_refused(world: World) {
    let copy = Copy::new();
    pulled(&mut pull(&world.server.url(), &copy.path, world.admin.token()));
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let folder = tempfile::tempdir().unwrap();
    let other = Arc::new(another_key(folder.path()));
    let run = |forge: fn(&SigningKey, &str, &mut Reply), file: &Copy, words: &[&str], why: &str| {
        let other = Arc::clone(&other);
        let proxy = Proxy::altering(&world.server.url(), move |what, reply| forge(&other, what, reply));
        let mut command = pull(&proxy.url, &file.path, world.admin.token());
        refused(command.args(["--report", "2026-10"]).args(words), file, why);
    };
    // Signed by somebody else, who says so, or claims the right key's name.
    run(
        |other, what, reply| {
            if what.contains("/checkpoints") {
                sign(other, reply, false)
            }
        },
        &copy,
        &[],
        "trusted are: ",
    );
    run(
        |other, what, reply| {
            if what.contains("/checkpoints") {
                sign(other, reply, true)
            }
        },
        &copy,
        &[],
        "is not by the key",
    );
    // By somebody else who publishes that key, too; on first sight only a key known from elsewhere helps.
    run(publish, &copy, &[], "--trust-key");
    let right =
        copy.ask("SELECT json_extract(value, '$.keys[0]') AS value FROM meta WHERE name = 'keys'")[0]["kid"].clone();
    let fresh = Copy::new();
    pulled(pull(&world.server.url(), &fresh.path, world.admin.token()).args(["--trust-key", right.as_str().unwrap()]));
    let fresh = Copy::new();
    let (done, said) = {
        let other = Arc::clone(&other);
        let proxy = Proxy::altering(&world.server.url(), move |what, reply| publish(&other, what, reply));
        ended(pull(&proxy.url, &fresh.path, world.admin.token()).args(["--trust-key", right.as_str().unwrap()]))
    };
    assert!(!done && said.contains("--trust-key") && fresh.position() == 0, "{said}");
    // The right signature of something else.
    run(
        |_, what, reply| {
            if what.contains("/checkpoints") {
                reply.replace("\"hash\":\"", "\"hash\":\"f");
            }
        },
        &copy,
        &[],
        "something else than its signature covers",
    );
    pulled(&mut pull(&world.server.url(), &copy.path, world.admin.token()));
    run(
        |_, what, reply| {
            if what.contains("/provincial-report") {
                reply.replace("\"numerator\":1", "\"numerator\":2");
            }
        },
        &copy,
        &[],
        "or of something else",
    );
    run(
        |_, what, reply| {
            if what.contains("/provincial-report") {
                reply.head = reply.head.replace("jws-signature", "x-signature");
            }
        },
        &copy,
        &[],
        "it is not signed",
    );
}

#[on_both_engines]
fn a_key_that_was_changed_is_trusted_when_it_is_named(world: World) {
    let copy = Copy::new();
    pulled(&mut pull(&world.server.url(), &copy.path, world.admin.token()));
    world.declare("CT3", "H18.1", "2026-10", 1, 2);
    let folder = tempfile::tempdir().unwrap();
    let other = another_key(folder.path());
    let name = other.id().to_owned();
    let proxy = Proxy::altering(&world.server.url(), move |what, reply| publish(&other, what, reply));
    let run = || pull(&proxy.url, &copy.path, world.admin.token());
    refused(&mut run(), &copy, &name);
    pulled(run().args(["--trust-key", &name]));
    world.declare("CT3", "H18.2", "2026-10", 1, 2);
    pulled(&mut run());
    assert_same(&copy, &world.admin, world.server.database(), Role::Admin);
}

#[on_both_engines]
fn a_key_can_be_named_whatever_its_name_begins_with(world: World) {
    let copy = Copy::new();
    let mut command = pull(&world.server.url(), &copy.path, world.admin.token());
    let (done, said) = ended(command.args(["--trust-key", "-P7", "--trust-key", "--P7"]));
    assert!(!done && said.contains("-P7, --P7"), "{said}");
}

#[on_both_engines]
fn a_pull_that_cannot_be_meant_is_refused(world: World) {
    let (copy, url) = (Copy::new(), world.server.url());
    let machine = world.server.user(Role::Puller, None);
    let run = || pull(&url, &copy.path, None);
    refused(&mut run(), &copy, "who pulls?");
    refused(run().args(["--username", "admin"]), &copy, "the password of admin?");
    refused(&mut pull("http://thidua.example", &copy.path, world.admin.token()), &copy, "--insecure");
    refused(&mut pull("thidua.example", &copy.path, world.admin.token()), &copy, "https://HOST");
    let (done, said) = ended(run().args(["--username", "admin"]).env("THIDUA_PULL_PASSWORD", "sai-mat-khau-roi"));
    assert!(!done && said.contains("refused with 401: ") && said.contains("wrong_credentials"), "{said}");

    let password = tempfile::tempdir().unwrap();
    let file = password.path().join("password.txt");
    std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
    pulled(run().args(["--username", "admin", "--password-file"]).arg(&file));
    // The file holds what an administrator sees.
    refused(&mut pull(&url, &copy.path, machine.token()), &copy, "the file holds what the role admin");
    let foreign = Copy::new();
    foreign.execute("CREATE TABLE t (a)");
    refused(&mut pull(&url, &foreign.path, world.admin.token()), &foreign, "it is a database of something else");
    copy.execute("PRAGMA user_version = 99");
    refused(
        run().args(["--username", "admin", "--password-file"]).arg(&file),
        &copy,
        "a newer version of thidua has made it",
    );
}

fn alter(text: &mut Value, old: &str, new: &str) {
    let altered = text.as_str().unwrap().replacen(old, new, 1);
    assert_ne!(text.as_str(), Some(altered.as_str()));
    *text = json!(altered);
}

fn another_key(folder: &Path) -> SigningKey {
    let place = KeyPlace { path: folder.join("other.pem"), may_make: true };
    SigningKey::of(&key_files::open(&place, SigningAlgorithm::EdDsa).unwrap()[0]).unwrap()
}

/// Signs a checkpoint with another key, under its name or under the right one's.
fn sign(other: &SigningKey, reply: &mut Reply, as_the_right_one: bool) {
    let mut checkpoint: Value = serde_json::from_slice(&reply.body).unwrap();
    let right = checkpoint["jws"].as_str().unwrap().to_owned();
    let payload = URL_SAFE_NO_PAD.decode(right.split('.').nth(1).unwrap()).unwrap();
    let mut forged = other.sign(&payload).unwrap();
    if as_the_right_one {
        let header = right.split('.').next().unwrap();
        forged = format!("{header}.{}", forged.split_once('.').unwrap().1);
    }
    checkpoint["jws"] = json!(forged);
    reply.body = checkpoint.to_string().into_bytes();
}

/// Plays a server with another key.
fn publish(other: &SigningKey, what: &str, reply: &mut Reply) {
    if what.contains("/checkpoints") {
        sign(other, reply, false);
    } else if what.contains("/jwks.json") {
        reply.body = json!({"keys": [other.public()]}).to_string().into_bytes();
    }
}
