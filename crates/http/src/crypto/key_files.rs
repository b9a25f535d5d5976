//! Files of private keys: PEM, several in a row, the first of which is in use. Only their owner may read them, and
//! servers read them again when they change.

use crate::config::key_place::KeyPlace;
use crate::config::signing::SigningAlgorithm;
use crate::crypto::key_pair::KeyPair;
use anyhow::{Context, Result, anyhow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

/// The keys of a file (PKCS #8), the newest first. A missing file is made with a key of an algorithm if the place
/// allows it.
pub fn open(place: &KeyPlace, algorithm: SigningAlgorithm) -> Result<Vec<Vec<u8>>> {
    match read(&place.path) {
        Err(KeyFileFault::Missing) if place.may_make => {
            let key = KeyPair::generate(algorithm)?;
            write_new(&place.path, &to_pem(PRIVATE, &key)).with_context(|| named(&place.path))?;
            Ok(vec![key])
        }
        read => read.map_err(|fault| fault.with_path(&place.path)),
    }
}

/// The keys of a file that has to be there.
pub fn keys(path: &Path) -> Result<Vec<Vec<u8>>> {
    read(path).map_err(|fault| fault.with_path(path))
}

/// Age from which a file beside the keys is that of a rotation that has ended: one takes milliseconds.
const LEFT_BEHIND: Duration = Duration::from_secs(60);

/// Puts a new key of an algorithm first in a file, and keeps the `kept` newest of those before it.
pub fn rotate(path: &Path, kept: usize, algorithm: SigningAlgorithm) -> Result<()> {
    let mut keys = keys(path)?;
    keys.truncate(kept);
    keys.insert(0, KeyPair::generate(algorithm)?);
    let text: String = keys.iter().map(|key| to_pem(PRIVATE, key)).collect();
    // Written beside it and renamed, so that a reader gets the old keys or the new ones. Of two rotations at once the
    // second fails on the file beside it; an old one was left behind by a rotation that was killed.
    let beside = path.with_extension("new");
    if age(&beside).is_ok_and(|age| age > LEFT_BEHIND) {
        fs::remove_file(&beside).with_context(|| named(&beside))?;
    }
    write_new(&beside, &text).with_context(|| named(&beside))?;
    fs::rename(&beside, path).and_then(|()| sync_folder(path)).with_context(|| named(path))
}

/// Time since a file was changed.
pub fn age(path: &Path) -> Result<Duration> {
    let changed = fs::metadata(path).and_then(|metadata| metadata.modified()).with_context(|| named(path))?;
    Ok(changed.elapsed().unwrap_or_default())
}

/// The installation's secret of 32 bytes, which seals what clients carry. It is made once, from the oldest key of
/// another file, so that what was sealed with that key before there was a secret of its own stays readable.
pub fn secret(place: &KeyPlace, oldest: &[u8]) -> Result<[u8; 32]> {
    let path = &place.path;
    let text = match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound && place.may_make => {
            let mut made = Sha256::new();
            made.update(b"thidua cursor");
            made.update(oldest);
            let text = to_pem(SECRET, &made.finalize());
            write_new(path, &text).with_context(|| named(path))?;
            text
        }
        read => {
            let text = read.with_context(|| named(path))?;
            require_safe(path).map_err(|fault| fault.with_path(path))?;
            text
        }
    };
    let secret: Option<[u8; 32]> = from_pem(SECRET, &text).and_then(|mut found| found.pop()?.try_into().ok());
    let secret = secret.ok_or_else(|| anyhow!("{}: does not hold a secret of 32 bytes", path.display()))?;
    if is_guessable(&secret) { Err(KeyFileFault::Guessable.with_path(path)) } else { Ok(secret) }
}

/// A value made of a key file, and made again when the file changes.
pub struct Reloading<T> {
    path: PathBuf,
    make: Make<T>,
    held: RwLock<Loaded<T>>,
}

/// Maker of a value out of the keys of a file.
type Make<T> = Box<dyn Fn(&[Vec<u8>]) -> Result<T> + Send + Sync>;

struct Loaded<T> {
    value: Arc<T>,
    stamp: Stamp,
    looked: Instant,
}

/// The shortest time between two looks at a file.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Marks of a file's state: time of the change, length and inode.
#[derive(PartialEq, Eq)]
struct Stamp(Option<SystemTime>, u64, u64);

