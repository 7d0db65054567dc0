//! From an image file to upright pixels, with limits on what a stranger's file may cost.

use crate::error::{MAX_BYTES, MAX_PIXELS, PictureError};
use crate::jpeg;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, RgbImage};
use std::io::Cursor;

/// Columns and rows of a photograph as it is seen: upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimensions {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// A decoded photograph: upright, opaque, 8 bits each of red, green and blue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    pixels: RgbImage,
}

impl Photo {
    /// Decodes a JPEG, PNG, WebP, GIF (its first frame) or BMP file, turns it as its EXIF
    /// orientation says and lays transparent pixels on white.
    ///
    /// # Errors
    /// No such file, a damaged one, or one above [`MAX_BYTES`] or [`MAX_PIXELS`].
    pub fn decode(bytes: &[u8]) -> Result<Self, PictureError> {
        let (decoder, orientation) = open(bytes)?;
        let mut image = DynamicImage::from_decoder(decoder).map_err(broken)?;
        image.apply_orientation(orientation);
        let pixels = if image.color().has_alpha() { on_white(&image) } else { image.into_rgb8() };
        Ok(Self { pixels })
    }

    /// A photograph from red, green, blue bytes, row after row; `None` where their number does not
    /// fit or a side is zero.
    #[must_use]
    pub fn from_rgb(width: u32, height: u32, rgb: Vec<u8>) -> Option<Self> {
        let fits = rgb.len() as u64 == u64::from(width) * u64::from(height) * 3;
        if !fits || rgb.is_empty() {
            return None;
        }
        RgbImage::from_raw(width, height, rgb).map(|pixels| Self { pixels })
    }

    /// Its extent.
    #[must_use]
    pub fn dimensions(&self) -> Dimensions {
        Dimensions { width: self.pixels.width(), height: self.pixels.height() }
    }

    pub(crate) const fn pixels(&self) -> &RgbImage {
        &self.pixels
    }
}

/// The extent of an image file, read from its header alone: what a server can check before it
/// hands a file on.
///
/// # Errors
/// As [`Photo::decode`], as far as the header tells.
pub fn probe(bytes: &[u8]) -> Result<Dimensions, PictureError> {
    let (decoder, orientation) = open(bytes)?;
    let (width, height) = decoder.dimensions();
    let turned = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    Ok(if turned {
        Dimensions { width: height, height: width }
    } else {
        Dimensions { width, height }
    })
}

/// A decoder that has read the header, with limits already checked: nothing is allocated for a
/// picture that is too large.
fn open(bytes: &[u8]) -> Result<(impl ImageDecoder + '_, Orientation), PictureError> {
    if bytes.len() > MAX_BYTES {
        return Err(PictureError::TooManyBytes { bytes: bytes.len() });
    }
    let reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_| PictureError::NotAnImage)?;
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PictureError::TooManyPixels { width, height });
    }
    if width == 0 || height == 0 {
        return Err(PictureError::Broken { cause: "it has no pixels".to_owned() });
    }
    if !jpeg::is_whole(bytes) {
        return Err(PictureError::Broken { cause: "its end is missing".to_owned() });
    }
    // A photograph whose EXIF cannot be read is still a photograph.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((decoder, orientation))
}

fn broken(error: ImageError) -> PictureError {
    match error {
        ImageError::Unsupported(_) => PictureError::NotAnImage,
        other => PictureError::Broken { cause: other.to_string() },
    }
}

fn on_white(image: &DynamicImage) -> RgbImage {
    let mut flat = RgbImage::new(image.width(), image.height());
    for (to, from) in flat.pixels_mut().zip(image.to_rgba8().pixels()) {
        let alpha = u32::from(from.0[3]);
        for (to, &value) in to.0.iter_mut().zip(&from.0[..3]) {
            *to = ((u32::from(value) * alpha + 255 * (255 - alpha) + 127) / 255) as u8;
        }
    }
    flat
}
