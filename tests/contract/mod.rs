//! The contract itself: what it promises, and that the code keeps it.

pub mod document;
