//! Values of request headers.

/// Visible ASCII, with spaces inside: what the server insists on for every header the contract gives this pattern.
pub const PRINTABLE: &str = "^[!-~]([ -~]*[!-~])?$";
