//! Promises of released contracts that were taken back on purpose.

/// The version that made the promise, and the promise as the comparison names it. The changelog tells each under Breaking.
pub const TAKEN_BACK: &[(&str, &str)] = &[];

/// Patterns of inputs, each with a later one that takes whatever it takes: no promise is taken back.
pub const WIDER: &[(&str, &str)] = &[
    // `asOf` names a day as well.
    (
        r"^([0-9]{1,15}|[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2}))$",
        r"^([0-9]{1,15}|[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2}))?)$",
    ),
];
