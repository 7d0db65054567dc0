//! From a photograph to the numbers a network reads: fit as 8-bit pixels, then normalise.
//!
//! The two steps are apart because pixels travel between devices as u8, and each device normalises
//! what it got. Both filters of the `image` crate scale their support when they shrink, as Pillow
//! does, from which the expected outputs of the tests come: Catmull-Rom is Pillow's bicubic,
//! triangle its bilinear.

use crate::{Dimensions, Photo, PictureError, Placement};
use convoy_model::{Channels, Fit, Preprocess, Shape};
use image::imageops::{self, FilterType};
use image::{GenericImageView, Rgb, RgbImage};

/// Brings a photograph to the extent of the network's input: `shape.height * shape.width *
/// shape.channels` bytes in row, column, channel order, channels in the network's own order.
///
/// # Errors
/// An input with another number of channels than the preprocessing makes.
pub fn fit(photo: &Photo, preprocess: &Preprocess, shape: Shape) -> Result<Vec<u8>, PictureError> {
    let made = channels(preprocess.channels);
    if shape.channels != made {
        return Err(PictureError::Channels { expected: shape.channels, made });
    }
    let input = Dimensions { width: shape.width, height: shape.height };
    let fitted = draw(photo, preprocess.fit, input);
    let rgb = fitted.into_raw();
    Ok(match preprocess.channels {
        Channels::Rgb => rgb,
        Channels::Bgr => rgb.chunks_exact(3).flat_map(|p| [p[2], p[1], p[0]]).collect(),
        Channels::Gray => rgb.chunks_exact(3).map(luminance).collect(),
    })
}

/// `(value - mean) / std` of pixels from [`fit`], or of any region of them.
#[must_use]
pub fn normalise(pixels: &[u8], preprocess: &Preprocess) -> Vec<f32> {
    let ([r, g, b], [u, v, w]) = (preprocess.mean, preprocess.std);
    let pairs: &[(f32, f32)] = match preprocess.channels {
        Channels::Rgb => &[(r, u), (g, v), (b, w)],
        Channels::Bgr => &[(b, w), (g, v), (r, u)],
        Channels::Gray => &[(r, u)],
    };
    pixels
        .iter()
        .zip(pairs.iter().cycle())
        .map(|(&value, (mean, std))| (f32::from(value) - mean) / std)
        .collect()
}

/// How many channels the preprocessing makes.
#[must_use]
pub const fn channels(channels: Channels) -> u32 {
    match channels {
        Channels::Rgb | Channels::Bgr => 3,
        Channels::Gray => 1,
    }
}

fn draw(photo: &Photo, fit: Fit, input: Dimensions) -> RgbImage {
    let placement = Placement::new(fit, photo.dimensions(), input);
    let [left, top, width, height] = placement.from;
    let part = photo.pixels().view(left, top, width, height);
    let [left, top, width, height] = placement.to;
    match fit {
        Fit::Crop { .. } => imageops::resize(&*part, width, height, FilterType::CatmullRom),
        Fit::Stretch => imageops::resize(&*part, width, height, FilterType::Triangle),
        Fit::Letterbox { fill } => {
            let scaled = imageops::resize(&*part, width, height, FilterType::Triangle);
            let mut canvas = RgbImage::from_pixel(input.width, input.height, Rgb([fill; 3]));
            imageops::replace(&mut canvas, &scaled, i64::from(left), i64::from(top));
            canvas
        }
    }
}

/// ITU-R BT.601 luma, as Pillow's mode "L".
fn luminance(pixel: &[u8]) -> u8 {
    let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    ((r * 19_595 + g * 38_470 + b * 7_471 + 0x8000) >> 16) as u8
}
