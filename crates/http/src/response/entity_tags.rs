//! Entity tags of a request: those of answers that its sender has.

/// `*`, or entity tags in their quotes with commas between (RFC 9110, sections 8.8.3 and 13.1): what the server insists on
/// for every header the contract gives this pattern.
pub const ENTITY_TAGS: &str = r#"^(\*|[ ,]*(W/)?"[!#-~]*"( *,( *(W/)?"[!#-~]*")?)* *)$"#;

/// The entity tags of a list, quotes and weakness included; none where it is not one, or has none.
pub fn entity_tags(list: &str) -> Option<Vec<&str>> {
    let (mut rest, mut tags) = (list.trim_start_matches([' ', ',']), Vec::new());
    while !rest.is_empty() {
        let opaque = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
        let end = opaque.bytes().position(|byte| byte == b'"' || !byte.is_ascii_graphic())?;
        let after = opaque.get(end..)?.strip_prefix('"')?;
        let (tag, _) = rest.split_at_checked(rest.len() - after.len())?;
        tags.push(tag);
        let after = after.trim_start_matches(' ');
        if !after.is_empty() && !after.starts_with(',') {
            return None;
        }
        rest = after.trim_start_matches([' ', ',']);
    }
    (!tags.is_empty()).then_some(tags)
}
