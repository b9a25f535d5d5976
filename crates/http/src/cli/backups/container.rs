//! The file of a backup: a tar archive (POSIX ustar) that ordinary tools open, too. Its members, in this order:
//!
//! - `manifest.json`: origin and state of the database;
//! - `SHA256SUMS`: the digests of all other members, as `sha256sum -c` reads them;
//! - `database.sqlite`, or `database.dump` as `pg_restore` reads it;
//! - `keys/…`: the key files.

use super::staging::{self, named};
use anyhow::{Context, Result, anyhow, bail};
use chrono::Utc;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use tar::{Archive, Builder, EntryType, Header};
use thidua_domain::log::hexadecimal::hexadecimal;
use thidua_persistence::backups::State;
use thidua_persistence::progress::Progress;

/// The form of the file. A program reads its own and, when there are any, older ones.
const FORMAT: u32 = 1;
const MANIFEST: &str = "manifest.json";
const DIGESTS: &str = "SHA256SUMS";
/// The largest text of a backup in bytes: manifest, digests or a key file.
const MOST_TEXT: u64 = 1 << 20;

/// The manifest: origin and state of the database that a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// The form of the file.
    pub(super) format: u32,
    /// The version of the program that made it.
    pub(super) program: String,
    /// Time of the backup (RFC 3339).
    pub(super) made_at: String,
    /// The engine of the database.
    pub(super) engine: EngineKind,
    /// The PostgreSQL schema its tables are in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) postgresql_schema: Option<String>,
    /// The last migration of its schema.
    pub(super) schema: String,
    /// The last change of its log.
    pub(super) seq: i64,
    /// That change's hash.
    pub(super) hash: String,
}

impl Manifest {
    /// The manifest of a backup by this program.
    pub(super) fn new(made_at: String, engine: EngineKind, postgresql_schema: Option<String>, state: State) -> Self {
        let State { schema, seq, hash } = state;
        let program = env!("CARGO_PKG_VERSION").to_owned();
        Self { format: FORMAT, program, made_at, engine, postgresql_schema, schema, seq, hash }
    }

    /// The state that the database must have.
    pub(super) fn state(&self) -> State {
        State { schema: self.schema.clone(), seq: self.seq, hash: self.hash.clone() }
    }
}

/// The engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum EngineKind {
    /// SQLite.
    Sqlite,
    /// PostgreSQL.
    Postgresql,
}

impl EngineKind {
    /// The member that holds the database.
    pub(super) fn member(self) -> &'static str {
        match self {
            Self::Sqlite => "database.sqlite",
            Self::Postgresql => "database.dump",
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgresql => "PostgreSQL",
        })
    }
}

/// A member to be put into the file.
pub(super) struct ArchiveMember {
    name: String,
    size: u64,
    content: Content,
}

enum Content {
    File(PathBuf),
    Text(String),
}

impl ArchiveMember {
    /// A member with the content of a file.
    pub(super) fn file(name: &str, path: PathBuf) -> Result<Self> {
        let size = fs::metadata(&path).with_context(|| named(&path))?.len();
        Ok(Self { name: name.to_owned(), size, content: Content::File(path) })
    }

    /// A member with a text.
    pub(super) fn text(name: impl Into<String>, text: &str) -> Self {
        Self { name: name.into(), size: text.len() as u64, content: Content::Text(text.to_owned()) }
    }

    fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        Ok(match &self.content {
            Content::File(path) => Box::new(BufReader::new(File::open(path)?)),
            Content::Text(text) => Box::new(text.as_bytes()),
        })
    }

    fn digest(&self, progress: &dyn Progress) -> io::Result<String> {
        let mut passing = Passing::new(self.open()?, progress);
        io::copy(&mut passing, &mut io::sink())?;
        Ok(passing.digest())
    }
}

/// Writes a new file, which only its owner may read.
pub(super) fn write(
    path: &Path,
    manifest: &Manifest,
    members: Vec<ArchiveMember>,
    progress: &dyn Progress,
) -> Result<()> {
    let failed = || named(path);
    let text = serde_json::to_string_pretty(manifest)? + "\n";
    let mut members = members;
    members.insert(0, ArchiveMember::text(MANIFEST, &text));
    let total: u64 = members.iter().map(|member| member.size).sum();
    progress.start("bytes digested", total);
    let digests = members.iter().map(|member| Ok(format!("{}  {}\n", member.digest(progress)?, member.name)));
    let digests: String = digests.collect::<io::Result<_>>().with_context(failed)?;
    members.insert(1, ArchiveMember::text(DIGESTS, &digests));

    progress.start("bytes written", total);
    let mut archive = Builder::new(staging::create(path).with_context(failed)?);
    for member in &members {
        append(&mut archive, member, progress).with_context(failed)?;
    }
    archive.into_inner().and_then(|file| file.sync_all()).with_context(failed)
}

fn append(archive: &mut Builder<File>, member: &ArchiveMember, progress: &dyn Progress) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(Utc::now().timestamp()).unwrap_or(0));
    header.set_size(member.size);
    // Not more than was digested, should a file grow.
    let content = member.open()?.take(member.size);
    archive.append_data(&mut header, &member.name, Passing::new(content, progress))
}

