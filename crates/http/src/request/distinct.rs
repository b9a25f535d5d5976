//! Lists of an input in which nothing stands twice.

use thidua_domain::violation::Violation;

/// A list without repetition, or its fault.
pub(crate) fn distinct<T: Copy + PartialEq>(pointer: &str, values: &[T]) -> Result<Vec<T>, Violation> {
    let repeated =
        values.iter().enumerate().any(|(index, value)| values.iter().take(index).any(|other| other == value));
    if repeated {
        return Err(Violation::new(pointer, "repeated_value"));
    }
    Ok(values.to_vec())
}
