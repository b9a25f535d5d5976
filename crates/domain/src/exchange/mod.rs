//! Figures as other systems want them.

pub mod export_profiles;