/// A backup that is being read.
pub(super) struct Opened {
    path: PathBuf,
    /// The manifest, as the file says it.
    pub(super) manifest: Manifest,
}

/// The texts of a backup's key files, by the members' names.
pub(super) type KeyTexts = BTreeMap<String, String>;

impl Opened {
    /// Reads the manifest of a backup; fails when the file is none, or one of a newer program.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let no_backup =
            |what: &dyn fmt::Display| path_error(path, format!("is not a backup of thidua, or is damaged: {what}"));
        let mut archive = Archive::new(File::open(path).with_context(|| named(path))?);
        let mut entries = archive.entries().map_err(|error| no_backup(&error))?;
        let mut next = |name: &str| {
            let entry = entries.next().ok_or_else(|| no_backup(&format!("{name} is missing")))?;
            let mut entry = entry.map_err(|error| no_backup(&error))?;
            if entry.path_bytes() != name.as_bytes() {
                return Err(no_backup(&format!("{name} is missing")));
            }
            read_text(&mut entry).map_err(|error| no_backup(&error))
        };
        let (text, said) = (next(MANIFEST)?, digests(&next(DIGESTS)?));
        if said.get(MANIFEST) != Some(&hexadecimal(&Sha256::digest(text.as_bytes()))) {
            return Err(no_backup(&format!("{MANIFEST} is not as it was")));
        }
        #[derive(Deserialize)]
        struct FormatMember {
            format: u32,
        }
        let FormatMember { format } = serde_json::from_str(&text).map_err(|error| no_backup(&error))?;
        if format != FORMAT {
            bail!("{}: is a backup of the form {format}, of a newer thidua; install that", path.display());
        }
        let manifest = serde_json::from_str(&text).map_err(|error| no_backup(&error))?;
        Ok(Self { path: path.to_owned(), manifest })
    }

    /// Extracts everything: the database to a new file, the keys to memory. Fails unless every byte is as it was put
    /// in, and nothing is missing.
    pub(super) fn extract(&self, database: &Path, progress: &dyn Progress) -> Result<KeyTexts> {
        let damaged = |what: &dyn fmt::Display| path_error(&self.path, format!("is damaged: {what}"));
        let size = fs::metadata(&self.path).with_context(|| named(&self.path))?.len();
        progress.start("bytes read", size);
        let mut archive = Archive::new(BufReader::new(File::open(&self.path).map_err(|error| damaged(&error))?));
        let (mut found, mut said, mut keys) = (BTreeMap::new(), BTreeMap::new(), KeyTexts::new());
        for entry in archive.entries().map_err(|error| damaged(&error))? {
            let mut entry = entry.map_err(|error| damaged(&error))?;
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let digest = if name == self.manifest.engine.member() {
                write_digested(&mut entry, database, progress).map_err(|error| damaged(&error))?
            } else {
                let text = read_text(&mut entry).map_err(|error| damaged(&error))?;
                if name == DIGESTS {
                    said = digests(&text);
                    continue;
                }
                let digest = hexadecimal(&Sha256::digest(text.as_bytes()));
                if name != MANIFEST {
                    keys.insert(name.clone(), text);
                }
                digest
            };
            found.insert(name, digest);
        }
        let wrong = said.iter().find(|(name, digest)| found.get(*name) != Some(digest));
        if let Some((name, _)) = wrong {
            let how = if found.contains_key(name) { "is not as it was" } else { "is missing" };
            return Err(damaged(&format!("{name} {how}")));
        }
        if let Some(name) = found.keys().find(|name| !said.contains_key(*name)) {
            return Err(damaged(&format!("{name} is not in {DIGESTS}")));
        }
        if !found.contains_key(self.manifest.engine.member()) {
            return Err(damaged(&format!("{} is missing", self.manifest.engine.member())));
        }
        Ok(keys)
    }
}

fn write_digested(entry: impl Read, path: &Path, progress: &dyn Progress) -> io::Result<String> {
    let mut file = staging::create(path)?;
    let mut passing = Passing::new(entry, progress);
    io::copy(&mut passing, &mut file)?;
    file.sync_all()?;
    Ok(passing.digest())
}

/// Parses names and digests as `sha256sum` writes them.
fn digests(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter_map(|line| line.split_once("  "));
    lines.map(|(digest, name)| (name.to_owned(), digest.to_owned())).collect()
}

fn read_text(entry: &mut impl Read) -> io::Result<String> {
    let mut text = String::new();
    entry.take(MOST_TEXT).read_to_string(&mut text)?;
    Ok(text)
}

/// A reader that digests the bytes read, and reports their number as progress.
struct Passing<'a, R> {
    inner: R,
    digest: Sha256,
    progress: &'a dyn Progress,
}

impl<'a, R: Read> Passing<'a, R> {
    fn new(inner: R, progress: &'a dyn Progress) -> Self {
        Self { inner, digest: Sha256::new(), progress }
    }

    /// The digest of all bytes read, in hexadecimal digits.
    fn digest(self) -> String {
        hexadecimal(&self.digest.finalize())
    }
}

impl<R: Read> Read for Passing<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.digest.update(bytes.get(..read).unwrap_or_default());
        self.progress.advance(read as u64);
        Ok(read)
    }
}

fn path_error(path: &Path, what: impl fmt::Display) -> anyhow::Error {
    anyhow!("{}: {what}", path.display())
}
