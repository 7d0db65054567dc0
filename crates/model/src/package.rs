//! Packages: a network as a folder of `model.json` and one weight file a piece.
//!
//! The folder's name is the network's id. A package is written once and then only read: every file
//! is named and checked by its content, so caches may keep it for ever.

mod layout;
mod source;
#[cfg(test)]
mod tests;
mod write;

pub use layout::manifest;
#[cfg(feature = "shipped")]
pub use source::Shipped;
pub use source::{Folder, PackageSource};
pub use write::{Packed, Precision, WriteError, pack, write};

/// Name of the file that describes a package.
pub const MANIFEST: &str = "model.json";
