//! `thidua healthcheck` says by its exit code what `/readyz` says.

use super::tls::certificate;
use support::Engine;
use support::engines::Place;
use support::on_both_engines;
use support::postgres::free_port;
use support::program::{Serving, run};

#[on_both_engines]
fn a_server_that_is_ready_is_told_from_one_that_is_not_there(place: Place) {
    let port = free_port().unwrap();
    let check = ["healthcheck", "--listen", &format!("0.0.0.0:{port}")];
    let nobody = run(&place, &check, "");
    assert_eq!(nobody.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nobody.stderr).contains(&format!("http://127.0.0.1:{port}/readyz")), "{nobody:?}");
    let _serving = Serving::start(&place, &["--listen", &format!("127.0.0.1:{port}")]);
    let there = run(&place, &check, "");
    assert_eq!((there.status.code(), &there.stdout[..]), (Some(0), &b"ready\n"[..]), "{there:?}");
}

#[test]
fn over_tls_it_asks_whatever_the_certificate_names() {
    let place = Engine::Sqlite.place().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let Some((cert, key)) = certificate(folder.path(), "DNS:thidua.example.vn") else { return };
    let tls = ["--tls-cert", &cert, "--tls-key", &key];
    let serving = Serving::start(&place, &tls);
    let listen = serving.url.trim_start_matches("https://").to_owned();
    let check =
        |words: &[&str]| run(&place, &[&["healthcheck", "--listen", &listen], words].concat(), "").status.code();
    assert_eq!(check(&tls), Some(0));
    assert_eq!(check(&[]), Some(1), "without TLS it is not understood");
}
