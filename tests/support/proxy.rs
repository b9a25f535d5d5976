//! A proxy between a client and a server: it counts what goes by and may alter it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A forwarding proxy on loopback; it stops when dropped.
pub struct Proxy {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

type Alter = dyn Fn(&str, &mut Reply) + Send + Sync;

struct Shared {
    upstream: String,
    alter: Box<Alter>,
    asked: Mutex<Vec<String>>,
    bytes: AtomicUsize,
    ends: AtomicBool,
}

/// A server's answer on its way.
pub struct Reply {
    /// Status line and headers, without `Content-Length`.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// Replaces a text in the body once.
    pub fn replace(&mut self, old: &str, new: &str) {
        let text = String::from_utf8(self.body.clone()).expect("a text");
        assert!(text.contains(old), "{old} is not in {text}");
        self.body = text.replacen(old, new, 1).into_bytes();
    }
}

impl Proxy {
    /// Starts a proxy that forwards everything.
    pub fn start(upstream: &str) -> Self {
        Self::altering(upstream, |_, _| {})
    }

    /// Starts a proxy that may alter answers; `alter` is told the method and the address.
    pub fn altering(upstream: &str, alter: impl Fn(&str, &mut Reply) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let upstream = upstream.strip_prefix("http://").expect("a plain address").to_owned();
        let shared = Arc::new(Shared {
            upstream,
            alter: Box::new(alter),
            asked: Mutex::default(),
            bytes: AtomicUsize::new(0),
            ends: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        let thread = std::thread::spawn(move || {
            std::thread::scope(|scope| {
                for stream in listener.incoming() {
                    if own.ends.load(Ordering::SeqCst) {
                        return;
                    }
                    let stream = stream.expect("a connection");
                    // A side that goes away is what some tests are about.
                    scope.spawn(|| drop(own.forward(stream)));
                }
            });
        });
        Self { url: format!("http://{address}"), address, shared, thread: Some(thread) }
    }

    /// Requests since the last call, as `GET /healthz`.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.asked.lock().expect("no panic"))
    }

    /// Bytes of bodies that went to the client.
    pub fn bytes(&self) -> usize {
        self.shared.bytes.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn forward(&self, mut client: TcpStream) -> std::io::Result<()> {
        let (head, body) = read_message(&mut client)?;
        let Some((first, headers)) = head.split_once("\r\n") else { return Ok(()) };
        let what = first.strip_suffix(" HTTP/1.1").unwrap_or(first).to_owned();
        self.asked.lock().expect("no panic").push(what.clone());
        let mut server = TcpStream::connect(&self.upstream)?;
        let headers = without(&without(headers, "connection"), "content-length");
        write!(server, "{first}\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n", body.len())?;
        server.write_all(&body)?;
        let (head, body) = read_message(&mut server)?;
        let mut reply = Reply { head: without(&head, "content-length"), body };
        (self.alter)(&what, &mut reply);
        write!(client, "{}connection: close\r\ncontent-length: {}\r\n\r\n", reply.head, reply.body.len())?;
        for part in reply.body.chunks(1024) {
            client.write_all(part)?;
            self.bytes.fetch_add(part.len(), Ordering::SeqCst);
        }
        client.shutdown(Shutdown::Write)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        // Wakes the one who accepts.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let joined = thread.join();
            assert!(joined.is_ok() || std::thread::panicking(), "the proxy panicked");
        }
    }
}

/// Head, each line with its end, and body of a request or an answer.
fn read_message(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut part = [0; 65536];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end + 2]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
            });
            let whole = end + 4 + length.unwrap_or(0);
            if bytes.len() >= whole {
                return Ok((head, bytes.split_off(end + 4)));
            }
        }
        let count = stream.read(&mut part)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&part[..count]);
    }
}

fn without(head: &str, name: &str) -> String {
    let is_other = |line: &&str| !line.split(':').next().is_some_and(|found| found.eq_ignore_ascii_case(name));
    head.split_inclusive("\r\n").filter(is_other).collect()
}
