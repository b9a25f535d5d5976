//! Digests as the contract describes them, computed by the tests themselves.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 in lower-case hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A line for every cell.
pub fn lines(cells: &Value) -> String {
    let line = |cell: &Value| {
        let month = cell["month"].as_str().expect("a month");
        format!(
            "{} {} {} {month} {} {} {}\n",
            cell["indicator"],
            cell["agency"],
            cell["calendar"],
            cell["numerator"],
            cell["denominator"],
            cell["reports"]
        )
    };
    cells.as_array().expect("cells").iter().map(line).collect()
}
