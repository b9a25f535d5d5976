//! JSON in its one canonical form (RFC 8785), so that a signature over a document can be checked after it has been read
//! and written again. Documents hold no fractions: numbers are whole, and written as they are.

use serde::Serialize;
use serde_json::Value;

/// The canonical text of a document.
pub fn text(document: &impl Serialize) -> serde_json::Result<String> {
    let mut text = String::new();
    write(&serde_json::to_value(document)?, &mut text)?;
    Ok(text)
}

fn write(value: &Value, text: &mut String) -> serde_json::Result<()> {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            // By UTF-16 code units, as RFC 8785, section 3.2.3 asks.
            members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
            text.push('{');
            for (index, (name, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&serde_json::to_string(name)?);
                text.push(':');
                write(value, text)?;
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(value, text)?;
            }
            text.push(']');
        }
        simple => text.push_str(&serde_json::to_string(simple)?),
    }
    Ok(())
}
