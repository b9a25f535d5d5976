//! The page's files, without a browser: what is served, and what the page's policy lets it run.

use support::{Server, on_both_engines};

#[on_both_engines]
fn the_page_runs_scripts_and_styles_of_the_program_alone(server: Server) {
    let page = server.anonymous().get("/docs/").expect(200);
    let policy = &page.headers["content-security-policy"];
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; "), "{policy}");
    let text = String::from_utf8(page.body).unwrap();
    let files: Vec<_> = ["src=\"", "href=\""]
        .iter()
        .flat_map(|mark| text.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap()))
        .collect();
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        let answer = server.anonymous().get(&format!("/docs/{file}")).expect(200);
        assert!(!answer.body.is_empty(), "{file}");
    }
    assert_eq!(
        text.matches("<script").count(),
        text.matches("<script src=").count() + text.matches("<script type=\"module\" src=").count()
    );
    assert!(!text.contains("style=") && !text.contains(" on"), "{text}");
}

#[on_both_engines]
fn files_that_the_page_does_not_need_are_not_there(server: Server) {
    for file in ["swagger-initializer.js", "oauth2-redirect.html", "page/none.js", "index.css"] {
        server.anonymous().get(&format!("/docs/{file}")).expect(404);
    }
    server.anonymous().get("/docs/index.html").expect(200);
}

#[on_both_engines]
fn each_word_of_the_frame_is_one_that_swagger_ui_says(server: Server) {
    let script = server.anonymous().get("/docs/swagger-ui-bundle.js").expect(200);
    let script = String::from_utf8(script.body).unwrap();
    let words = server.anonymous().get("/docs/words.json?lang=vi").expect(200).json;
    let silent: Vec<_> =
        words["frame"].as_object().unwrap().keys().filter(|word| !script.contains(word.as_str())).collect();
    assert!(silent.is_empty(), "Swagger UI no longer says {silent:?}");
}
