//! Texts that cannot be read, whatever characters they have.

use crate::violation::Violation;

/// The fault for which a text of a [`Name`](super::Name), a [`Reference`](super::Reference) or a
/// [`Prose`](super::Prose) cannot be read: nothing in it can be seen, or a character in it turns or breaks the line, or is
/// none. Texts of before this rule are still parsed.
pub fn unreadable(pointer: &str, text: &str) -> Option<Violation> {
    if text.is_ascii() {
        return None;
    }
    let text = text.trim();
    if let Some(c) = text.chars().find(|c| turns_or_breaks_the_line(*c) || is_noncharacter(*c)) {
        return Some(control_character(pointer, c));
    }
    let is_blank = text.chars().all(|c| c.is_whitespace() || is_invisible(c));
    (is_blank && !text.is_empty()).then(|| Violation::new(pointer, "nothing_visible"))
}

/// Embeddings, overrides and isolates of direction (UAX 9), and the separators of lines and paragraphs.
fn turns_or_breaks_the_line(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A code point that is no character and never will be (Unicode 16.0, section 23.7).
fn is_noncharacter(c: char) -> bool {
    matches!(c, '\u{fdd0}'..='\u{fdef}') || u32::from(c) & 0xfffe == 0xfffe
}

/// A character without a picture of its own: those that may be ignored (Unicode 16.0, `Default_Ignorable_Code_Point`),
/// marks of annotations, and the empty pattern of Braille.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// The fault of a character that a text may not have.
pub(super) fn control_character(pointer: &str, c: char) -> Violation {
    Violation::new(pointer, "control_character").with("code_point", &format!("{:04X}", u32::from(c)))
}
