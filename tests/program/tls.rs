//! The program speaks TLS by itself when it is given a certificate.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use support::engines::Place;
use support::on_both_engines;
use support::program::{Serving, program};

/// Runs a tool to its end; nothing where there is no such tool.
fn tool(name: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(name).args(arguments).stdin(Stdio::null()).output() {
        Ok(output) => Some(output),
        Err(_) if std::env::var_os("CI").is_none() => None,
        Err(error) => panic!("{name}: {error}"),
    }
}

/// A certificate for a name and its key, in two files of a folder; nothing without OpenSSL's tool.
pub(super) fn certificate(folder: &Path, name: &str) -> Option<(String, String)> {
    let path = |name: &str| folder.join(name).display().to_string();
    let (cert, key) = (path("cert.pem"), path("key.pem"));
    let made = tool(
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-keyout",
            &key,
            "-out",
            &cert,
            "-subj",
            "/CN=127.0.0.1",
            "-addext",
            &format!("subjectAltName={name}"),
        ],
    )?;
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Some((cert, key))
}

#[on_both_engines]
fn with_a_certificate_it_answers_over_tls_only(place: Place) {
    let folder = tempfile::tempdir().unwrap();
    let Some((cert, key)) = certificate(folder.path(), "IP:127.0.0.1") else { return };
    let serving = Serving::start(&place, &["--tls-cert", &cert, "--tls-key", &key]);
    let url = format!("{}/readyz", serving.url);
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    for version in ["--tlsv1.3", "--tlsv1.2"] {
        let most = if version == "--tlsv1.2" { "1.2" } else { "1.3" };
        let Some(answer) = tool("curl", &["-sf", "--cacert", &cert, version, "--tls-max", most, &url]) else { return };
        assert!(String::from_utf8_lossy(&answer.stdout).contains("\"ready\""), "{answer:?}");
    }
    let old = tool("curl", &["-s", "--cacert", &cert, "--tls-max", "1.1", &url]).unwrap();
    assert!(!old.status.success(), "TLS 1.1 is too old");
    let unknown = tool("curl", &["-s", &url]).unwrap();
    assert!(!unknown.status.success(), "a certificate that nobody trusts");
    let plain = tool("curl", &["-s", &url.replace("https://", "http://")]).unwrap();
    assert!(!String::from_utf8_lossy(&plain.stdout).contains("ready"), "{plain:?}");
    assert_eq!(serving.terminate(), Some(0));
}

#[test]
fn a_certificate_that_cannot_be_used_is_named_and_nothing_is_served() {
    let place = support::Engine::Sqlite.place().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let Some((cert, key)) = certificate(folder.path(), "IP:127.0.0.1") else { return };
    let empty = folder.path().join("empty.pem").display().to_string();
    std::fs::write(&empty, "").unwrap();
    let missing = folder.path().join("missing.pem").display().to_string();
    for (cert, key, named) in
        [(&missing, &key, &missing), (&empty, &key, &empty), (&cert, &missing, &missing), (&cert, &cert, &cert)]
    {
        let output = program(&place).args(["serve", "--tls-cert", cert, "--tls-key", key]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(named.as_str()), "{said}");
    }
    let alone = program(&place).args(["serve", "--tls-cert", &cert]).output().unwrap();
    assert!(String::from_utf8_lossy(&alone.stderr).contains("--tls-key"), "{alone:?}");
}
