//! Figures of this process as Linux tells them in `/proc`; none elsewhere.

use std::fs;

/// The process at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Process {
    /// Bytes of memory in use.
    pub(super) resident_bytes: Option<u64>,
    /// Bytes of virtual memory.
    pub(super) virtual_bytes: Option<u64>,
    /// Threads.
    pub(super) threads: Option<u64>,
    /// Open files and connections.
    pub(super) open_files: Option<u64>,
    /// The most files and connections it may have open.
    pub(super) most_open_files: Option<u64>,
}

impl Process {
    /// The figures of now.
    pub(super) fn now() -> Self {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let field = |name: &str| status.lines().find_map(|line| first_number(line.strip_prefix(name)?));
        let kibibytes = |name: &str| field(name)?.checked_mul(1024);
        Self {
            resident_bytes: kibibytes("VmRSS:"),
            virtual_bytes: kibibytes("VmSize:"),
            threads: field("Threads:"),
            // Reading the folder opens it: that one is not counted.
            open_files: fs::read_dir("/proc/self/fd").ok().map(|files| (files.count() as u64).saturating_sub(1)),
            most_open_files: limits.lines().find_map(|line| first_number(line.strip_prefix("Max open files")?)),
        }
    }
}

fn first_number(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}
