//! Why a job cannot be carried out.

use convoy_engine::EngineError;
use convoy_model::Region;
use convoy_model::weights::WeightError;
use convoy_picture::PictureError;
use convoy_picture::answer::AnswerError;
use convoy_plan::PlanError;

/// Why a job cannot be carried out, in words for people.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// A job of a plan that this device was not made ready for.
    #[error("this device is not ready for plan {epoch}; it is over, or was never loaded")]
    NotReady {
        /// The plan's number.
        epoch: u32,
    },
    /// A tile that the plan gives to another device, or to none.
    #[error("the plan gives tile {tile} of stage {stage} to another device")]
    NotMine {
        /// Stage index.
        stage: u16,
        /// Tile index.
        tile: u16,
    },
    /// A piece whose weights are not there.
    #[error("the weights of piece {piece} of {model} are missing; reload the page")]
    NoWeights {
        /// The network's id.
        model: String,
        /// Index of the piece.
        piece: usize,
    },
    /// An edge that does not exist, or ends elsewhere.
    #[error("edge {edge} does not {what}")]
    Edge {
        /// Its number.
        edge: u16,
        /// What it does not do.
        what: &'static str,
    },
    /// A slice that is not what its edge carries.
    #[error("the slice of edge {edge} {cause}")]
    Slice {
        /// The edge's number.
        edge: u16,
        /// What is wrong with it.
        cause: String,
    },
    /// A slice that is not there, or more than once.
    #[error("the slice {region} of \"{tensor}\" {cause}")]
    Missing {
        /// The tensor's name.
        tensor: String,
        /// Which part of it.
        region: Region,
        /// How often it is there.
        cause: String,
    },
    /// The photograph.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The outputs.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The weights.
    #[error(transparent)]
    Weights(#[from] WeightError),
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The numbers.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
