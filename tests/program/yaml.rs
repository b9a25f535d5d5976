//! YAML as the tools read it that files here are for: with anchors, and with `<<`, which YAML 1.2 no longer knows.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

/// The one document in a text.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    let [document] = &documents[..] else { return Err(format!("{} documents", documents.len())) };
    value(document)
}

fn value(yaml: &Yaml<'_>) -> Result<Value, String> {
    Ok(match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(one)) => Value::from(*one),
        Yaml::Value(Scalar::Integer(one)) => Value::from(*one),
        Yaml::Value(Scalar::String(one)) => Value::from(one.as_ref()),
        Yaml::Sequence(items) => items.iter().map(value).collect::<Result<_, _>>()?,
        Yaml::Mapping(members) => {
            let (mut merged, mut own) = (Map::new(), Map::new());
            for (key, member) in members {
                match (key.as_str().ok_or("a key that is no text")?, value(member)?) {
                    ("<<", Value::Object(others)) => merged.extend(others),
                    (key, member) => drop(own.insert(key.to_owned(), member)),
                }
            }
            merged.extend(own);
            Value::Object(merged)
        }
        other => return Err(format!("{other:?}")),
    })
}
