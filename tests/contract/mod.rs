//! The contract itself: what it promises, and that the code keeps it.

mod codes;
mod compatibility;
pub mod document;
mod rendering_3_0;
