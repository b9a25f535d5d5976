//! Writers that never give up: every request has an `Idempotency-Key` and is sent until it is answered.

use crate::bodies::{self, Members};
use crate::client::Client;
use crate::waiting::eventually;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, park_timeout};
use std::time::{Duration, Instant};

/// People of the sample province whom every batch of a writer trains.
const PEOPLE: [&str; 3] = ["NV-0001", "NV-0002", "NV-0003"];

/// Some writers at work; each records a course, and then three people's training in one batch, over and over.
pub struct Load {
    shared: Arc<Shared>,
    writers: Vec<JoinHandle<()>>,
}

struct Shared {
    urls: Vec<String>,
    token: String,
    stop: AtomicBool,
    acknowledged: AtomicUsize,
    /// Courses by code, each as it was answered, with whether its batch was answered, too.
    written: Mutex<BTreeMap<String, Written>>,
    /// Answers that were not the awaited ones, by code, and requests without any.
    refused: Mutex<BTreeMap<String, usize>>,
    /// Time to the answer that took longest.
    longest: Mutex<Duration>,
}

struct Written {
    course: Value,
    trained: bool,
}

/// The fate of all acknowledged writes.
#[derive(Debug, PartialEq, Eq)]
pub struct Account {
    /// Writes that were answered as done.
    pub acknowledged: usize,
    /// Acknowledged writes that are not there, or not as they were answered.
    pub lost: usize,
    /// Rows created more than once.
    pub duplicated: usize,
    /// Batches stored only in part.
    pub torn: usize,
}

impl Account {
    /// True when nothing is lost, duplicated or torn.
    pub fn is_clean(&self) -> bool {
        (self.lost, self.duplicated, self.torn) == (0, 0, 0)
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acknowledged, lost, duplicated, torn } = self;
        write!(f, "acknowledged {acknowledged}, lost {lost}, duplicated {duplicated}, torn {torn}")
    }
}

impl Load {
    /// Starts writers who ask at an address, or at the next of several when one fails them, with an editor's token, on
    /// the sample province.
    pub fn start(writers: usize, urls: &[&str], token: &str) -> Self {
        let shared = Arc::new(Shared {
            urls: urls.iter().map(|url| (*url).to_owned()).collect(),
            token: token.to_owned(),
            stop: AtomicBool::new(false),
            acknowledged: AtomicUsize::new(0),
            written: Mutex::default(),
            refused: Mutex::default(),
            longest: Mutex::default(),
        });
        let writers = (0..writers).map(|writer| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.write(writer))
        });
        Self { writers: writers.collect(), shared }
    }

    /// Number of writes that were answered as done.
    pub fn acknowledged(&self) -> usize {
        self.shared.acknowledged.load(Ordering::SeqCst)
    }

    /// Waits until so many more writes have been answered as done.
    #[track_caller]
    pub fn wait_for(&self, more: usize) {
        let enough = self.acknowledged() + more;
        eventually("the writers get on", || {
            assert!(!self.writers.iter().any(JoinHandle::is_finished), "a writer was answered what it did not expect");
            (self.acknowledged() >= enough).then_some(())
        });
    }

    /// Number of refusals by code; `none` stands for no answer.
    pub fn refused(&self) -> BTreeMap<String, usize> {
        self.shared.refused.lock().expect("no panic").clone()
    }

    /// Time to the answer that took longest.
    pub fn longest(&self) -> Duration {
        *self.shared.longest.lock().expect("no panic")
    }

    /// Lets the writers end what they have begun, and compares what they were told with what is there.
    pub fn settle(self, reader: &Client) -> Account {
        self.shared.stop.store(true, Ordering::SeqCst);
        for writer in self.writers {
            writer.join().expect("a writer is answered what it expects");
        }
        let written = self.shared.written.lock().expect("no panic");
        let mut account = Account {
            acknowledged: self.shared.acknowledged.load(Ordering::SeqCst),
            lost: 0,
            duplicated: courses_created(reader).values().filter(|count| **count > 1).count(),
            torn: 0,
        };
        for (code, Written { course, trained }) in written.iter() {
            let read = reader.get(&format!("/api/v1/courses/{code}"));
            account.lost += usize::from(read.status != 200 || read.json != *course);
            let trainings = reader.get(&format!("/api/v1/training-records?course={code}")).expect(200).items().len();
            match trainings {
                0 if *trained => account.lost += 1,
                0 | 3 => {}
                _ => account.torn += 1,
            }
        }
        account
    }
}

