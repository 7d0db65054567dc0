//! Weights in safetensors files, known by their hash.

use super::{Parameter, WeightError, Weights, parameters, rows_for};
use crate::{Graph, NodeId, Piece, Span, Trace, WeightFile};
use half::f16;
use safetensors::{Dtype, SafeTensors};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The weights of `piece` from a safetensors file, f16 or f32.
///
/// # Errors
/// Where the file is no safetensors file, or lacks a tensor, or has one of other extents, number
/// format or with values that are not finite.
pub fn from_safetensors(
    graph: &Graph,
    piece: &Piece,
    bytes: &[u8],
) -> Result<Weights, WeightError> {
    read(graph, piece, bytes, |_| None)
}

/// Of what [`from_safetensors`] reads, what a tile with this trace needs: of heavy layers laid out in
/// rows only those rows.
///
/// # Errors
/// As [`from_safetensors`]; values that the tile does not need are not looked at.
pub fn from_safetensors_for(
    graph: &Graph,
    piece: &Piece,
    bytes: &[u8],
    trace: &Trace,
) -> Result<Weights, WeightError> {
    read(graph, piece, bytes, |id| rows_for(graph, id, trace.region(id)))
}

fn read(
    graph: &Graph,
    piece: &Piece,
    bytes: &[u8],
    rows: impl Fn(NodeId) -> Option<Span>,
) -> Result<Weights, WeightError> {
    let file =
        SafeTensors::deserialize(bytes).map_err(|error| WeightError::Format(error.to_string()))?;
    let mut weights = Weights::new();
    for id in (piece.first.0..piece.end.0).map(NodeId) {
        for (name, mut dims) in parameters(graph, id) {
            let wrong = |what: String| WeightError::Tensor(format!("{name} {what}"));
            let tensor = file.tensor(&name).map_err(|_| wrong("is missing".into()))?;
            if tensor.shape() != dims {
                return Err(wrong(format!("is {:?}, not {dims:?}", tensor.shape())));
            }
            let rows = rows(id);
            let data = tensor.data();
            let row = data.len() / dims[0].max(1);
            let data = rows.map_or(data, |rows| {
                // Rows of a region lie within the layer, whose extents the tensor has.
                data.get(rows.start as usize * row..rows.end as usize * row).unwrap_or_default()
            });
            let values: Vec<f32> = match tensor.dtype() {
                Dtype::F16 => {
                    let (pairs, _) = data.as_chunks::<2>();
                    pairs.iter().map(|pair| f16::from_le_bytes(*pair).to_f32()).collect()
                }
                Dtype::F32 => {
                    let (quads, _) = data.as_chunks::<4>();
                    quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect()
                }
                other => return Err(wrong(format!("holds {other:?}, not F16 or F32"))),
            };
            if !values.iter().all(|value| value.is_finite()) {
                return Err(wrong("has values that are not finite".into()));
            }
            match rows {
                None => weights.insert(name, Parameter { dims, values }),
                Some(rows) => {
                    dims[0] = rows.len() as usize;
                    weights.insert_rows(&name, rows, Parameter { dims, values });
                }
            }
        }
    }
    Ok(weights)
}

/// Whether `bytes` are the content that the manifest promises.
///
/// # Errors
/// [`WeightError::Hash`] where not, naming the file.
pub fn verify(bytes: &[u8], file: &WeightFile) -> Result<(), WeightError> {
    let found = sha256(bytes);
    if found == file.sha256 {
        return Ok(());
    }
    Err(WeightError::Hash { file: file.file.clone(), expected: file.sha256.clone(), found })
}

/// SHA-256 in lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
