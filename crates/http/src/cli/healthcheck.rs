//! `thidua healthcheck`: asks the server of the same settings whether it is ready, for an image without another client.

use crate::config::TlsConfig;
use anyhow::{Context, Result, bail};
use clap::Args;
use rustls::crypto::aws_lc_rs::default_provider;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;

/// Time that the answer may take: longer than `/readyz` waits for the database.
const PATIENCE: Duration = Duration::from_secs(4);

/// Settings of `thidua healthcheck`, which are the server's own.
#[derive(Debug, Args)]
pub struct Healthcheck {
    /// The address the server listens on.
    #[arg(long, env = "THIDUA_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    #[command(flatten)]
    tls: TlsConfig,
}

impl Healthcheck {
    /// Fails unless the server says that it is ready.
    pub fn run(&self) -> Result<()> {
        // The certificate names the address outside, and nothing secret is said: whose it is need not be proved.
        let tls = ureq::tls::TlsConfig::builder()
            .disable_verification(true)
            .unversioned_rustls_crypto_provider(Arc::new(default_provider()))
            .build();
        let agent: Agent = Agent::config_builder()
            .proxy(None)
            .tls_config(tls)
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        let url = format!("{}://{}/readyz", self.tls.scheme(), reached(self.listen));
        let status = agent.get(&url).call().with_context(|| url.clone())?.status();
        if !status.is_success() {
            bail!("{url}: {status}");
        }
        println!("ready");
        Ok(())
    }
}

/// The address by which a server is reached from its own machine.
fn reached(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}