/// Creations of each course in the log, which must have no gap.
pub fn courses_created(reader: &Client) -> BTreeMap<String, usize> {
    let lines = reader.clone().with("accept", "application/x-ndjson").get("/api/v1/changes").expect(200);
    let mut courses = BTreeMap::new();
    for (line, expected) in String::from_utf8(lines.body).expect("a text").lines().zip(1..) {
        let change: Value = serde_json::from_str(line).expect("a change");
        assert_eq!(change["seq"], expected, "a gap in the log");
        if change["resource"] == "courses" && change["operation"] == "create" {
            let row: Value = serde_json::from_str(change["after"].as_str().expect("a row")).expect("a row");
            *courses.entry(row["code"].as_str().expect("a code").to_owned()).or_default() += 1;
        }
    }
    courses
}

impl Shared {
    fn write(&self, writer: usize) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .into();
        for number in 0.. {
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            let code = format!("K-{writer}-{number}");
            let course = bodies::course(&code, "H18.SKHCN").with("from", "2026-10-01").with("to", "2026-10-02");
            let course = self.until_done(&agent, "courses", &course, &format!("k{writer}-{number}"), 201);
            let mut written = self.written.lock().expect("no panic");
            written.insert(code.clone(), Written { course, trained: false });
            drop(written);
            let trainings = PEOPLE.map(|person| bodies::training(person, &code, "2026-10-02"));
            let path = "training-records/batch?mode=create";
            let report = self.until_done(&agent, path, &json!(trainings), &format!("b{writer}-{number}"), 200);
            assert_eq!(report["created"], 3, "{report}");
            let mut written = self.written.lock().expect("no panic");
            written.entry(code).and_modify(|written| written.trained = true);
        }
    }

    /// Sends a request until it is done. Every other answer must ask to come again.
    fn until_done(&self, agent: &ureq::Agent, path: &str, body: &Value, key: &str, status: u16) -> Value {
        let mut tries = key.len();
        loop {
            let sent = Instant::now();
            let answered = agent
                .post(format!("{}/api/v1/{path}", self.urls[tries % self.urls.len()]))
                .header("authorization", format!("Bearer {}", self.token))
                .header("content-type", "application/json")
                .header("idempotency-key", key)
                .send(body.to_string());
            let answered = answered.and_then(|mut answer| {
                let retry_after = answer.headers().contains_key("retry-after");
                Ok((answer.status().as_u16(), retry_after, answer.body_mut().read_json::<Value>()?))
            });
            let mut longest = self.longest.lock().expect("no panic");
            *longest = sent.elapsed().max(*longest);
            drop(longest);
            let code = match answered {
                Ok((got, _, answer)) if got == status => {
                    self.acknowledged.fetch_add(1, Ordering::SeqCst);
                    return answer;
                }
                Ok((503, true, problem)) => {
                    assert_tells_nothing(&problem.to_string());
                    problem["code"].as_str().expect("a code").to_owned()
                }
                Ok((got, _, answer)) => panic!("{path} under {key}: {got} {answer}"),
                Err(_) => "none".to_owned(),
            };
            *self.refused.lock().expect("no panic").entry(code).or_default() += 1;
            tries += 1;
            park_timeout(Duration::from_millis(20));
        }
    }
}

/// Insists that a refusal names nothing behind the server: no host, SQL or driver.
pub fn assert_tells_nothing(body: &str) {
    for word in
        ["127.0.0.1", "postgres", "libpq", "SELECT", "INSERT", "diesel", "sqlite", "SQL", "connection", "socket"]
    {
        assert!(!body.contains(word), "{word} in {body}");
    }
}
