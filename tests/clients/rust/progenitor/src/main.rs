//! The client that progenitor makes, used once from log-in to refusal.

use futures_util::TryStreamExt;
use generated::{ByteStream, Client, Error, types};
use reqwest::header::{AUTHORIZATION, ETAG, HeaderMap, HeaderName, IF_MATCH};
use std::env;
use std::num::NonZeroU64;

/// What progenitor makes of the contract.
mod generated {
    progenitor::generate_api!(spec = "../openapi-3.0.json", interface = Builder);
}

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let credentials = types::Credentials {
        username: env::var("THIDUA_USERNAME")?.parse()?,
        password: env::var("THIDUA_PASSWORD")?.parse()?,
    };
    let token = client(&[])?.login().body(credentials).send().await?.into_inner();
    let bearer = format!("Bearer {}", *token.access_token);
    let api = client(&[(AUTHORIZATION, &bearer)])?;

    let agencies = api.list_agencies().kind(types::ListAgenciesKind::UbndPhuong).send().await?.into_inner();
    assert_eq!(agencies.items.len(), 3);
    assert!(agencies.items.iter().all(|agency| agency.kind == Some(types::AgencyItemKind::UbndPhuong)));

    let course = types::CourseInput {
        code: "THU-PROGENITOR".parse()?,
        name: "Kỹ năng số cơ bản (thử máy khách)".parse()?,
        kind: types::CourseInputKind::BasicDigitalSkills,
        form: types::CourseInputForm::Blended,
        hours: hours(8)?,
        from: "2026-11-03".parse()?,
        to: "2026-11-04".parse()?,
        organiser: "H18.SKHCN".parse()?,
    };
    assert_eq!(api.create_course().body(course.clone()).send().await?.hours, hours(8)?);
    let read = api.get_course().code("THU-PROGENITOR").send().await?;
    assert_eq!(*read.name, *course.name);
    let tag = read.headers().get(ETAG).map(|tag| tag.to_str()).transpose()?;
    let writer = match tag {
        Some(tag) => client(&[(AUTHORIZATION, &bearer), (IF_MATCH, tag)])?,
        None => api.clone(),
    };
    let patch = types::CoursePatch { hours: Some(hours(16)?), ..types::CoursePatch::default() };
    assert_eq!(writer.update_course().code("THU-PROGENITOR").body(patch).send().await?.hours, hours(16)?);

    let attainment = api.get_attainment().indicator("CT7").agency("H18.SKHCN").period("2026-10").send().await?;
    assert_eq!((attainment.verdict, attainment.shortfall), (types::AttainmentViewVerdict::NotMet, Some(3)));

    let missing = problem(api.get_course().code("KHONG-CO").send().await).await?;
    assert_eq!((missing.status, missing.code.as_str()), (404, "not_found"));
    let backwards = types::CourseInput { code: "THU-NGUOC".parse()?, to: "2026-11-01".parse()?, ..course };
    let refused = problem(api.create_course().body(backwards).send().await).await?;
    assert_eq!((refused.status, refused.errors[0].pointer.as_str()), (422, "/to"));
    Ok(())
}

/// A client that sends these headers with every request.
fn client(headers: &[(HeaderName, &str)]) -> Result<Client, Failure> {
    let mut all = HeaderMap::new();
    for (name, value) in headers {
        all.insert(name, value.parse()?);
    }
    let http = reqwest::Client::builder().default_headers(all).build()?;
    Ok(Client::new_with_client(&env::var("THIDUA_URL")?, http))
}

fn hours(number: u64) -> Result<NonZeroU64, Failure> {
    NonZeroU64::new(number).ok_or_else(|| "no hours".into())
}

/// The problem that a request is refused with. progenitor types answers in `application/json` alone and hands over the
/// bytes of others.
async fn problem<T>(answer: Result<T, Error<ByteStream>>) -> Result<types::Problem, Failure> {
    match answer {
        Err(Error::ErrorResponse(refusal)) => {
            let chunks: Vec<_> = refusal.into_inner().into_inner().try_collect().await?;
            Ok(serde_json::from_slice(&chunks.concat())?)
        }
        Err(other) => Err(other.into()),
        Ok(_) => Err("not refused".into()),
    }
}
