//! The handler that everything is compared with: actix-web as it is, giving the same bytes to every request.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use anyhow::{Context, Result};
use clap::Args;
use std::path::PathBuf;

/// The name of the command.
pub(super) const CONSTANT: &str = "constant";

/// Settings of the handler.
#[derive(Debug, Args)]
pub(super) struct Constant {
    /// A file with the answer as it went over the wire.
    #[arg(long)]
    answer: PathBuf,
    /// Threads that serve requests.
    #[arg(long)]
    workers: usize,
}

/// The answer that is given to every request.
struct Fixed {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Constant {
    /// Serves until the process is ended.
    pub(super) fn run(&self) -> Result<()> {
        let fixed = Data::new(Fixed::read(&std::fs::read(&self.answer)?)?);
        actix_web::rt::System::new().block_on(async {
            let app = move || App::new().app_data(fixed.clone()).default_service(web::to(answer));
            let server = HttpServer::new(app).workers(self.workers).bind("127.0.0.1:0")?;
            let address = server.addrs().first().copied().context("no address")?;
            println!("listens on http://{address}");
            Ok(server.run().await?)
        })
    }
}

async fn answer(fixed: Data<Fixed>, _request: Bytes) -> HttpResponse {
    let mut response = HttpResponse::build(fixed.status);
    for (name, value) in &fixed.headers {
        response.insert_header((name.clone(), value.clone()));
    }
    if fixed.body.is_empty() { response.finish() } else { response.body(fixed.body.clone()) }
}

impl Fixed {
    fn read(answer: &[u8]) -> Result<Self> {
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").context("no answer")?;
        let (head, body) = answer.split_at(end);
        let head = std::str::from_utf8(head)?;
        let status = head.get(9..12).and_then(|digits| digits.parse().ok()).context("no status")?;
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(':')).filter_map(|(name, value)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::from_str(value.trim()).ok()?))
        });
        // The server sets these itself.
        let own = ["date", "content-length"];
        Ok(Self {
            status: StatusCode::from_u16(status)?,
            headers: headers.filter(|(name, _)| !own.contains(&name.as_str())).collect(),
            body: Bytes::copy_from_slice(body.get(4..).unwrap_or_default()),
        })
    }
}
