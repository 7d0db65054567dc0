//! Reading `model.json`. It may come from anybody.

use crate::validate::GraphError;
use crate::{AnswerKind, Fit, Model, Op, WeightSource};

/// Why a `model.json` cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelError {
    /// Not the JSON of a model.
    #[error("it cannot be read: {0}")]
    Json(String),
    /// Its graph is not sound.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// What stands beside the graph does not fit it.
    #[error("{0}")]
    Manifest(String),
}

/// Longest `model.json`.
const MAX_BYTES: usize = 16 << 20;

impl Model {
    /// Reads and checks a `model.json`.
    ///
    /// # Errors
    /// Where it is no JSON of a model, or says what cannot be.
    pub fn parse(json: &[u8]) -> Result<Self, ModelError> {
        if json.len() > MAX_BYTES {
            return Err(ModelError::Json(format!("it is longer than {MAX_BYTES} bytes")));
        }
        let model: Self =
            serde_json::from_slice(json).map_err(|error| ModelError::Json(error.to_string()))?;
        model.validate()?;
        Ok(model)
    }

    /// Checks that the graph is sound and that everything beside it fits it.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn validate(&self) -> Result<(), ModelError> {
        let no = |problem: String| Err(ModelError::Manifest(problem));
        if !is_safe_name(&self.id) || self.id.len() > 64 {
            return no(format!("the id {:?} is not of a-z, 0-9, '.', '-', '_', up to 64", self.id));
        }
        self.graph.validate()?;
        self.check_pieces()?;
        self.check_preprocess()?;
        self.check_answer()?;
        if let WeightSource::Files { files } = &self.weights {
            if files.len() != self.pieces.len() {
                return no(format!(
                    "{} weight files for {} pieces",
                    files.len(),
                    self.pieces.len()
                ));
            }
            for file in files {
                let hash = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                if !is_safe_name(&file.file) || file.file.len() > 128 {
                    return no(format!("the file name {:?} is not safe", file.file));
                }
                if file.sha256.len() != 64 || !file.sha256.bytes().all(hash) {
                    return no(format!("{}: no SHA-256 in lower-case hexadecimal", file.file));
                }
            }
        }
        Ok(())
    }

    fn check_pieces(&self) -> Result<(), ModelError> {
        let no = |problem: &str| Err(ModelError::Manifest(problem.to_owned()));
        let mut next = 1;
        for (index, piece) in self.pieces.iter().enumerate() {
            if piece.first.0 != next || piece.end.0 <= next {
                return no("the pieces do not follow one another");
            }
            next = piece.end.0;
            if next as usize > self.graph.nodes.len() {
                return no("the pieces hold layers that are not there");
            }
            let nodes = &self.graph.nodes[piece.first.index()..piece.end.index()];
            let splittable = nodes.iter().all(|node| node.op.is_splittable());
            if piece.splittable && !splittable {
                return no("a piece with a layer that cannot be split says it can");
            }
            if !piece.splittable && index + 1 < self.pieces.len() {
                return no("only the last piece may be one that cannot be split");
            }
        }
        if next as usize == self.graph.nodes.len() {
            return Ok(());
        }
        no("the pieces do not hold every layer")
    }

    fn check_preprocess(&self) -> Result<(), ModelError> {
        let no = |problem: &str| Err(ModelError::Manifest(problem.to_owned()));
        let preprocess = &self.preprocess;
        let channels = if preprocess.channels == crate::Channels::Gray { 1 } else { 3 };
        if self.graph.nodes[0].shape.channels != channels {
            return no("the input has not as many channels as the preprocessing says");
        }
        if !preprocess.mean.iter().chain(&preprocess.std).all(|value| value.is_finite()) {
            return no("mean and std must be finite");
        }
        if preprocess.std.contains(&0.0) {
            return no("std must not be zero");
        }
        match preprocess.fit {
            Fit::Crop { fraction } if !(fraction > 0.0 && fraction <= 1.0) => {
                no("the crop's fraction must be above 0 and at most 1")
            }
            _ => Ok(()),
        }
    }

    fn check_answer(&self) -> Result<(), ModelError> {
        let no = |problem: String| Err(ModelError::Manifest(problem));
        let shapes: Vec<_> = self.graph.outputs.iter().map(|id| self.graph.shape(*id)).collect();
        let classes = self.labels.len() as u32;
        match &self.answer {
            AnswerKind::Labels => {
                let shape = shapes[0];
                if shapes.len() != 1 || !shape.is_flat() {
                    return no(format!("labels want one output of one pixel, not {shape}"));
                }
                if !self.labels.is_empty() && u64::from(classes) != shape.elements() {
                    return no(format!("{classes} labels for {} classes", shape.elements()));
                }
            }
            AnswerKind::Boxes { anchors, score, overlap } => {
                if anchors.len() != shapes.len() {
                    let (heads, outputs) = (anchors.len(), shapes.len());
                    return no(format!("anchors of {heads} heads for {outputs} outputs"));
                }
                for (anchors, shape) in anchors.iter().zip(&shapes) {
                    let channels = anchors.len() as u32 * (5 + classes);
                    if anchors.is_empty() || channels != shape.channels {
                        return no(format!("{channels} channels of boxes for a head of {shape}"));
                    }
                }
                let finite = anchors.iter().flatten().flatten().all(|extent| extent.is_finite());
                let unit = |value: f32| (0.0..=1.0).contains(&value);
                if !finite || !unit(*score) || !unit(*overlap) {
                    return no("anchors must be finite, score and overlap in 0..1".into());
                }
            }
            AnswerKind::Map if shapes.len() != 1 || shapes[0].channels != 1 => {
                return no(format!("a map wants one output of one channel, not {}", shapes[0]));
            }
            AnswerKind::Map | AnswerKind::Raw => {}
        }
        if self.labels.len() > 100_000 || self.labels.iter().any(|label| label.len() > 1000) {
            return no("there are too many labels, or one is too long".into());
        }
        Ok(())
    }

    /// Layers of a run of pieces by name, for people.
    #[must_use]
    pub fn layer_names(&self, pieces: std::ops::Range<usize>) -> Vec<&str> {
        let nodes = self.pieces.get(pieces).unwrap_or_default().iter();
        let nodes =
            nodes.flat_map(|piece| &self.graph.nodes[piece.first.index()..piece.end.index()]);
        nodes.filter(|node| !matches!(node.op, Op::Input)).map(|node| node.name.as_str()).collect()
    }
}

/// Whether a name can be a file or a part of a URL as it is.
fn is_safe_name(name: &str) -> bool {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !name.is_empty() && !name.starts_with('.') && name.bytes().all(safe)
}
