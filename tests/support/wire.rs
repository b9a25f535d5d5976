//! The wire between a program and its PostgreSQL, to be cut at a commit.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// A wire on loopback. It goes with the test process.
pub struct Wire {
    /// Where the program connects to.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// When a wire is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Before the server learns of the commit.
    Before,
    /// When the server has committed, before the program learns of it.
    After,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// To be cut at the next commit, and then to be mended or not.
    Cutting(Cut, bool),
    Closed,
}

/// How libpq asks for a commit in a simple query.
const COMMIT: &[u8] = b"COMMIT\0";

impl Wire {
    /// Lays a wire to a server.
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

    /// Has the wire cut at the next commit; it takes connections again at once when it is mended.
    pub fn cut(&self, cut: Cut, mended: bool) {
        *self.state.lock().expect("no panic") = State::Cutting(cut, mended);
    }

    /// Takes connections again.
    pub fn mend(&self) {
        *self.state.lock().expect("no panic") = State::Open;
    }

    /// Whether it was cut as it should be.
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
    while let Ok(count @ 1..) = program.read(&mut bytes) {
        let sent = &bytes[..count];
        let mut now = state.lock().expect("no panic");
        if let State::Cutting(cut, mended) = *now
            && sent.windows(COMMIT.len()).any(|part| part == COMMIT)
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

fn close(side: &TcpStream) {
    // It may be closed already.
    let _ = side.shutdown(Shutdown::Both);
}
