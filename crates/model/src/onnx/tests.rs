//! Whole files: those in `tests/models`, and small ones written here.

mod bounds;
mod damage;
mod file;
mod meaning;
mod operators;
mod real;
mod refusals;
