//! The contract itself: what it promises, and that the code keeps it.

mod codes;
pub mod document;
