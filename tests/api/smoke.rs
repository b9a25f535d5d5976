//! Smoke test: the server answers, the sample province reports, and everything verifies.

use support::server::Sample;
use support::{World, on_both_engines};

#[on_both_engines]
fn the_sample_province_reports_october(sample: Sample) {
    let admin = sample.0.admin();
    let report = admin.get("/api/v1/provincial-report?period=2026-10").expect(200);
    let rows = report.json["attainments"].as_array().unwrap();
    let training = rows.iter().find(|row| row["indicator"] == "CT7" && row["agency"] == "H18.SKHCN").unwrap();
    assert_eq!((&training["verdict"], &training["shortfall"]), (&"not_met".into(), &3.into()));
    sample.0.assert_verified();
}

#[on_both_engines]
fn a_compressed_report_has_a_tag_of_its_own_and_both_are_known_again(sample: Sample) {
    let path = "/api/v1/provincial-report?period=2026-10";
    let plain = sample.0.admin().get(path).expect(200);
    let packed = sample.0.admin().with("accept-encoding", "gzip").get(path).expect(200);
    assert_eq!(packed.headers["content-encoding"], "gzip");
    assert_ne!(plain.headers["etag"], packed.headers["etag"]);
    for known in [&plain, &packed] {
        let tag = &known.headers["etag"];
        let again = sample.0.admin().with("if-none-match", tag).get(path).expect(304);
        assert_eq!(&again.headers["etag"], tag);
    }
    sample.0.admin().with("if-none-match", "\"0.1.0.1\"").get(path).expect(200);
}

#[on_both_engines]
fn a_small_world_verifies(world: World) {
    world.person("NV1", "H18.20.1", "2025-05-01");
    world.course("KNS");
    world.trained("NV1", "KNS", "2026-01-06");
    assert_eq!(world.attainment("CT7", "H18", "2026-01")["verdict"], "met");
    world.server.assert_verified();
}
