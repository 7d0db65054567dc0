//! The numbers: runs any tile of any stage on burn's ndarray device, natively and in wasm, and
//! measures how fast this device does.
//!
//! A tile is padded only where it touches a true border of the map and convolved without padding, so
//! that its values are those of the undivided network (PICO's fused layers).

mod benchmark;
mod error;
pub mod half;
mod layer;
mod map;
mod tensor;
mod tile;

pub use benchmark::{Measured, benchmark};
pub use error::EngineError;
pub use map::Map;
pub use tile::TileEngine;
