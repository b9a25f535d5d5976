//! The client that OpenAPI Generator makes, used once from log-in to refusal.

use reqwest::header::ETAG;
use std::env;
use thidua::apis::agencies_api::list_agencies;
use thidua::apis::attainments_api::get_attainment;
use thidua::apis::auth_api::log_in;
use thidua::apis::configuration::Configuration;
use thidua::apis::courses_api::{create_course, get_course, update_course};
use thidua::apis::{Error, ResponseContent};
use thidua::models::{self, AgencyKind, CourseForm, CourseKind, Verdict};

const CODE: &str = "THU-OPENAPI-GENERATOR-RUST";

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut api = Configuration { base_path: env::var("THIDUA_URL")?, ..Configuration::default() };
    let credentials = models::Credentials::new(env::var("THIDUA_PASSWORD")?, env::var("THIDUA_USERNAME")?);
    api.bearer_access_token = Some(log_in(&api, credentials, None).await?.access_token);

    let wards = Some(AgencyKind::UbndPhuong);
    let agencies = list_agencies(&api, None, None, None, None, None, wards, None, None, None, None).await?;
    assert_eq!(agencies.items.len(), 3);
    assert!(agencies.items.iter().all(|agency| agency.kind == wards));

    let course = models::CourseInput {
        code: CODE.to_owned(),
        name: "Kỹ năng số cơ bản (thử máy khách)".to_owned(),
        kind: CourseKind::BasicDigitalSkills,
        form: CourseForm::Blended,
        hours: 8,
        from: "2026-11-03".parse()?,
        to: "2026-11-04".parse()?,
        organiser: "H18.SKHCN".to_owned(),
    };
    assert_eq!(create_course(&api, course.clone(), None, None, None, None).await?.hours, 8);
    assert_eq!(get_course(&api, CODE, None, None, None).await?.name, course.name);
    let tag = tag(&api).await?;
    let patch = models::CoursePatch { hours: Some(16), ..models::CoursePatch::new() };
    assert_eq!(update_course(&api, CODE, &tag, patch.clone(), None, None, None).await?.hours, 16);
    let stale = problem(update_course(&api, CODE, &tag, patch, None, None, None).await)?;
    assert_eq!((stale.status, stale.code.as_str()), (412, "stale"));

    let attainment = get_attainment(&api, "CT7", "H18.SKHCN", "2026-10", None, None, None, None).await?;
    assert_eq!((attainment.verdict, attainment.shortfall), (Verdict::NotMet, Some(Some(3))));

    let missing = problem(get_course(&api, "KHONG-CO", None, None, None).await)?;
    assert_eq!((missing.status, missing.code.as_str()), (404, "not_found"));
    let backwards = models::CourseInput { code: "THU-NGUOC".to_owned(), to: "2026-11-01".parse()?, ..course };
    let refused = problem(create_course(&api, backwards, None, None, None, None).await)?;
    assert_eq!((refused.status, refused.errors[0].pointer.as_str()), (422, "/to"));
    Ok(())
}

/// The tag of the course. The generated functions keep the headers of an answer to themselves, so it is read here.
async fn tag(api: &Configuration) -> Result<String, Failure> {
    let address = format!("{}/api/v1/courses/{CODE}", api.base_path);
    let read = api.client.get(address).bearer_auth(api.bearer_access_token.as_deref().unwrap_or_default());
    let answer = read.send().await?;
    Ok(answer.headers().get(ETAG).ok_or("no ETag")?.to_str()?.to_owned())
}

/// The problem that a request is refused with.
fn problem<T, E: std::fmt::Debug + 'static>(answer: Result<T, Error<E>>) -> Result<models::Problem, Failure> {
    match answer {
        Err(Error::ResponseError(ResponseContent { content, .. })) => Ok(serde_json::from_str(&content)?),
        Err(other) => Err(other.into()),
        Ok(_) => Err("not refused".into()),
    }
}
