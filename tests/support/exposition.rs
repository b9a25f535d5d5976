//! A strict reader of metrics pages in Prometheus' text format 0.0.4 and OpenMetrics 1.0. Stricter than the former in
//! rules that both recommend: help and type of a metric come before its samples, and all samples of a metric stand
//! together.

use std::collections::BTreeMap;

/// The labels of a series.
pub type Labels = BTreeMap<String, String>;

/// A page of metrics.
#[derive(Debug, Default)]
pub struct Page {
    /// Kinds of metrics by name.
    pub kinds: BTreeMap<String, String>,
    /// Values of series by name and labels.
    pub series: BTreeMap<(String, Labels), f64>,
}

/// The two forms of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `text/plain; version=0.0.4`.
    Text,
    /// `application/openmetrics-text; version=1.0.0`.
    OpenMetrics,
}

impl Page {
    /// Reads a page, or says what is wrong with it.
    pub fn read(text: &str, format: Format) -> Result<Self, String> {
        let body = text.strip_suffix('\n').ok_or("the last line does not end")?;
        let body = match format {
            Format::Text => body,
            Format::OpenMetrics => body.strip_suffix("\n# EOF").ok_or("it does not end with # EOF")?,
        };
        let mut page = Self::default();
        let mut helped = Vec::new();
        let mut family = String::new();
        for line in body.split('\n') {
            let wrong = |why: &str| format!("{why}: {line}");
            if let Some(help) = line.strip_prefix("# HELP ") {
                family = help.split(' ').next().unwrap_or_default().to_owned();
                if !is_name(&family) || helped.contains(&family) || has_bad_escape(help, "\\n") {
                    return Err(wrong("no help, or another one"));
                }
                helped.push(family.clone());
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').ok_or_else(|| wrong("no type"))?;
                let known = ["counter", "gauge", "histogram"].contains(&kind)
                    || (format == Format::OpenMetrics && kind == "info");
                if name != family || !known || page.kinds.insert(name.to_owned(), kind.to_owned()).is_some() {
                    return Err(wrong("a type without its help, unknown, or again"));
                }
            } else if let (Some(unit), Format::OpenMetrics) = (line.strip_prefix("# UNIT "), format) {
                let (name, unit) = unit.split_once(' ').ok_or_else(|| wrong("no unit"))?;
                if name != family || !name.ends_with(&format!("_{unit}")) {
                    return Err(wrong("a unit that is not the end of the name"));
                }
            } else {
                let (name, labels, value) = sample(line).ok_or_else(|| wrong("not a sample"))?;
                let kind = page.kinds.get(&family).ok_or_else(|| wrong("a sample without a type"))?;
                if !belongs(&name, &family, kind, format) {
                    return Err(wrong("a sample among those of another metric"));
                }
                if kind != "gauge" && (value < 0.0 || !value.is_finite()) {
                    return Err(wrong("no count"));
                }
                if page.series.insert((name, labels), value).is_some() {
                    return Err(wrong("a series again"));
                }
            }
        }
        page.check_histograms()?;
        Ok(page)
    }

    /// The value of a series; its labels as `name=value`.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.series.get(&(name.to_owned(), labels)).copied()
    }

    /// All series of a name.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a Labels, f64)> {
        self.series.iter().filter(move |((known, _), _)| known == name).map(|((_, labels), value)| (labels, *value))
    }

    /// Series that may only rise.
    pub fn counts(&self) -> impl Iterator<Item = (&(String, Labels), f64)> {
        let rises = |name: &str| ["_total", "_bucket", "_count", "_sum"].iter().any(|end| name.ends_with(end));
        self.series.iter().filter(move |((name, _), _)| rises(name)).map(|(series, value)| (series, *value))
    }

    /// Buckets rise with their bounds up to `+Inf`, which is the count, and there is a sum.
    fn check_histograms(&self) -> Result<(), String> {
        for (family, _) in self.kinds.iter().filter(|(_, kind)| *kind == "histogram") {
            let mut histograms: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
            for (labels, value) in self.named(&format!("{family}_bucket")) {
                let mut labels = labels.clone();
                let bound = labels.remove("le").and_then(|bound| number(&bound));
                let bound = bound.ok_or_else(|| format!("{family}: a bucket without a bound"))?;
                histograms.entry(labels).or_default().push((bound, value));
            }
            for (labels, mut buckets) in histograms {
                buckets.sort_by(|one, other| one.0.total_cmp(&other.0));
                if !buckets.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1) {
                    return Err(format!("{family} {labels:?}: buckets that fall: {buckets:?}"));
                }
                let of = |end: &str| self.series.get(&(format!("{family}{end}"), labels.clone()));
                let last = buckets.last().filter(|(bound, _)| *bound == f64::INFINITY).map(|(_, count)| count);
                if last.is_none() || last != of("_count") || of("_sum").is_none() {
                    return Err(format!("{family} {labels:?}: +Inf is {last:?}, the count {:?}", of("_count")));
                }
            }
        }
        Ok(())
    }
}

/// True when a sample's name belongs to its metric. Text 0.0.4 calls a counter by its whole name, OpenMetrics without
/// `_total`.
fn belongs(name: &str, family: &str, kind: &str, format: Format) -> bool {
    let Some(end) = name.strip_prefix(family) else { return false };
    match (kind, format) {
        ("counter", Format::Text) => end.is_empty() && family.ends_with("_total"),
        ("counter", Format::OpenMetrics) => end == "_total",
        ("info", _) => end == "_info",
        ("histogram", _) => ["_bucket", "_sum", "_count"].contains(&end),
        _ => end.is_empty(),
    }
}

/// `NAME VALUE` or `NAME{LABEL="VALUE",…} VALUE`, without a timestamp.
fn sample(line: &str) -> Option<(String, Labels, f64)> {
    let end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(end);
    let mut labels = Labels::new();
    let value = match rest.strip_prefix('{') {
        None => rest.strip_prefix(' ')?,
        Some(mut rest) => loop {
            let (label, after) = rest.split_once("=\"")?;
            let (value, after) = quoted(after)?;
            let is_label = is_name(label) && !label.contains(':');
            if !is_label || labels.insert(label.to_owned(), value).is_some() {
                return None;
            }
            match after.strip_prefix(',') {
                Some(next) => rest = next,
                None => break after.strip_prefix("} ")?,
            }
        },
    };
    is_name(name).then_some((name.to_owned(), labels, number(value)?))
}

/// The text before the closing quotation mark, and the rest after it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, text.get(at + 1..)?)),
            '\\' => value.push(match letters.next()?.1 {
                'n' => '\n',
                escaped @ ('\\' | '"') => escaped,
                _ => return None,
            }),
            plain => value.push(plain),
        }
    }
    None
}

fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        _ if text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.e".contains(&byte)) => text.parse().ok(),
        _ => None,
    }
}

fn is_name(name: &str) -> bool {
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || "_:".contains(first));
    starts && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_:".contains(letter))
}

/// True when a backslash escapes a letter other than the allowed ones.
fn has_bad_escape(text: &str, allowed: &str) -> bool {
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\\' && !letters.next().is_some_and(|next| allowed.contains(next)) {
            return true;
        }
    }
    false
}
