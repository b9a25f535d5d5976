//! Suggestions for slips: the known name nearest to an unknown one.

/// The known name that an unknown one may be a slip for: at most every third letter differs.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A longer one is no slip, and would cost time.
    let name = plain(name.get(..name.len().min(100))?);
    let near = known.into_iter().map(|known| (strsim::osa_distance(&name, &plain(known)), known));
    let near = near.filter(|(distance, known)| *distance <= 1.max(known.len() / 3) && *distance < known.len());
    near.min_by_key(|(distance, _)| *distance).map(|(_, known)| known)
}

/// `nameVi`, `Name-Vi` and `name_vi` are spelled alike here.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