impl<T> Reloading<T> {
    /// Reads the file for the first time, or [makes](open) it.
    pub fn open(
        place: &KeyPlace,
        algorithm: SigningAlgorithm,
        make: impl Fn(&[Vec<u8>]) -> Result<T> + Send + Sync + 'static,
    ) -> Result<Self> {
        let value = make(&open(place, algorithm)?).with_context(|| named(&place.path))?;
        let stamp = Stamp::of(&place.path).with_context(|| named(&place.path))?;
        let held = RwLock::new(Loaded { value: Arc::new(value), stamp, looked: Instant::now() });
        Ok(Self { path: place.path.clone(), make: Box::new(make), held })
    }

    /// The value of the file as it was at most some seconds ago. While the file is of no use, the value before stays.
    pub fn get(&self) -> Arc<T> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        if held.looked.elapsed() < LOOK_EVERY {
            return Arc::clone(&held.value);
        }
        drop(held);
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if held.looked.elapsed() >= LOOK_EVERY {
            held.looked = Instant::now();
            if let Err(fault) = self.look(&mut held) {
                log::error!("{fault:#}; going on with the keys there were");
            }
        }
        Arc::clone(&held.value)
    }

    fn look(&self, held: &mut Loaded<T>) -> Result<()> {
        let stamp = Stamp::of(&self.path).with_context(|| named(&self.path))?;
        if stamp == held.stamp {
            return Ok(());
        }
        // Noted before the keys are read: the log complains once of a file that is of no use, not at every look.
        held.stamp = stamp;
        held.value = Arc::new((self.make)(&keys(&self.path)?).with_context(|| named(&self.path))?);
        log::info!("{}: has changed and was read again", self.path.display());
        Ok(())
    }
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata: Metadata = fs::metadata(path)?;
        Ok(Self(metadata.modified().ok(), metadata.len(), metadata.ino()))
    }
}

/// A fault of a key file.
enum KeyFileFault {
    Missing,
    Exposed(u32),
    Guessable,
    Other(String),
}

impl KeyFileFault {
    fn with_path(self, path: &Path) -> anyhow::Error {
        let path = path.display();
        match self {
            Self::Missing => anyhow!("{path}: there is no such file"),
            Self::Exposed(mode) => {
                anyhow!("{path}: others may read or change this key (mode {mode:o}); run chmod 600 {path}")
            }
            Self::Guessable => {
                anyhow!("{path}: does not hold a secret but zeros, a pattern or a text, which anybody can guess")
            }
            Self::Other(error) => anyhow!("{path}: {error}"),
        }
    }
}

fn read(path: &Path) -> Result<Vec<Vec<u8>>, KeyFileFault> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(KeyFileFault::Missing),
        Err(error) => return Err(KeyFileFault::Other(error.to_string())),
    };
    require_safe(path)?;
    let keys = from_pem(PRIVATE, &text).filter(|keys| !keys.is_empty());
    let keys = keys.ok_or_else(|| KeyFileFault::Other("does not hold a private key".to_owned()))?;
    for key in &keys {
        let secret = KeyPair::of(key).and_then(|pair| pair.secret());
        let secret = secret.map_err(|error| KeyFileFault::Other(error.to_string()))?;
        if is_guessable(&secret) {
            return Err(KeyFileFault::Guessable);
        }
    }
    Ok(keys)
}

/// True for 32 bytes that were typed rather than drawn: few different ones, or nothing but text. Random bytes look so
/// less than once in 10^13 times.
fn is_guessable(bytes: &[u8]) -> bool {
    let different: BTreeSet<_> = bytes.iter().collect();
    different.len() < 8 || std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(char::is_control))
}

/// Refuses a file that others may read, or that the group may change; a mounted secret is often read by a group.
fn require_safe(path: &Path) -> Result<(), KeyFileFault> {
    let metadata = fs::metadata(path).map_err(|error| KeyFileFault::Other(error.to_string()))?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o027 == 0 { Ok(()) } else { Err(KeyFileFault::Exposed(mode)) }
}

/// Writes a new file that only its owner may read; fails where there is one.
pub(crate) fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    sync_folder(path)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// The name of a file, as the context of an error.
fn named(path: &Path) -> String {
    path.display().to_string()
}

const PRIVATE: &str = "PRIVATE KEY";
const SECRET: &str = "THIDUA SECRET";

/// Encodes one PEM block (RFC 7468).
fn to_pem(label: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Decodes the PEM blocks of a text with a label; `None` when one of them is broken.
fn from_pem(label: &str, text: &str) -> Option<Vec<Vec<u8>>> {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let blocks = text.split(&begin).skip(1);
    let body = |block: &str| block.split_once(&end).map(|(body, _)| body.split_whitespace().collect::<String>());
    blocks.map(|block| STANDARD.decode(body(block)?).ok()).collect()
}
