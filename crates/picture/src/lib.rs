//! Photographs in, answers out: decode, fit to the network's input, and read labels, boxes and maps
//! from its outputs. Pure; knows nothing of the engine: numbers come and go as plain slices.

pub mod answer;
mod error;
mod fit;
mod jpeg;
mod photo;
mod placement;

pub use error::{MAX_BYTES, MAX_PIXELS, PictureError};
pub use fit::{channels, fit, normalise};
pub use photo::{Dimensions, Photo, probe};
pub use placement::Placement;
