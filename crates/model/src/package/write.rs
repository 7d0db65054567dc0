//! Writing a package: all of it appears at once under its own name, or nothing does.

use super::MANIFEST;
use super::layout::manifest;
use crate::weights::{WeightError, Weights, parameters, sha256};
use crate::{Model, NodeId, Piece, WeightFile, WeightSource};
use half::f16;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensorError};
use std::io;
use std::path::{Path, PathBuf};

/// How the numbers of a package are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// Half precision: half the bytes to fetch, eleven bits a number.
    F16,
    /// Single precision, exactly the numbers given.
    F32,
}

/// Why a package cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The weights do not fit the network.
    #[error(transparent)]
    Weights(#[from] WeightError),
    /// A number is too large for half precision.
    #[error("{tensor} holds {value}, too large for f16 (65504): write the package in f32 (--f32)")]
    TooLarge {
        /// The tensor.
        tensor: String,
        /// The number.
        value: f32,
    },
    /// The network is not sound.
    #[error("the package would not be sound, so none was written: {0}")]
    Unsound(String),
    /// Something else is in the way; a package is a folder of files alone.
    #[error("{} is no package; choose another name or remove it", .0.display())]
    Occupied(PathBuf),
    /// The system did not let it be written.
    #[error("cannot write {}: {cause}", path.display())]
    Io {
        /// What was to be written.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// A package that stands nowhere yet.
#[derive(Debug)]
pub struct Packed {
    /// The network, with [`Model::weights`] naming the files.
    pub model: Model,
    /// The text of its `model.json`.
    pub manifest: String,
    /// The files' contents, in the order in which `model` names them.
    pub contents: Vec<Vec<u8>>,
}

/// Makes the package of `model` with `weights`.
///
/// # Errors
/// Where the weights do not fit, or a number does not fit `precision`.
pub fn pack(
    mut model: Model,
    weights: &Weights,
    precision: Precision,
) -> Result<Packed, WriteError> {
    let mut contents = Vec::with_capacity(model.pieces.len());
    let mut files = Vec::with_capacity(model.pieces.len());
    for (index, piece) in model.pieces.iter().enumerate() {
        let content = safetensors(&model, piece, weights, precision)?;
        let sha256 = sha256(&content);
        // The digits make every version of a file another name, which caches may keep for ever.
        let file = format!("piece-{index:02}-{}.safetensors", &sha256[..12]);
        files.push(WeightFile { file, sha256, bytes: content.len() as u64 });
        contents.push(content);
    }
    model.weights = WeightSource::Files { files };
    let manifest = manifest(&model);
    Model::parse(manifest.as_bytes()).map_err(|error| WriteError::Unsound(error.to_string()))?;
    Ok(Packed { model, manifest, contents })
}

/// Writes `model` with `weights` as the package `folder/ID` and returns it as it stands there, with
/// [`Model::weights`] naming its files. A package that is there already is replaced.
///
/// # Errors
/// Where the weights do not fit, a number does not fit `precision`, or the system refuses.
pub fn write(
    folder: &Path,
    model: Model,
    weights: &Weights,
    precision: Precision,
) -> Result<Model, WriteError> {
    let Packed { model, manifest, contents } = pack(model, weights, precision)?;
    let files = match &model.weights {
        WeightSource::Files { files } => files.as_slice(),
        WeightSource::Seeded { .. } => &[],
    };

    let target = folder.join(&model.id);
    let written = |path: &Path, result: io::Result<()>| {
        result.map_err(|cause| WriteError::Io { path: path.to_owned(), cause })
    };
    written(folder, std::fs::create_dir_all(folder))?;
    let draft = Draft(folder.join(format!(".{}.{}", model.id, std::process::id())));
    written(&draft.0, std::fs::create_dir(&draft.0))?;
    for (file, content) in files.iter().zip(&contents) {
        let path = draft.0.join(&file.file);
        written(&path, std::fs::write(&path, content))?;
    }
    let path = draft.0.join(MANIFEST);
    written(&path, std::fs::write(&path, manifest))?;
    if target.exists() {
        keep_notes(&target, &draft.0)?;
        written(&target, std::fs::remove_dir_all(&target))?;
    }
    written(&target, std::fs::rename(&draft.0, &target))?;
    Ok(model)
}

/// A folder that is removed again unless it was renamed.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already where all went well; where not, the error that led here matters more.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Copies what people put beside a package (provenance, licences) into the one that replaces it.
fn keep_notes(old: &Path, new: &Path) -> Result<(), WriteError> {
    if !old.is_dir() {
        return Err(WriteError::Occupied(old.to_owned()));
    }
    let failed = |cause| WriteError::Io { path: old.to_owned(), cause };
    for entry in std::fs::read_dir(old).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_type().map_err(failed)?.is_file() {
            return Err(WriteError::Occupied(old.to_owned()));
        }
        let name = entry.file_name();
        let ours =
            name.to_str().is_some_and(|name| name == MANIFEST || name.ends_with(".safetensors"));
        if !ours {
            std::fs::copy(entry.path(), new.join(name)).map_err(failed)?;
        }
    }
    Ok(())
}

/// The weights of one piece as a safetensors file.
fn safetensors(
    model: &Model,
    piece: &Piece,
    weights: &Weights,
    precision: Precision,
) -> Result<Vec<u8>, WriteError> {
    let mut tensors = Vec::new();
    for id in (piece.first.0..piece.end.0).map(NodeId) {
        for (name, dims) in parameters(&model.graph, id) {
            let tensor = weights.get(&name)?;
            if tensor.dims != dims {
                let what = format!("{name} is {:?}, not {dims:?}", tensor.dims);
                return Err(WeightError::Tensor(what).into());
            }
            tensors.push((bytes(&name, &tensor.values, precision)?, name, dims));
        }
    }
    let dtype = match precision {
        Precision::F16 => Dtype::F16,
        Precision::F32 => Dtype::F32,
    };
    let unsound = |error: SafeTensorError| WriteError::Unsound(error.to_string());
    let views = tensors
        .iter()
        .map(|(bytes, name, dims)| Ok((name, TensorView::new(dtype, dims.clone(), bytes)?)))
        .collect::<Result<Vec<_>, SafeTensorError>>()
        .map_err(unsound)?;
    safetensors::serialize(views, None).map_err(unsound)
}

/// The little-endian bytes of `values`.
fn bytes(name: &str, values: &[f32], precision: Precision) -> Result<Vec<u8>, WriteError> {
    match precision {
        Precision::F32 => Ok(values.iter().flat_map(|value| value.to_le_bytes()).collect()),
        Precision::F16 => {
            let mut bytes = Vec::with_capacity(values.len() * 2);
            for value in values {
                let half = f16::from_f32(*value);
                if !half.is_finite() {
                    return Err(WriteError::TooLarge { tensor: name.to_owned(), value: *value });
                }
                bytes.extend(half.to_le_bytes());
            }
            Ok(bytes)
        }
    }
}
