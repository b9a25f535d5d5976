//! The loop: gets a page, verifies it, stores it, until there is no more; then compares, acknowledges, and gets the
//! reports.

use crate::chain::{self, Position};
use crate::client::Client;
use crate::copy::{CopyFile, Proof, Report, Source};
use crate::error::Error;
use crate::keys::Keys;
use crate::progress::Progress;
use crate::wire::{Checkpoint, Difference, Me, Page, Receipt, Reconciliation, ReportHead, Sight};
use serde_json::json;
use std::fmt;
use std::time::{Duration, Instant};

/// A pull at work.
pub struct Pull<'a> {
    client: Client,
    file: CopyFile,
    source: Source,
    settings: Settings<'a>,
    keys: Option<Keys>,
    progress: Progress,
}

/// Settings of a pull.
pub struct Settings<'a> {
    /// Changes in a page.
    pub limit: u32,
    /// Names of keys that are trusted beside those known.
    pub named: &'a [String],
    /// The periods whose reports are wanted.
    pub periods: &'a [String],
}

/// Seconds a request waits for news when following; the server takes no more.
const WAIT: u32 = 30;
/// Interval between comparisons of the cells while following.
const RECONCILE_EVERY: Duration = Duration::from_secs(600);

impl<'a> Pull<'a> {
    /// Logs in, and checks that the file is of this reader.
    pub fn begin(
        mut client: Client,
        mut file: CopyFile,
        settings: Settings<'a>,
        progress: Progress,
    ) -> Result<Self, Error> {
        let me: Me = client.get("/api/v1/me", &[])?.json()?;
        let reader = format!("{} of {}", me.role, me.agency.as_deref().unwrap_or("the whole province"));
        let source = Source { server: client.base().to_owned(), reader };
        if let Some(before) = file.source()? {
            if before.reader != source.reader {
                return Err(Error::Settings(format!(
                    "the file holds what the role {} is shown; {} is {}. Pull that into a file of its own",
                    before.reader, me.username, source.reader
                )));
            }
            // A server may have moved. Another one's log would not continue the copy's hashes.
            if before.server != source.server {
                progress.print(&format!("the server was {}; whether it is the same, its log will show", before.server));
            }
        }
        let at = file.position()?.seq;
        progress.print(&format!(
            "pulling from {} as {} ({reader}), after change {at}",
            source.server,
            me.username,
            reader = source.reader
        ));
        Ok(Self { client, file, source, settings, keys: None, progress })
    }

    /// Brings the file up to date with the server.
    pub fn once(&mut self) -> Result<Summary, Error> {
        let begin = Instant::now();
        let mut summary = Summary::default();
        self.catch_up(0, &mut summary)?;
        self.progress.end();
        self.reconcile(&mut summary)?;
        self.finish(&mut summary)?;
        summary.took = Some(begin.elapsed());
        Ok(summary)
    }

    /// Follows the server, change by change, until something breaks.
    pub fn follow(&mut self) -> Result<(), Error> {
        let mut compared = Instant::now();
        loop {
            let mut news = Summary::default();
            self.catch_up(WAIT, &mut news)?;
            let is_time = compared.elapsed() >= RECONCILE_EVERY;
            if is_time {
                self.reconcile(&mut news)?;
                compared = Instant::now();
            }
            if is_time || news.pages > 0 {
                self.finish(&mut news)?;
                println!("{news}");
            }
        }
    }

    /// Acknowledges what is stored, and gets the reports of it.
    fn finish(&mut self, summary: &mut Summary) -> Result<(), Error> {
        self.acknowledge(summary)?;
        self.settings.periods.iter().try_for_each(|period| self.report(period, summary))
    }

    /// Gets page after page until one ends at the head of the log. The first waits up to `wait` seconds when there is
    /// nothing new.
    fn catch_up(&mut self, wait: u32, summary: &mut Summary) -> Result<(), Error> {
        let mut at = self.file.position()?;
        (summary.from, summary.to) = (at.seq, at.seq);
        loop {
            let page = self.page(&at, wait)?;
            let next = chain::follow(&page, &at)?;
            if next != at {
                let checkpoint = self.checkpoint(&next)?;
                let keys = self.keys()?;
                self.file.store(&page, &at, &Proof { checkpoint: &checkpoint, keys: &keys }, &self.source)?;
                summary.count(&page);
                self.progress.stored(summary.from, next.seq, page.head);
            }
            at = next;
            if at.seq == page.head {
                return Ok(());
            }
        }
    }

    fn page(&mut self, at: &Position, wait: u32) -> Result<Page, Error> {
        let limit = self.settings.limit;
        let answer = self.client.get(&format!("/api/v1/changes?after={}&limit={limit}&wait={wait}", at.seq), &[])?;
        if answer.status == 422 && answer.problem().says("/after", "unknown_seq") {
            return Err(Error::Untrue(format!(
                "the server has lost or rewritten changes: this copy goes up to {}. {} Ask its operators; to take its log \
                 as it is now, pull into a new file",
                at.seq,
                answer.problem()
            )));
        }
        answer.json()
    }

    /// The signed checkpoint of a position, verified against the pages.
    fn checkpoint(&mut self, at: &Position) -> Result<Checkpoint, Error> {
        let checkpoint = self.client.get(&format!("/api/v1/audit/checkpoints?seq={}", at.seq), &[])?.json()?;
        self.keys()?.check_checkpoint(&checkpoint, at)?;
        Ok(checkpoint)
    }

