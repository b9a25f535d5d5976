//! The contract's texts in Vietnamese. The code says them in English; `openapi/vi.po` is the catalogue (GNU gettext) that a
//! translator edits, with the English text as its key.

use crate::texts::{Language, parsed};
use anyhow::Result;
use polib::catalog::Catalog;
use polib::message::Message;
use polib::metadata::CatalogMetadata;
use polib::po_file;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::BufWriter;
use thidua_domain::schema::VALUE_DESCRIPTIONS;

/// The catalogue as checked in.
const VIETNAMESE: &str = include_str!("../../../../openapi/vi.po");

/// Members of the contract that are data; nothing in them is said to a reader.
const DATA: &[&str] = &["default", "discriminator", "enum", "example", "examples"];

/// Members that say something to a reader.
const TEXTS: &[&str] = &["description", "summary"];

/// Places that the catalogue names per text, to show a translator what it is about.
const PLACES: usize = 2;

/// Translates a document into a language. What the catalogue lacks stays English.
pub(super) fn translate(document: &mut Value, language: Language) -> Result<()> {
    if language == Language::English {
        return Ok(());
    }
    let known = translations()?;
    visit(document, "", &mut |_, text| {
        if let Some(translation) = known.get(text) {
            translation.clone_into(text);
        }
    });
    Ok(())
}

/// The catalogue of a document, as a PO file: its texts in the document's order, each with the first places where it
/// stands and the translation known so far. A text that the document no longer says is left out.
///
/// # Errors
///
/// Fails when the catalogue at hand cannot be read.
pub(super) fn catalogue(document: &mut Value) -> Result<String> {
    let known = translations()?;
    let mut texts: Vec<(String, Vec<String>)> = Vec::new();
    let mut found = BTreeMap::new();
    visit(document, "", &mut |place, text| {
        let index = *found.entry(text.clone()).or_insert_with(|| {
            texts.push((text.clone(), Vec::new()));
            texts.len() - 1
        });
        if let Some((_, places)) = texts.get_mut(index)
            && places.len() < PLACES
        {
            places.push(place.to_owned());
        }
    });
    let mut catalogue = Catalog::new(metadata());
    for (text, places) in texts {
        let translation = known.get(&text).cloned().unwrap_or_default();
        let mut message = Message::build_singular();
        message.with_source(places.join("\n")).with_msgid(text).with_msgstr(translation);
        catalogue.append_or_update(message.done());
    }
    written(&catalogue)
}

fn metadata() -> CatalogMetadata {
    CatalogMetadata {
        project_id_version: "thidua".to_owned(),
        mime_version: "1.0".to_owned(),
        content_type: "text/plain; charset=UTF-8".to_owned(),
        content_transfer_encoding: "8bit".to_owned(),
        language: "vi".to_owned(),
        ..CatalogMetadata::new()
    }
}

fn written(catalogue: &Catalog) -> Result<String> {
    let mut bytes = Vec::new();
    po_file::write(catalogue, &mut BufWriter::new(&mut bytes))?;
    let text = String::from_utf8(bytes)?;
    Ok(format!("{}\n", text.trim_end()))
}

/// Translations by the English text. One that a translator has marked as doubtful (`fuzzy`) is left out.
fn translations() -> Result<BTreeMap<String, String>> {
    let catalogue = parsed(VIETNAMESE)?;
    let done = catalogue.messages().filter(|message| message.is_translated() && !message.is_fuzzy());
    let pairs = done.filter_map(|message| Some((message.msgid().to_owned(), message.msgstr().ok()?.to_owned())));
    Ok(pairs.collect())
}

/// Visits every text with its place.
fn visit(value: &mut Value, place: &str, visitor: &mut dyn FnMut(&str, &mut String)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter_mut().filter(|(name, _)| !DATA.contains(&name.as_str())) {
                let place = format!("{place}/{name}");
                match value {
                    Value::String(text) if TEXTS.contains(&name.as_str()) => visitor(&place, text),
                    Value::Array(values) if name == VALUE_DESCRIPTIONS => {
                        for (index, value) in values.iter_mut().enumerate() {
                            if let Value::String(text) = value {
                                visitor(&format!("{place}/{index}"), text);
                            }
                        }
                    }
                    other => visit(other, &place, visitor),
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                let name = item["name"].as_str().map_or_else(|| index.to_string(), str::to_owned);
                visit(item, &format!("{place}/{name}"), visitor);
            }
        }
        _ => {}
    }
}
