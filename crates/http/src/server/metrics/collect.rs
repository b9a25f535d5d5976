//! Every metric there is. docs/operations.md explains each to operators.

use crate::server::background_verify::{VerifyOutcome, VerifyRun};
use crate::server::health;
use crate::server::metrics::backups;
use crate::server::process::Process;
use crate::server::requests::Requests;
use crate::server::watched::Watched;
use crate::store::Store;
use chrono::{DateTime, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use thidua_domain::id::AccountId;
use thidua_persistence::accounts::receipts;
use thidua_persistence::accounts::receipts::Receipt;
use thidua_persistence::log::changes;
use thidua_persistence::log::changes::Lag;
use thidua_persistence::write::metrics::{Counted, WriteOutcome};
use thidua_persistence::{AccountKind, MOST_WRITES_WAITING, PoolState};

/// The values of all metrics at one time.
#[derive(Debug)]
pub(super) struct Snapshot {
    requests: Arc<Requests>,
    writer: Writer,
    pool: PoolState,
    /// None without a standby to read from.
    standby: Option<StandbyState>,
    ready: bool,
    reached: i64,
    /// None when the database does not answer; metrics that only it knows are then left out.
    database: Option<Told>,
    verified: Option<VerifyRun>,
    /// The time of the newest backup, if a setting says where backups are.
    backed_up: Option<u64>,
    started: DateTime<Utc>,
    engine: &'static str,
}

#[derive(Debug)]
struct Writer {
    waiting: u64,
    busy: Duration,
    outcomes: [(&'static str, u64); WriteOutcome::ALL.len()],
    batches: Counted,
    transactions: Counted,
    commits: Counted,
}

#[derive(Debug)]
struct StandbyState {
    is_up: bool,
    seq: i64,
    reads: [(&'static str, u64); 4],
}

/// Values that the database knows.
#[derive(Debug)]
struct Told {
    lag: Lag,
    pullers: Vec<Puller>,
}

#[derive(Debug)]
struct Puller {
    /// The account's number, and its name if it is a client. Names of users are not shown here.
    labels: Labels,
    receipt: Receipt,
}

type Labels = Vec<(&'static str, String)>;

impl Snapshot {
    /// Takes the values of now; waits for the database for as long as a probe does.
    pub(super) async fn take(store: &Store, watched: &Watched) -> Self {
        let reached = store.model().seq;
        let asked = store.probe(move |connection| Ok((changes::lag(connection, reached)?, receipts::all(connection)?)));
        let database = asked.await.map(|(lag, receipts)| Told { lag, pullers: pullers(store, receipts) });
        let ready = database.is_some() && watched.readiness.of(store).await.is_ok();
        let writer = store.database().writer();
        Self {
            requests: Arc::clone(&watched.requests),
            writer: Writer {
                waiting: writer.waiting(),
                busy: writer.busy().unwrap_or_default(),
                outcomes: WriteOutcome::ALL.map(|outcome| (outcome.as_str(), writer.ended(outcome))),
                batches: writer.batches.counted(),
                transactions: writer.transactions.counted(),
                commits: writer.commits.counted(),
            },
            pool: store.database().pool(),
            standby: store.database().standby().map(|standby| StandbyState {
                is_up: standby.is_up(),
                seq: standby.seq(),
                reads: standby.reads(),
            }),
            ready,
            reached,
            database,
            verified: watched.verifications.last(),
            backed_up: watched.backup_folder.as_deref().map(backups::newest),
            started: store.started,
            engine: store.database().engine().name(),
        }
    }
}

/// Accounts that have read the log, without disabled ones.
fn pullers(store: &Store, receipts: Vec<Receipt>) -> Vec<Puller> {
    let access = Arc::clone(&store.model().access);
    let labels = |user: AccountId| {
        let account = access.accounts.get(&user).filter(|account| !account.disabled)?;
        let client = (account.kind == AccountKind::Client).then(|| ("client", account.username.clone()));
        Some([("account", user.to_string())].into_iter().chain(client).collect())
    };
    receipts.into_iter().filter_map(|receipt| Some(Puller { labels: labels(receipt.user)?, receipt })).collect()
}

impl Collector for Snapshot {
    fn encode(&self, encoder: DescriptorEncoder) -> fmt::Result {
        let mut page = MetricsPage(encoder);
        self.requests(&mut page)?;
        self.writer(&mut page)?;
        self.log(&mut page)?;
        self.standby(&mut page)?;
        self.verification(&mut page)?;
        if let Some(at) = self.backed_up {
            page.gauge(
                "thidua_backup_timestamp_seconds",
                "The time of the newest backup in the folder; 0 without any",
                at,
            )?;
        }
        self.process(&mut page)
    }
}

impl Snapshot {
    fn requests(&self, page: &mut MetricsPage<'_>) -> fmt::Result {
        let series: Vec<_> = self.requests.all().collect();
        let labels = |route: &str, method: &str| vec![("route", route.to_owned()), ("method", method.to_owned())];
        let by_status = series.iter().flat_map(|(route, method, series)| {
            series.by_status().map(move |(status, count)| {
                let mut labels = labels(route, method);
                labels.push(("status", status));
                (labels, count)
            })
        });
        page.counters(
            "thidua_http_requests",
            "Requests answered, by route, method and status",
            by_status.collect::<Vec<_>>(),
        )?;
        page.histograms(
            "thidua_http_request_duration",
            "Time until an answer began, by route and method; who waits for changes on purpose is counted, too",
            Some(Unit::Seconds),
            series.iter().map(|(route, method, series)| (labels(route, method), series.took.counted())).collect(),
        )?;
        page.gauge("thidua_http_requests_under_way", "Requests that are not answered yet", self.requests.under_way())
    }

    fn writer(&self, page: &mut MetricsPage<'_>) -> fmt::Result {
        let Writer { waiting, busy, outcomes, batches, transactions, commits } = &self.writer;
        let by_outcome = outcomes.iter().map(|(outcome, count)| (vec![("outcome", (*outcome).to_owned())], *count));
        page.counters(
            "thidua_writes",
            "Writes by what became of them: committed, tried (dry runs), refused by a rule, failed, turned away by a full queue",
            by_outcome.collect(),
        )?;
        page.gauge("thidua_writer_queue_length", "Writes that wait for the writer", *waiting)?;
        page.gauge("thidua_writer_queue_max", "Writes that may wait", MOST_WRITES_WAITING as u64)?;
        page.seconds(
            "thidua_writer_busy",
            "The time that the batch under way has taken so far; 0 between batches",
            *busy,
        )?;
        page.histograms(
            "thidua_writer_batch_writes",
            "Writes per commit",
            None,
            vec![(Labels::new(), batches.clone())],
        )?;
        page.histograms(
            "thidua_writer_transaction",
            "Time of a batch from its beginning, the wait for other nodes included, to its commit",
            Some(Unit::Seconds),
            vec![(Labels::new(), transactions.clone())],
        )?;
        page.histograms(
            "thidua_writer_commit",
            "Time of the commit alone, which waits for the disk",
            Some(Unit::Seconds),
            vec![(Labels::new(), commits.clone())],
        )
    }

    fn log(&self, page: &mut MetricsPage<'_>) -> fmt::Result {
        let PoolState { open, idle, most } = self.pool;
        let in_use = u64::from(open.saturating_sub(idle));
        page.gauge("thidua_ready", "1 while /readyz says ready", u64::from(self.ready))?;
        page.gauge("thidua_database_up", "1 if the database has answered in time", u64::from(self.database.is_some()))?;
        page.gauge("thidua_pool_connections_in_use", "Connections for reading that somebody uses", in_use)?;
        page.gauge("thidua_pool_connections_open", "Connections for reading", u64::from(open))?;
        page.gauge("thidua_pool_connections_max", "Connections for reading there may be", u64::from(most))?;
        page.gauge("thidua_model_seq", "The last change that answers reflect", position(self.reached))?;
        let Some(Told { lag, pullers }) = &self.database else { return Ok(()) };
        let behind = health::behind(lag).and_then(|behind| behind.to_std().ok()).unwrap_or_default();
        page.gauge("thidua_log_head_seq", "The last change in the log", position(lag.head))?;
        page.gauge(
            "thidua_model_behind_changes",
            "Changes in the log that answers do not reflect yet",
            position(lag.head - self.reached),
        )?;
        page.seconds(
            "thidua_model_behind",
            "The time that the first of them has been in the log; 0 without any",
            behind,
        )?;
        let each = |tell: fn(&Receipt) -> Option<u64>| -> Vec<_> {
            pullers.iter().filter_map(|puller| Some((puller.labels.clone(), tell(&puller.receipt)?))).collect()
        };
        page.gauges(
            "thidua_puller_given_seq",
            "The last change each account was given that reads the log",
            each(|receipt| Some(position(receipt.pulled_seq))),
        )?;
        page.gauges(
            "thidua_puller_given_timestamp_seconds",
            "The time at which it was last given something, give or take two seconds",
            each(|receipt| Some(unix(receipt.pulled_at))),
        )?;
        page.gauges(
            "thidua_puller_acknowledged_seq",
            "The last change it says it has; absent when it never said so",
            each(|receipt| receipt.acknowledged.map(|(seq, _)| position(seq))),
        )
    }

    fn standby(&self, page: &mut MetricsPage<'_>) -> fmt::Result {
        let Some(StandbyState { is_up, seq, reads }) = &self.standby else { return Ok(()) };
        page.gauge("thidua_standby_up", "1 while the standby answers", u64::from(*is_up))?;
        page.gauge("thidua_standby_seq", "The last change that the standby has", position(*seq))?;
        let by_outcome = reads.iter().map(|(outcome, count)| (vec![("outcome", (*outcome).to_owned())], *count));
        page.counters(
            "thidua_standby_reads",
            "Reads that may go to the standby, by what became of them there: answered, behind, busy, away. The primary \
             answers the others",
            by_outcome.collect(),
        )
    }

    /// The last verification in the background; nothing until one has ended.
    fn verification(&self, page: &mut MetricsPage<'_>) -> fmt::Result {
        let Some(VerifyRun { at, took, outcome, clean_to }) = &self.verified else { return Ok(()) };
        let outcomes =
            VerifyOutcome::ALL.map(|one| (vec![("outcome", one.as_str().to_owned())], u64::from(one == *outcome)));
        page.gauges(
            "thidua_verify_outcome",
            "1 at what the last verification in the background came to",
            outcomes.into(),
        )?;
        page.gauge("thidua_verify_timestamp_seconds", "The time at which it ended", unix(*at))?;
        page.seconds("thidua_verify_duration", "The time that it took", *took)?;
        match clean_to {
            Some(seq) => page.gauge(
                "thidua_verify_clean_seq",
                "The last change that all agreed up to, the last time they did",
                position(*seq),
            ),
            None => Ok(()),
        }
    }

    fn process(&self, page: &mut MetricsPage<'_>) -> fmt::Result {
        let Process { resident_bytes, virtual_bytes, threads, open_files, most_open_files } = Process::now();
        for (name, help, value) in [
            ("process_resident_memory_bytes", "Memory in use", resident_bytes),
            ("process_virtual_memory_bytes", "Addresses taken", virtual_bytes),
            ("process_threads", "Threads", threads),
            ("process_open_fds", "Open files and connections", open_files),
            ("process_max_fds", "Open files and connections there may be", most_open_files),
            ("process_start_time_seconds", "The time at which the process started", Some(unix(self.started))),
        ] {
            if let Some(value) = value {
                page.gauge(name, help, value)?;
            }
        }
        let build = vec![("version", env!("CARGO_PKG_VERSION").to_owned()), ("engine", self.engine.to_owned())];
        page.0
            .encode_descriptor("thidua_build", "The program: its version and engine", None, MetricType::Info)?
            .encode_info(&build)
    }
}

/// The page that is being written, with a method for each kind of metric.
struct MetricsPage<'a>(DescriptorEncoder<'a>);

impl MetricsPage<'_> {
    fn counters(&mut self, name: &str, help: &str, values: Vec<(Labels, u64)>) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        values.iter().try_for_each(|(labels, value)| {
            metric.encode_family(labels)?.encode_counter::<NoLabelSet, _, u64>(value, None)
        })
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.gauges(name, help, vec![(Labels::new(), value)])
    }

    fn gauges(&mut self, name: &str, help: &str, values: Vec<(Labels, u64)>) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        values.iter().try_for_each(|(labels, value)| labelled(&mut metric, labels, |metric| metric.encode_gauge(value)))
    }

    /// A gauge in seconds, whose name ends with the unit.
    fn seconds(&mut self, name: &str, help: &str, value: Duration) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Gauge)?;
        metric.encode_gauge(&value.as_secs_f64())
    }

    /// Histograms of counts, or of microseconds that are told in seconds.
    fn histograms(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<Unit>,
        values: Vec<(Labels, Counted)>,
    ) -> fmt::Result {
        let in_seconds = unit.is_some();
        let told = |value: u64| if in_seconds { Duration::from_micros(value).as_secs_f64() } else { value as f64 };
        let mut metric = self.0.encode_descriptor(name, help, unit.as_ref(), MetricType::Histogram)?;
        values.iter().try_for_each(|(labels, counted)| {
            let bounds = counted.bounds.iter().map(|bound| told(*bound)).chain([f64::INFINITY]);
            let buckets: Vec<_> = bounds.zip(counted.counts.iter().copied()).collect();
            let (sum, count) = (told(counted.sum), counted.count());
            labelled(&mut metric, labels, |metric| metric.encode_histogram::<NoLabelSet>(sum, count, &buckets, None))
        })
    }
}

/// Writes a series, with labels if there are any.
fn labelled(
    metric: &mut MetricEncoder<'_>,
    labels: &Labels,
    write: impl FnOnce(&mut MetricEncoder<'_>) -> fmt::Result,
) -> fmt::Result {
    if labels.is_empty() { write(metric) } else { write(&mut metric.encode_family(labels)?) }
}

/// A position as an unsigned number: none is negative.
fn position(seq: i64) -> u64 {
    u64::try_from(seq).unwrap_or(0)
}

fn unix(moment: DateTime<Utc>) -> u64 {
    position(moment.timestamp())
}
