//! How domain types look in the contract.

use thidua_domain::text::Spelled;
use utoipa::openapi::schema::{Array, ArrayBuilder, Object, ObjectBuilder, SchemaType, Type};

/// A string with one of the spellings of an enum.
pub fn spelling<T: Spelled>() -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(T::SPELLINGS.iter().copied())).build()
}

/// As [`spelling`], or null.
pub fn optional_spelling<T: Spelled>() -> Object {
    let values = T::SPELLINGS.iter().map(|text| serde_json::Value::from(*text)).chain([serde_json::Value::Null]);
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(values))
        .build()
}

/// A list of spellings without repetition.
pub fn spellings<T: Spelled>() -> Array {
    ArrayBuilder::new().items(spelling::<T>()).max_items(Some(T::SPELLINGS.len())).unique_items(true).build()
}
