//! Why an ONNX file cannot be imported.

use crate::GraphError;
use std::fmt;

/// Why an ONNX file cannot be imported.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// The bytes are no ONNX file.
    #[error("this is no ONNX file, or it is cut short: {0}")]
    NotOnnx(String),
    /// The operator set is one whose meaning is not known here.
    #[error(
        "the file uses operator set {0}; supported are {min} to {max}: export it anew with opset 13",
        min = super::OPSETS.start(), max = super::OPSETS.end()
    )]
    OperatorSet(i64),
    /// The network's input is not one image.
    #[error("the network's input does not fit: {0}")]
    Input(String),
    /// The network's outputs are not usable.
    #[error("the network's outputs do not fit: {0}")]
    Output(String),
    /// The graph hangs together wrongly.
    #[error("the file is inconsistent: {0}")]
    Inconsistent(String),
    /// The network breaks a limit.
    #[error(transparent)]
    Unsound(#[from] GraphError),
    /// Layers that Convoy cannot run; every one of them is listed.
    #[error("{} of the network's layers cannot be run:{}", .0.len(), Listed(.0))]
    Unsupported(Vec<Refusal>),
}

/// One layer that cannot be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The ONNX operator.
    pub operator: String,
    /// The node's name, or its first output's where it has none.
    pub node: String,
    /// What about it is not supported.
    pub reason: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} '{}': {}", self.operator, self.node, self.reason)
    }
}

/// A list of refusals, one a line.
struct Listed<'a>(&'a [Refusal]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|refusal| write!(f, "\n  {refusal}"))
    }
}
