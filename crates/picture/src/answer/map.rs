//! A map in 0..1 as a grey picture.

use super::{AnswerError, Output};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use convoy_model::{Answer, MapPicture};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};

/// The first output, one channel, as an 8-bit grey PNG; values outside 0..1 are cut to it.
pub(super) fn decode(outputs: &[Output<'_>]) -> Result<Answer, AnswerError> {
    let form = |cause: String| AnswerError::Form { kind: "a map", cause };
    let output = outputs.first().ok_or_else(|| form("there is no output".to_owned()))?;
    let shape = output.shape;
    if shape.channels != 1 {
        return Err(form(format!("the output has {} channels, not one", shape.channels)));
    }
    let grey: Vec<u8> =
        output.values.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8).collect();
    let mut png = Vec::new();
    PngEncoder::new(&mut png)
        .write_image(&grey, shape.width, shape.height, ExtendedColorType::L8)
        .map_err(|error| form(error.to_string()))?;
    let map = MapPicture { width: shape.width, height: shape.height, png: STANDARD.encode(png) };
    Ok(Answer::Map { map })
}

/// The grey values of a picture that [`decode`] made.
pub(super) fn grey(map: &MapPicture) -> Result<Vec<u8>, String> {
    let png =
        STANDARD.decode(&map.png).map_err(|error| format!("the map is no base64: {error}"))?;
    let image =
        image::load_from_memory(&png).map_err(|error| format!("the map is no PNG: {error}"))?;
    Ok(image.into_luma8().into_raw())
}
