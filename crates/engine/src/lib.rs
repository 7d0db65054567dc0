//! The numbers: runs any tile of any stage, natively and in wasm, and measures how fast this device
//! does. `convoy-kernels` does what costs time, burn's ndarray device the rest.
//!
//! A tile is padded only where it touches a true border of the map, and every value is summed in an
//! order of its own, so that a tile's values are those of the undivided network, bit for bit (PICO's
//! fused layers).

mod benchmark;
mod error;
pub mod half;
mod layer;
mod map;
mod profile;
mod slots;
mod strips;
mod tensor;
#[cfg(feature = "threads")]
mod threads;
mod tile;

pub use benchmark::{Measured, benchmark};
pub use convoy_kernels::{OneThread, Parallel, Part};
pub use error::EngineError;
pub use map::Map;
pub use profile::LayerTime;
pub use strips::{StripCost, strips};
#[cfg(feature = "threads")]
pub use threads::{Threads, ThreadsError};
pub use tile::{TileEngine, TileRun};