    fn keys(&mut self) -> Result<Keys, Error> {
        if let Some(keys) = &self.keys {
            return Ok(keys.clone());
        }
        let published = self.client.get("/.well-known/jwks.json", &[])?.json()?;
        let kept = self.file.keys()?;
        let is_first = kept.is_none();
        let keys = Keys::trust(kept, published, self.settings.named)?;
        if is_first {
            self.progress.print(&format!("trusting the key {keys} from now on"));
        }
        Ok(self.keys.insert(keys).clone())
    }

    /// Compares the cells with the server's as of the same position, and takes over the server's where they differ.
    fn reconcile(&mut self, summary: &mut Summary) -> Result<(), Error> {
        let at = self.file.position()?.seq;
        let digests = self.file.digests()?;
        let asked = json!({ "seq": at, "digests": digests });
        let found: Reconciliation = self.client.post("/api/v1/changes/reconcile", &asked)?.json()?;
        if found.seq != at {
            return Err(Error::Untrue(format!("asked to compare cells at {at}, the server did at {}", found.seq)));
        }
        for difference in &found.differing {
            require_whole(difference)?;
        }
        let mended = self.file.mend(&found.differing)?;
        if mended > 0 {
            self.progress.print(&format!("{mended} cells were not what they are on the server, and are now"));
        }
        summary.compared = Some((digests.len(), mended));
        Ok(())
    }

    fn acknowledge(&mut self, summary: &mut Summary) -> Result<(), Error> {
        let at = self.file.position()?.seq;
        let receipt: Receipt = self.client.post("/api/v1/changes/receipts", &json!({ "seq": at }))?.json()?;
        summary.acknowledged = Some((receipt.seq, receipt.behind));
        Ok(())
    }

    /// Gets the report of a period, unless the file has the same already.
    fn report(&mut self, period: &str, summary: &mut Summary) -> Result<(), Error> {
        let kept = self.file.report(period)?;
        let known: Vec<_> = kept.iter().map(|report| ("if-none-match", report.etag.as_str())).collect();
        let answer = self.client.get(&format!("/api/v1/provincial-report?period={period}"), &known)?;
        if let (304, Some(kept)) = (answer.status, &kept) {
            summary.reports.push(format!("{period} as it was at change {}", kept.seq));
            return Ok(());
        }
        let answer = answer.granted()?;
        let untrue = |what: &str| Error::Untrue(format!("the report of {period}: {what}"));
        let signature = answer.header("jws-signature").ok_or_else(|| untrue("it is not signed"))?.to_owned();
        let etag = answer.header("etag").ok_or_else(|| untrue("it has no ETag"))?.to_owned();
        let (header, proof) = signature.split_once("..").ok_or_else(|| untrue("its signature is not detached"))?;
        let keys = self.keys()?;
        let kid = keys.check(header, &answer.body, proof)?;
        let head: ReportHead = serde_json::from_slice(&answer.body).map_err(|error| untrue(&error.to_string()))?;
        if head.period != period {
            return Err(untrue(&format!("it is of {}", head.period)));
        }
        if let Some(kept) = kept.filter(|kept| kept.seq > head.seq) {
            return Err(untrue(&format!("it is of change {}, the file has one of change {}", head.seq, kept.seq)));
        }
        let body = String::from_utf8(answer.body).map_err(|error| untrue(&error.to_string()))?;
        let report = Report { period: period.to_owned(), seq: head.seq, etag, body, signature };
        self.file.store_report(&report, &keys)?;
        summary.reports.push(format!("{period} of change {}, signed with {kid}", head.seq));
        Ok(())
    }
}

/// Checks that a difference holds the cells of its indicator, calendar and month, all of them and no others.
fn require_whole(difference: &Difference) -> Result<(), Error> {
    let Difference { indicator, calendar, month, digest, cells } = difference;
    let own = cells.iter().all(|cell| (cell.indicator, cell.calendar, &cell.month) == (*indicator, *calendar, month));
    if own && chain::digest(cells) == *digest {
        return Ok(());
    }
    Err(Error::Untrue(format!(
        "the cells of indicator {indicator}, calendar {calendar}, {month} do not have the digest the server says"
    )))
}

/// Summary of a pull, printed at its end.
#[derive(Debug, Default)]
pub struct Summary {
    from: i64,
    to: i64,
    pages: usize,
    changes: usize,
    hidden: usize,
    cells: usize,
    compared: Option<(usize, usize)>,
    acknowledged: Option<(i64, i64)>,
    reports: Vec<String>,
    took: Option<Duration>,
}

impl Summary {
    fn count(&mut self, page: &Page) {
        self.to = page.last;
        self.pages += 1;
        self.changes += page.items.len();
        self.hidden += page.items.iter().filter(|change| change.sight != Sight::Whole).count();
        self.cells += page.items.iter().map(|change| change.cells.len()).sum::<usize>();
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to, pages, changes, hidden, cells, .. } = self;
        write!(formatter, "{changes} changes ({hidden} of them not shown) and {cells} cells in {pages} pages, ")?;
        write!(formatter, "from {from} to {to}")?;
        if let Some(took) = self.took {
            write!(formatter, ", in {took:.1?}")?;
        }
        write!(formatter, "; verified: chain, digests, signed checkpoints")?;
        if let Some((digests, mended)) = self.compared {
            write!(formatter, "; compared: {digests} digests, {mended} cells mended")?;
        }
        if let Some((seq, behind)) = self.acknowledged {
            write!(formatter, "; acknowledged: {seq}, {behind} behind")?;
        }
        for report in &self.reports {
            write!(formatter, "; report: {report}")?;
        }
        Ok(())
    }
}
