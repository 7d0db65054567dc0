//! The engine: tiles against the undivided run, every operator against a plain one, networks against
//! ONNX Runtime.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod golden;
mod heads;
mod imported;
mod measure;
mod plain;
mod random;
mod refused;
mod tensors;
mod threads;
mod tiles;
