//! Why a tile cannot be computed.

use convoy_model::Region;
use convoy_model::weights::WeightError;

/// Why a tile cannot be made ready or computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
    /// Weights that are missing or do not fit.
    #[error(transparent)]
    Weights(#[from] WeightError),
    /// Something a layer asks for that the engine cannot do.
    #[error("the layer \"{layer}\" {what}, which this engine cannot compute")]
    Unsupported {
        /// The layer's name.
        layer: String,
        /// What it asks for.
        what: String,
    },
    /// Inputs or wanted regions that are not those of the tile.
    #[error("the tile takes {expected} {what}, not {found}")]
    Count {
        /// What is counted.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A map that is not the part that it should be.
    #[error("a map of {found} with {channels} channels was given where {expected} was needed")]
    Region {
        /// What was needed.
        expected: Region,
        /// What was given.
        found: Region,
        /// Channels of what was given.
        channels: u32,
    },
    /// A map whose values do not fill its region.
    #[error("a map of {region} with {channels} channels cannot have {values} values")]
    Extent {
        /// Its region.
        region: Region,
        /// Its channels.
        channels: u32,
        /// How many values it has.
        values: usize,
    },
    /// A tensor of another extent or another kind of numbers.
    #[error("a tensor of f32 with the rows and columns of {region} was needed, not {extents:?}")]
    Tensor {
        /// What was needed.
        region: Region,
        /// Batch, channels, rows, columns of what was given.
        extents: [usize; 4],
    },
}
