//! Listening: connections become requests of the application, over TLS if that is set. As actix-web's own server does it,
//! but for the [`Connection`] around each stream.

use super::middleware::Middleware;
use super::unreadable::Connection;
use actix_http::{HttpService, Request};
use actix_server::{GracefulShutdownSignal, Server, ServerBuilder};
use actix_service::{IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_tls::accept::rustls_0_23::{Acceptor, TlsStream};
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Response};
use actix_web::rt::net::TcpStream;
use actix_web::web::Data;
use rustls::ServerConfig;
use std::fmt::Debug;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpSocket;

/// Connections that wait to be accepted, at most.
const BACKLOG: u32 = 1024;
/// Seconds that requests under way have when the server stops.
const PATIENCE: u64 = 25;
/// Time in which the other end of a connection may close it, too.
const FAREWELL: Duration = Duration::from_secs(1);

/// Begins to listen at an address; returns the server, and the address it has come to.
pub(super) fn serve<A, I, S, B>(
    listen: SocketAddr,
    tls: Option<ServerConfig>,
    workers: Option<usize>,
    edge: &Data<Middleware>,
    application: A,
) -> std::io::Result<(Server, SocketAddr)>
where
    A: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let listener = bound(listen)?;
    let address = listener.local_addr()?;
    let mut server = ServerBuilder::new().shutdown_timeout(PATIENCE);
    if let Some(workers) = workers {
        server = server.workers(workers);
    }
    let (name, edge) = (format!("thidua-{address}"), edge.clone());
    let stopping = server.graceful_shutdown_signal();
    let server = match tls {
        None => server.listen(name, listener, move || {
            let edge = edge.clone();
            let wrapped = fn_service(move |stream: TcpStream| {
                let peer = stream.peer_addr().ok();
                let connection = Connection::new(quick(stream), peer, edge.clone());
                async move { Ok::<_, ()>((connection, peer)) }
            });
            wrapped.and_then(requests(application(), &stopping))
        })?,
        Some(tls) => server.listen(name, listener, move || {
            let edge = edge.clone();
            let wrapped = fn_service(move |stream: TlsStream<TcpStream>| {
                let peer = stream.get_ref().0.peer_addr().ok();
                let connection = Connection::new(stream, peer, edge.clone());
                async move { Ok::<_, ()>((connection, peer)) }
            });
            let quick = fn_service(|stream: TcpStream| async { Ok::<_, ()>(quick(stream)) });
            let accepted = quick.and_then(Acceptor::new(tls.clone()).map_err(drop));
            accepted.and_then(wrapped).and_then(requests(application(), &stopping))
        })?,
    };
    Ok((server.run(), address))
}

/// The listener, with a longer queue than the standard library makes.
fn bound(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// A stream whose pieces go out at once. Answers go out in pieces: otherwise the last one waits for the reader to
/// acknowledge those before, some 40 ms.
fn quick(stream: TcpStream) -> TcpStream {
    if let Err(error) = stream.set_nodelay(true) {
        log::debug!("a connection that will be slow: {error}");
    }
    stream
}

/// The service that reads requests off a connection and has the application answer them.
fn requests<T, I, S, B>(
    application: I,
    stopping: &GracefulShutdownSignal,
) -> impl ServiceFactory<(Connection<T>, Option<SocketAddr>), Config = (), Response = (), Error = (), InitError = ()>
+ use<T, I, S, B>
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let stopping = stopping.clone();
    let application = application.into_factory().map_err(|error| error.into().error_response());
    HttpService::build()
        .graceful_shutdown_signal(move || {
            let stopping = stopping.clone();
            async move { stopping.notified().await }
        })
        .client_disconnect_timeout(FAREWELL)
        .h1(map_config(application, |()| AppConfig::default()))
        .map_err(drop)
}
