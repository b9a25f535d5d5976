//! The first administrator's password stays in a file until it is changed: the log of a container goes with it.

use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use support::engines::Place;
use support::program::Serving;
use support::{Client, on_both_engines};

#[on_both_engines]
fn the_first_password_is_in_a_file_of_its_owner_until_it_is_changed(place: Place) {
    let file = place.folder().join("data/first-password");
    drop(Serving::start(&place, &[]));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    if !place.is_postgres() {
        let database = place.url.trim_start_matches("sqlite:");
        assert_eq!(fs::metadata(database).unwrap().permissions().mode() & 0o777, 0o600, "the database as well");
    }
    let password = fs::read_to_string(&file).unwrap().trim_end().to_owned();

    let again = Serving::start(&place, &[]);
    assert!(file.exists(), "a restart keeps what is still in force");
    let credentials = json!({"username": "admin", "password": password});
    let token = again.anonymous().post("/api/v1/auth/login", &credentials).expect(200).json;
    let admin = Client::new(again.url.clone(), Some(token["access_token"].as_str().unwrap().to_owned()));
    let change = json!({"old_password": password, "new_password": "mot-cum-tu-moi-rat-dai"});
    admin.post("/api/v1/auth/password", &change).expect(204);
    drop(again);
    drop(Serving::start(&place, &[]));
    assert!(!file.exists(), "a password of before is of no use to anybody");
}

#[on_both_engines]
fn the_banner_names_addresses_that_can_be_called(place: Place) {
    let public = "https://thidua.example.vn";
    let mut serving = Serving::start(&place, &["--listen", "0.0.0.0:0", "--public-url", public]);
    assert!(serving.url.starts_with("http://localhost:"), "{}", serving.url);
    assert_eq!(serving.line(), format!("Swagger UI     {public}/docs/"));
    serving.anonymous().get("/readyz").expect(200);
}
