//! Whole files: those in `tests/models`, and small ones written here.

mod files;
