//! Probes: true and in time, whatever the database does; answers that need no database are given.

use super::metrics::{Watched, root};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use support::Engine;
use support::bodies;
use support::engines::Place;
use support::program::make_sample;
use support::waiting::eventually;

/// A proxy before a database that can hold bytes back, like a network that has fallen silent.
struct Way {
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    silent: AtomicBool,
    streams: Mutex<Vec<TcpStream>>,
    closed: AtomicBool,
}

impl Way {
    fn to(upstream: String) -> Self {
        Self::on("127.0.0.1:0".parse().unwrap(), upstream)
    }

    fn on(address: SocketAddr, upstream: String) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if shared.closed.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(up) = TcpStream::connect(&upstream) else { continue };
                for (from, to) in [(&stream, &up), (&up, &stream)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    shared.streams.lock().unwrap().push(from.try_clone().unwrap());
                    let shared = Arc::clone(&shared);
                    std::thread::spawn(move || carry(from, to, &shared));
                }
            }
        });
        Self { address, state }
    }

    fn fall_silent(&self, silent: bool) {
        self.state.silent.store(silent, Ordering::SeqCst);
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.state.closed.store(true, Ordering::SeqCst);
        for stream in self.state.streams.lock().unwrap().iter() {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the thread that waits for the next connection, so that it sees the end.
        drop(TcpStream::connect(self.address));
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, state: &State) {
    let mut bytes = [0; 65536];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        while state.silent.load(Ordering::SeqCst) && !state.closed.load(Ordering::SeqCst) {
            std::thread::park_timeout(Duration::from_millis(20));
        }
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    // It may be closed already.
    let _ = to.shutdown(Shutdown::Both);
}

/// A place on PostgreSQL behind such a proxy, and the proxy's target.
fn behind_a_way(mut place: Place) -> (Place, Way, String) {
    let after = place.url.rsplit_once('@').map_or(&*place.url, |(_, after)| after);
    let upstream = after.split(['/', '?']).next().unwrap().to_owned();
    let way = Way::to(upstream.clone());
    place.url = place.url.replacen(&upstream, &way.address.to_string(), 1);
    (place, way, upstream)
}

/// The status of a probe, which must come within eight seconds.
fn probe(watched: &Watched, path: &str) -> u16 {
    let asked = Instant::now();
    let status = watched.serving.anonymous().get(path).status;
    assert!(asked.elapsed() < Duration::from_secs(8), "{path} took {:?}", asked.elapsed());
    status
}

#[test]
fn a_database_that_falls_silent_takes_readiness_but_not_life_and_gives_it_back() {
    let Some(place) = Engine::Postgres.place() else { return };
    let (place, way, _) = behind_a_way(place);
    let watched = Watched::start(&place, &[]);
    assert_eq!((probe(&watched, "/healthz"), probe(&watched, "/readyz")), (200, 200));

    way.fall_silent(true);
    std::thread::scope(|scope| {
        // More probes at once than there are connections: none of them hangs, nor does what comes after.
        let probes: Vec<_> = (0..12).map(|_| scope.spawn(|| probe(&watched, "/readyz"))).collect();
        for asked in probes {
            assert_eq!(asked.join().unwrap(), 503);
        }
    });
    assert_eq!(probe(&watched, "/healthz"), 200, "liveness asks nobody");
    let page = watched.scrape();
    let told = |name: &str| page.value(name, &[]);
    assert_eq!((told("thidua_database_up"), told("thidua_ready")), (Some(0.0), Some(0.0)));
    assert_eq!(told("thidua_log_head_seq"), None, "what only the database knows is left out");
    assert!(told("thidua_model_seq").is_some());

    way.fall_silent(false);
    eventually("it is ready again", || (probe(&watched, "/readyz") == 200).then_some(()));
    assert_eq!(watched.scrape().value("thidua_database_up", &[]), Some(1.0));
    assert_eq!(watched.serving.terminate(), Some(0));
}

#[test]
fn without_its_database_a_server_gives_figures_from_memory_and_writes_again_when_it_is_back() {
    let Some(place) = Engine::Postgres.place() else { return };
    make_sample(&place);
    let (place, way, upstream) = behind_a_way(place);
    let watched = Watched::start(&place, &[]);
    let root = root(&place, &watched.serving);
    let figure = || root.get("/api/v1/attainments/CT7/H18.SKHCN/2026-10");
    let course = bodies::course("K-1", "H18.SKHCN");
    let before = figure().expect(200).json;

    let address = way.address;
    drop(way);
    eventually("it is not ready", || (probe(&watched, "/readyz") == 503).then_some(()));
    assert_eq!(figure().expect(200).json, before);
    root.get("/api/v1/courses").refused(503, "unavailable");
    root.post("/api/v1/courses", &course).refused(503, "unavailable");
    let failed = |watched: &Watched| watched.scrape().value("thidua_writes_total", &[("outcome", "failed")]).unwrap();
    assert!(failed(&watched) >= 1.0);

    let _way = Way::on(address, upstream);
    eventually("it is ready again", || (probe(&watched, "/readyz") == 200).then_some(()));
    root.get("/api/v1/courses/K-1").expect(404);
    root.post("/api/v1/courses", &course).expect(201);
    assert_eq!(watched.serving.terminate(), Some(0));
}
