//! The files that containers are made of say what operators are promised. `scripts/containers` runs them.

use super::yaml;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::Path;

const DOCKERFILE: &str = include_str!("../../Dockerfile");
const COMPOSE: &str = include_str!("../../docker-compose.yml");
const VARIABLES: &str = include_str!("../../.env.example");

/// The services of docker compose, by name, with the defaults of variables in their places.
fn services() -> Map<String, Value> {
    compose()["services"].as_object().unwrap().clone()
}

fn compose() -> Value {
    yaml::read(&with_defaults(COMPOSE)).unwrap()
}

/// A text with `${NAME:-default}` and `${NAME:?message}` replaced.
fn with_defaults(text: &str) -> String {
    let mut parts = text.split("${");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |whole, part| {
        let (variable, rest) = part.split_once('}').unwrap();
        let default = variable.split_once(":-").map_or("secret", |(_, default)| default);
        whole + default + rest
    })
}

/// Variables that docker compose asks for.
fn asked_for() -> BTreeSet<&'static str> {
    COMPOSE.split("${").skip(1).map(|part| part.split(':').next().unwrap()).collect()
}

/// Variables that .env.example offers.
fn offered() -> BTreeSet<&'static str> {
    let lines = VARIABLES.lines().map(|line| line.trim_start_matches('#'));
    lines.filter(|line| !line.starts_with(' ')).filter_map(|line| Some(line.split_once('=')?.0)).collect()
}

/// Arguments of an instruction of the Dockerfile, each time it is there.
fn instructions(name: &str) -> Vec<&'static str> {
    DOCKERFILE.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).collect()
}

/// An image's name and a tag that names a version.
#[track_caller]
fn pinned(image: &str) -> (&str, &str) {
    let (name, tag) = image.split_once(':').unwrap_or_else(|| panic!("{image} has no tag"));
    assert!(tag.starts_with(|first: char| first.is_ascii_digit()), "{image} names no version");
    (name, tag)
}

#[test]
fn the_image_fetches_no_address_and_runs_without_rights() {
    let toolchain = include_str!("../../rust-toolchain.toml");
    for from in instructions("FROM") {
        let (name, tag) = pinned(from.split(' ').next().unwrap());
        let version = tag.split('-').next().unwrap();
        assert!(name != "rust" || toolchain.contains(&format!("\"{version}.")), "{from} is another compiler");
    }
    assert_eq!(instructions("ADD"), [""; 0], "COPY takes files alone");
    assert_eq!(instructions("USER"), ["10001:10001"]);
    let healthcheck = instructions("HEALTHCHECK");
    assert!(healthcheck[0].ends_with("CMD [\"thidua\", \"healthcheck\"]"), "{healthcheck:?}");
    assert!(!DOCKERFILE.contains("# syntax="), "a closed network has no other reader of the file");
}

#[test]
fn every_container_has_a_version_bounds_and_a_log_that_is_cut() {
    for (name, service) in services() {
        pinned(service["image"].as_str().unwrap());
        assert!(service["mem_limit"].is_string(), "{name}");
        assert_eq!(service["logging"]["options"]["max-size"], "10m", "{name}");
        let outside = name == "nginx-tls";
        for port in service["ports"].as_array().into_iter().flatten() {
            assert_eq!(port.as_str().unwrap().starts_with("127.0.0.1:"), !outside, "{name} {port}");
        }
    }
}

#[test]
fn no_fixed_address_is_one_that_the_engine_gives_away() {
    let compose = compose();
    let network = &compose["networks"]["inside"]["ipam"]["config"][0];
    let range = |name: &str| Range::of(network[name].as_str().unwrap());
    let (subnet, dynamic) = (range("subnet"), range("ip_range"));
    assert!(subnet.holds(dynamic.first) && subnet.bits < dynamic.bits);
    let services = services();
    let address = |name: &str| services[name]["networks"]["inside"]["ipv4_address"].as_str().unwrap();
    let fixed = ["nginx", "nginx-tls", "node-1", "node-2"].map(address);
    for address in fixed.into_iter().chain(network["gateway"].as_str()) {
        let address: Ipv4Addr = address.parse().unwrap();
        assert!(subnet.holds(address.into()) && !dynamic.holds(address.into()), "{address}");
    }
    assert_eq!(BTreeSet::from(fixed).len(), fixed.len(), "{fixed:?}");
    for node in ["node-1", "node-2"] {
        let proxies = &services[node]["environment"]["THIDUA_TRUSTED_PROXIES"];
        assert_eq!(*proxies, [address("nginx"), address("nginx-tls")].join(","), "{node}");
    }
}

/// A range of addresses.
struct Range {
    first: u32,
    bits: u32,
}

impl Range {
    fn of(text: &str) -> Self {
        let (first, bits) = text.split_once('/').unwrap();
        Self { first: first.parse::<Ipv4Addr>().unwrap().into(), bits: bits.parse().unwrap() }
    }

    fn holds(&self, address: u32) -> bool {
        (address ^ self.first).leading_zeros() >= self.bits
    }
}

#[test]
fn every_variable_of_the_example_reaches_the_nodes_or_docker_compose() {
    let services = services();
    for node in ["node-1", "node-2"] {
        assert_eq!(services[node]["env_file"], ".env", "{node}");
        let fixed: BTreeSet<_> =
            services[node]["environment"].as_object().unwrap().keys().map(String::as_str).collect();
        let known = ["DATABASE_URL", "THIDUA_DATA_DIR", "THIDUA_LISTEN", "THIDUA_TRUSTED_PROXIES"];
        assert_eq!(fixed, known.into(), "{node}: what compose fixes, .env cannot say");
    }
    let offered = offered();
    assert!(offered.len() > 20 && offered.is_superset(&asked_for()), "{:?}", asked_for().difference(&offered));
    let program = super::operations::variables();
    let of_compose = |name: &&str| asked_for().contains(name);
    for name in offered.iter().filter(|name| !of_compose(name)) {
        assert!(program.contains(*name) || *name == "RUST_LOG", "{name} is read by nobody");
    }
}

#[test]
fn every_file_that_docker_compose_mounts_is_here() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let services = services();
    let mounts = services.values().flat_map(|service| service["volumes"].as_array().into_iter().flatten());
    let files: Vec<_> = mounts.filter_map(|mount| mount.as_str().unwrap().strip_prefix("./deploy/")).collect();
    assert!(!files.is_empty());
    for file in files {
        let file = file.split(':').next().unwrap();
        assert!(root.join("deploy").join(file).is_file(), "{file}");
    }
}
