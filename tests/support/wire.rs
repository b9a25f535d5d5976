//! A wire between a program and its PostgreSQL, which a test cuts at a commit.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A proxy on loopback; it ends with the test process.
pub struct Wire {
    /// The address the program connects to.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// The moment of a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Before the server learns of the commit.
    Before,
    /// After the server has committed, before the program learns of it.
    After,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// To be cut at the commit of what holds a text; true when it is to be mended then.
    Cutting(Cut, &'static str, bool),
    Closed,
}

/// A commit in libpq's simple query.
const COMMIT: &[u8] = b"COMMIT\0";

impl Wire {
    /// Starts a proxy before a server.
    pub fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let state = Arc::new(Mutex::new(State::Open));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for program in listener.incoming().flatten() {
                if *shared.lock().expect("no panic") == State::Closed {
                    continue;
                }
                let state = Arc::clone(&shared);
                // A server that is away closes what the program has opened.
                if let Ok(server) = TcpStream::connect(server) {
                    std::thread::spawn(move || carry(program, server, &state));
                }
            }
        });
        Self { address, state }
    }

    /// Has the wire cut at the next commit of what holds a text: the program commits what it notes for itself as well. It
    /// takes connections again at once when it is mended.
    pub fn cut(&self, cut: Cut, of: &'static str, mended: bool) {
        *self.state.lock().expect("no panic") = State::Cutting(cut, of, mended);
    }

    /// Takes connections again.
    pub fn mend(&self) {
        *self.state.lock().expect("no panic") = State::Open;
    }

    /// True when the wire was cut as ordered.
    pub fn was_cut(&self) -> bool {
        !matches!(*self.state.lock().expect("no panic"), State::Cutting(..))
    }
}

fn carry(mut program: TcpStream, mut server: TcpStream, state: &Mutex<State>) {
    let swallow = Arc::new(AtomicBool::new(false));
    let (mut back_from, mut back_to) = (server.try_clone().expect("a socket"), program.try_clone().expect("a socket"));
    let told = Arc::clone(&swallow);
    std::thread::spawn(move || {
        let mut bytes = [0; 65536];
        while let Ok(count @ 1..) = back_from.read(&mut bytes) {
            if told.load(Ordering::SeqCst) || back_to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        close(&back_from);
        close(&back_to);
    });
    let mut bytes = [0; 65536];
    // Sent since the last commit.
    let mut transaction = Vec::new();
    while let Ok(count @ 1..) = program.read(&mut bytes) {
        let sent = &bytes[..count];
        let commits = holds(sent, COMMIT);
        transaction.extend_from_slice(sent);
        let written = if commits { std::mem::take(&mut transaction) } else { Vec::new() };
        let mut now = state.lock().expect("no panic");
        if let State::Cutting(cut, of, mended) = *now
            && holds(&written, of.as_bytes())
        {
            *now = if mended { State::Open } else { State::Closed };
            if cut == Cut::Before {
                break;
            }
            swallow.store(true, Ordering::SeqCst);
        }
        drop(now);
        if server.write_all(sent).is_err() {
            break;
        }
    }
    if !swallow.load(Ordering::SeqCst) {
        close(&server);
        close(&program);
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|found| found == part)
}

fn close(side: &TcpStream) {
    // It may be closed already.
    let _ = side.shutdown(Shutdown::Both);
}
