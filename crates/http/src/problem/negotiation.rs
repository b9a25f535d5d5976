//! Preferences of a caller, most wanted first: languages and media types (RFC 9110, section 12.5).

pub use crate::texts::Language;

use actix_web::http::header::{ACCEPT, ACCEPT_LANGUAGE, HeaderMap, HeaderName};

impl Language {
    /// The language a request prefers; Vietnamese when it says nothing, or has no preference.
    pub fn of(headers: &HeaderMap) -> Self {
        let ranges = ranges(headers, &ACCEPT_LANGUAGE);
        let weight = |language: &str| {
            let named = ranges.iter().filter(|range| primary(&range.name).eq_ignore_ascii_case(language));
            let others = ranges.iter().filter(|range| range.name == "*");
            named.map(|range| range.weight).max().or_else(|| others.map(|range| range.weight).max()).unwrap_or(0)
        };
        if weight("en") > weight("vi") { Self::English } else { Self::Vietnamese }
    }
}

/// True for a media type that the caller can read; every one is when the caller says nothing.
pub fn accepts(headers: &HeaderMap, media_type: &str) -> bool {
    weight(headers, media_type) > 0
}

/// Weight that the caller gives a media type, in thousandths: the most specific range that covers it counts.
pub fn weight(headers: &HeaderMap, media_type: &str) -> u32 {
    let ranges = ranges(headers, &ACCEPT);
    if ranges.is_empty() {
        return 1000;
    }
    let family = media_type.split('/').next().unwrap_or_default();
    let of = |name: &str| {
        let covering = ranges.iter().filter(|range| range.name.eq_ignore_ascii_case(name));
        covering.map(|range| range.weight).max()
    };
    of(media_type).or_else(|| of(&format!("{family}/*"))).or_else(|| of("*/*")).unwrap_or(0)
}

/// A range of a header such as `Accept`, with its weight.
struct Range {
    name: String,
    /// In thousandths; 0 means "not at all".
    weight: u32,
}

fn ranges(headers: &HeaderMap, header: &HeaderName) -> Vec<Range> {
    let lines: Vec<_> = headers.get_all(header).filter_map(|value| value.to_str().ok()).collect();
    let members = lines.iter().flat_map(|line| line.split(',')).map(str::trim).filter(|member| !member.is_empty());
    let read = members.map(|member| {
        let mut parts = member.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_owned();
        Range { name, weight: parts.find_map(quality).unwrap_or(1000) }
    });
    read.collect()
}

/// A language's part of a tag such as `en-GB`.
fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap_or_default()
}

/// The thousandths of a parameter `q=0.5`; none of another parameter. What cannot be read counts as 1.
fn quality(parameter: &str) -> Option<u32> {
    let (name, value) = parameter.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("q") {
        return None;
    }
    let (whole, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    let thousandths = format!("{fraction:0<3}").get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    Some(if whole == "0" { thousandths } else { 1000 })
}
