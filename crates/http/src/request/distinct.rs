//! Lists of an input in which nothing stands twice.

use thidua_domain::violation::Violation;

/// A list without repetition.
pub(crate) fn distinct<T: Copy + PartialEq>(pointer: &str, values: &[T]) -> Result<Vec<T>, Violation> {
    let repeated =
        values.iter().enumerate().any(|(index, value)| values.iter().take(index).any(|other| other == value));
    if repeated {
        return Err(Violation::new(
            pointer,
            "repeated_value",
            "Mỗi giá trị chỉ được ghi một lần trong danh sách.",
            "Each value may stand in the list only once.",
        ));
    }
    Ok(values.to_vec())
}
