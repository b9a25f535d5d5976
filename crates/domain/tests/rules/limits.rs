//! Limits belong to what they bound: the last value within is read, and the first beyond is not, and tells them.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thidua_domain::limits::{Within, told};

#[test]
fn values_are_read_up_to_their_limits_and_no_further() {
    read::<Within<u8, 1, 5>>([json!(1), json!(5)], [json!(0), json!(6)], Some([1, 5]));
    read::<Within<u8, 1, 5>>([], [json!(-1), json!(256), json!("1"), json!(null)], None);
    read::<Within<i64, -2, 0>>([json!(-2), json!(0)], [json!(-3), json!(1)], Some([-2, 0]));
    read::<Within<i64, 0, { i64::MAX }>>([json!(0), json!(i64::MAX)], [json!(-1)], Some([0, i64::MAX]));
    read::<Within<Vec<u8>, 1, 2>>([json!([7]), json!([7, 7])], [json!([]), json!([7, 7, 7])], Some([1, 2]));
    // Without a least length there is the greatest only.
    read::<Within<Vec<u8>, 0, 1>>([json!([]), json!([7])], [json!([7, 7])], Some([i64::MIN, 1]));
    // A character is one, however many bytes it has.
    read::<Within<String, 1, 2>>([json!("đ"), json!("đđ")], [json!(""), json!("đđđ")], Some([1, 2]));
}

/// Reads what lies within, and writes it as it was; what lies beyond is not read, for these limits.
fn read<T: DeserializeOwned + Serialize>(
    within: impl IntoIterator<Item = Value>,
    beyond: impl IntoIterator<Item = Value>,
    limits: Option<[i64; 2]>,
) {
    for value in within {
        let read: T = serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"));
        assert_eq!(serde_json::to_value(&read).unwrap(), value);
    }
    for value in beyond {
        let error = serde_json::from_value::<T>(value.clone()).err().unwrap_or_else(|| panic!("{value} is read"));
        assert_eq!(told(&error.to_string()), limits, "{value}");
    }
}
