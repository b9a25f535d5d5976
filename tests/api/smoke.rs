//! A first look: the server answers, the sample province reports, and everything verifies.

use support::server::Sample;
use support::{World, on_both_engines};

on_both_engines! {
    fn the_sample_province_reports_october(sample: Sample) {
        let admin = sample.0.admin();
        let report = admin.get("/api/v1/provincial-report?period=2026-10").expect(200);
        let rows = report.json["attainments"].as_array().unwrap();
        let training = rows.iter().find(|row| row["indicator"] == "CT7" && row["agency"] == "H18.SKHCN").unwrap();
        assert_eq!((&training["verdict"], &training["shortfall"]), (&"not_met".into(), &3.into()));
        sample.0.assert_verified();
    }

    fn a_small_world_verifies(world: World) {
        world.person("NV1", "H18.20.1", "2025-05-01");
        world.course("KNS");
        world.trained("NV1", "KNS", "2026-01-06");
        assert_eq!(world.attainment("CT7", "H18", "2026-01")["verdict"], "met");
        world.server.assert_verified();
    }
}
