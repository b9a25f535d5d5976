//! The client that progenitor makes, used once from log-in to refusal.

use futures_util::TryStreamExt;
use generated::{ByteStream, Client, Error, types};
use reqwest::header::{AUTHORIZATION, ETAG, HeaderMap};
use std::env;
use std::num::NonZeroU64;

/// The client that progenitor generates from the contract.
mod generated {
    progenitor::generate_api!(spec = "../openapi-3.0.json", interface = Builder);
}

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let credentials = types::Credentials {
        username: env::var("THIDUA_USERNAME")?.parse()?,
        password: env::var("THIDUA_PASSWORD")?.parse()?,
        code: None,
    };
    let token = client(HeaderMap::new())?.log_in().body(credentials).send().await?.into_inner();
    let bearer = format!("Bearer {}", *token.access_token).parse()?;
    let api = client(HeaderMap::from_iter([(AUTHORIZATION, bearer)]))?;

    let agencies = api.list_agencies().kind(types::AgencyKind::UbndPhuong).send().await?.into_inner();
    assert_eq!(agencies.items.len(), 3);
    assert!(agencies.items.iter().all(|agency| agency.kind == Some(types::AgencyKind::UbndPhuong)));

    let course = types::CourseInput {
        code: "THU-PROGENITOR".parse()?,
        name: "Kỹ năng số cơ bản (thử máy khách)".parse()?,
        kind: types::CourseKind::BasicDigitalSkills,
        form: types::CourseForm::Blended,
        hours: hours(8)?,
        from: "2026-11-03".parse()?,
        to: "2026-11-04".parse()?,
        organiser: "H18.SKHCN".parse()?,
    };
    assert_eq!(api.create_course().body(course.clone()).send().await?.hours, hours(8)?);
    let read = api.get_course().code("THU-PROGENITOR").send().await?;
    assert_eq!(*read.name, *course.name);
    let tag = read.headers().get(ETAG).ok_or("no ETag")?.to_str()?;
    let patch = types::CoursePatch { hours: Some(hours(16)?), ..types::CoursePatch::default() };
    let change = api.update_course().code("THU-PROGENITOR").if_match(tag).body(patch);
    assert_eq!(change.clone().send().await?.hours, hours(16)?);
    let stale = problem(change.send().await).await?;
    assert_eq!((stale.status, stale.code.as_str()), (412, "stale"));

    let attainment = api.get_attainment().indicator("CT7").agency("H18.SKHCN").period("2026-10").send().await?;
    assert_eq!((attainment.verdict, attainment.shortfall), (types::Verdict::NotMet, Some(3)));

    let missing = problem(api.get_course().code("KHONG-CO").send().await).await?;
    assert_eq!((missing.status, missing.code.as_str()), (404, "not_found"));
    let backwards = types::CourseInput { code: "THU-NGUOC".parse()?, to: "2026-11-01".parse()?, ..course };
    let refused = problem(api.create_course().body(backwards).send().await).await?;
    assert_eq!((refused.status, refused.errors[0].pointer.as_str()), (422, "/to"));
    Ok(())
}

/// A client that sends these headers with every request.
fn client(headers: HeaderMap) -> Result<Client, Failure> {
    let http = reqwest::Client::builder().default_headers(headers).build()?;
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
