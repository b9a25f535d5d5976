//! Preferences that cannot be kept (RFC 7240): refused where the caller insists, and always where a trial may be meant.

use serde_json::json;
use support::{World, on_both_engines};

#[on_both_engines]
fn preferences_that_cannot_be_kept_are_refused(world: World) {
    const LIST: &str = "/api/v1/agencies";
    const ONE: &str = "/api/v1/agencies/H18";
    const QUESTION: &str = "/api/v1/changes/reconcile";
    const WRITE: &str = "/api/v1/calendars";
    const SESSION: &str = "/api/v1/auth/logout";
    let before = world.server.seq();
    let cases: &[(&str, &[&str], &[&str])] = &[
        // Preference, where it is refused, where it is passed over or kept.
        ("tx=rollback", &[SESSION], &[LIST, ONE, QUESTION, WRITE]),
        ("tx=\"rollback\"", &[SESSION], &[LIST, WRITE]),
        ("tx = rollback ;x=1", &[SESSION], &[WRITE]),
        ("TX=rollback", &[SESSION], &[WRITE]),
        ("tx=rolback", &[LIST, ONE, QUESTION, WRITE, SESSION], &[]),
        ("tx=Rollback", &[LIST, ONE, QUESTION, WRITE, SESSION], &[]),
        ("tx", &[LIST, ONE, QUESTION, WRITE, SESSION], &[]),
        ("tx=", &[WRITE, SESSION], &[]),
        ("tx=rollback, tx=commit", &[LIST, WRITE, SESSION], &[]),
        ("tx=rollback, tx=rolback", &[LIST, WRITE, SESSION], &[]),
        ("tx=rollback, tx=rollback", &[SESSION], &[WRITE]),
        ("note=\"a, tx=rolback\"", &[], &[LIST, ONE, QUESTION]),
        ("note=\"a \\\" , tx=rolback\"", &[], &[LIST, ONE]),
        ("count=exakt", &[], &[LIST, ONE]),
        ("count=exakt, handling=strict", &[LIST, ONE, QUESTION, WRITE, SESSION], &[]),
        ("count=exact, handling=strict", &[ONE, QUESTION, WRITE, SESSION], &[LIST]),
        ("handling=strict, tx=rollback", &[LIST, ONE, QUESTION, SESSION], &[WRITE]),
        ("handling=strict, wait=soon", &[LIST, ONE, QUESTION, WRITE, SESSION], &[]),
        ("handling=strict, wait=0", &[LIST, ONE, WRITE], &[]),
        ("handling=strict, wait=1", &[], &[LIST, ONE, QUESTION]),
        ("handling=strict, return=minimal", &[LIST, ONE, QUESTION, WRITE, SESSION], &[]),
        ("handling=strict, respond-async", &[LIST, ONE, WRITE], &[]),
        ("handling=strict;x=1, new", &[LIST, ONE, WRITE], &[]),
        ("handling=\"strict\", new", &[LIST, ONE, WRITE], &[]),
        ("handling=lenient, new", &[], &[LIST, ONE, QUESTION]),
        ("handling=strict, handling=lenient, new", &[LIST, ONE, WRITE], &[]),
        ("new, respond-async, return=minimal", &[], &[LIST, ONE, QUESTION]),
    ];
    for (prefer, refused, others) in cases {
        let client = world.admin.clone().with("prefer", prefer);
        let send = |path: &str| match path {
            LIST | ONE => client.get(path),
            WRITE => client.post(path, &json!({"code": "thu", "name_vi": "Thử"})),
            QUESTION => client.post(path, &json!({"cells": []})),
            _ => client.post(path, &json!({})),
        };
        for path in *refused {
            send(path).refused(400, "unknown_preference");
        }
        for path in *others {
            let answer = send(path);
            assert_ne!(answer.json["code"], "unknown_preference", "{prefer} {path}: {}", answer.json);
            assert!(answer.status != 500, "{prefer} {path}");
        }
    }
    let words = world.admin.clone().with("prefer", "tx=rollback; note=\"thử\"");
    words.post(WRITE, &json!({"code": "thu", "name_vi": "Thử"})).refused(422, "invalid_input");
    assert_eq!(world.server.seq(), before, "nothing was done");
    world.admin.get("/api/v1/me").expect(200);
}
