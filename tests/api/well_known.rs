//! Well-known addresses: contact for weaknesses, catalogue of the API, table of problems.

use chrono::{DateTime, TimeDelta, Utc};
use support::engines::Place;
use support::server::plain;
use support::{Server, on_both_engines};
use thidua_domain::codes;
use thidua_http::config::{Contact, Several};
use thidua_http::texts::{Language, explained};

#[on_both_engines]
fn a_weakness_can_be_told_to_whom_the_operator_names(place: Place) {
    let mut edge = plain();
    edge.security_contact = "mailto:an-toan@example.vn, https://example.vn/bao-mat".parse().unwrap();
    edge.security_txt_days = 365;
    let server = Server::start_with(place, edge, &[]);
    let answer = server.anonymous().get("/.well-known/security.txt").expect(200);
    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    let text = String::from_utf8(answer.body).unwrap();
    let values = |name: &str| text.lines().filter_map(|line| line.strip_prefix(name)).collect::<Vec<_>>();
    assert_eq!(values("Contact: "), ["mailto:an-toan@example.vn", "https://example.vn/bao-mat"]);
    assert_eq!(values("Preferred-Languages: "), ["vi, en"]);
    let expires: DateTime<Utc> = values("Expires: ")[0].parse().unwrap();
    let left = expires - Utc::now();
    assert!(left > TimeDelta::days(364) && left <= TimeDelta::days(365), "{expires}");
}

#[on_both_engines]
fn without_a_name_there_is_no_such_file(server: Server) {
    server.anonymous().get("/.well-known/security.txt").refused(404, "not_found");
}

#[on_both_engines]
fn the_catalogue_leads_to_the_contract_and_its_pages(server: Server) {
    let nobody = server.anonymous();
    let answer = nobody.get("/.well-known/api-catalog").expect(200);
    assert!(answer.headers["content-type"].starts_with("application/linkset+json"));
    let link = "</.well-known/api-catalog>; rel=\"api-catalog\"";
    assert_eq!(answer.headers["link"], link);
    assert_eq!(nobody.send("HEAD", "/.well-known/api-catalog", None, b"").expect(200).headers["link"], link);
    assert_eq!(nobody.get("/").expect(307).headers["link"], link);
    let entry = &answer.json["linkset"][0];
    assert_eq!(entry["anchor"], "/api/v1");
    for relation in ["service-desc", "service-doc", "status"] {
        for target in entry[relation].as_array().unwrap() {
            let (href, kind) = (target["href"].as_str().unwrap(), target["type"].as_str().unwrap());
            let found = nobody.clone().with("accept", kind).get(href).expect(200);
            assert!(found.headers["content-type"].starts_with(kind), "{href} is {}", found.headers["content-type"]);
        }
    }
}

#[on_both_engines]
fn the_type_of_a_problem_leads_to_what_it_means(server: Server) {
    let problem = server.admin().get("/api/v1/agencies/X").refused(404, "not_found");
    let page = server.anonymous().get(problem.json["type"].as_str().unwrap()).expect(200);
    assert_eq!(page.headers["content-language"], "vi, en");
    assert_eq!(
        (&page.json["code"], &page.json["status"], &page.json["type"]),
        (&problem.json["code"], &problem.json["status"], &problem.json["type"])
    );
    assert_eq!(page.json["vi"]["title"], problem.json["title"]);
    server.anonymous().get("/problems/khong_co").refused(404, "not_found");
}

#[on_both_engines]
fn the_table_of_problems_is_a_page_for_people_and_json_for_machines(server: Server) {
    let ask = |accept: &str, path: &str| server.anonymous().with("accept", accept).get(path);
    let table = ask("*/*", "/problems").expect(200);
    assert_eq!(table.json["problems"].as_array().unwrap().len(), codes::all().count());
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let page = ask(browser, "/problems").expect(200);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    assert!(page.headers["vary"].split(", ").any(|name| name == "accept"));
    let text = String::from_utf8(page.body).unwrap();
    for code in codes::all() {
        assert!(text.contains(&format!("<code>{}</code>", code.name)), "{} is not on the page", code.name);
        let one = String::from_utf8(ask(browser, &format!("/problems/{}", code.name)).expect(200).body).unwrap();
        assert!(
            one.contains(&explained(code.name, Language::Vietnamese).remedy.replace('<', "&lt;").replace('>', "&gt;")),
            "{}",
            code.name
        );
    }
    ask("text/csv", "/problems").refused(406, "not_acceptable");
    ask("text/html;q=0, application/json;q=0, */*", "/problems").refused(406, "not_acceptable");
}

#[test]
fn a_contact_is_an_address_one_can_open() {
    for right in ["mailto:a@example.vn", "https://example.vn/x", "tel:+84-215-000"] {
        assert_eq!(right.parse::<Contact>().unwrap().as_str(), right);
    }
    for wrong in ["a@example.vn", "http://example.vn", "mailto:", "mailto:a\nContact: b", "https://a b"] {
        assert!(wrong.parse::<Contact>().is_err(), "{wrong}");
    }
    assert!("".parse::<Several<Contact>>().unwrap().is_empty());
}
