//! Embedded migrations change without any Rust file changing.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
