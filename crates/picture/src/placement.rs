//! Where a photograph lies on the network's input, and back: pure geometry.
//!
//! Extents and offsets are rounded down, as the tools that trained such networks do.

use crate::Dimensions;
use convoy_model::Fit;

/// A rectangle of the photograph that is drawn into a rectangle of the network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// In the photograph: left, top, width, height in pixels.
    pub from: [u32; 4],
    /// In the network's input: left, top, width, height in pixels.
    pub to: [u32; 4],
}

impl Placement {
    /// How `fit` brings a photograph to an input of `input` pixels.
    #[must_use]
    pub fn new(fit: Fit, photo: Dimensions, input: Dimensions) -> Self {
        let whole = [0, 0, photo.width, photo.height];
        let all = [0, 0, input.width, input.height];
        match fit {
            Fit::Crop { fraction } => {
                let short = photo.width.min(photo.height);
                let side = ((f64::from(short) * f64::from(fraction)) as u32).clamp(1, short);
                let from = [(photo.width - side) / 2, (photo.height - side) / 2, side, side];
                Self { from, to: all }
            }
            Fit::Letterbox { .. } => {
                // In integers: width * factor with factor = 416/500 must not become 415.99...
                let [pw, ph] = [photo.width, photo.height].map(u64::from);
                let [iw, ih] = [input.width, input.height].map(u64::from);
                let (width, height) =
                    if iw * ph <= ih * pw { (iw, ph * iw / pw) } else { (pw * ih / ph, ih) };
                let (width, height) = (width.max(1) as u32, height.max(1) as u32);
                let to = [(input.width - width) / 2, (input.height - height) / 2, width, height];
                Self { from: whole, to }
            }
            Fit::Stretch => Self { from: whole, to: all },
        }
    }

    /// A point of the network's input as a point of the photograph.
    #[must_use]
    pub fn to_photo(&self, x: f32, y: f32) -> [f32; 2] {
        [across(self.to, self.from, x, 0), across(self.to, self.from, y, 1)]
    }

    /// A point of the photograph as a point of the network's input.
    #[must_use]
    pub fn to_input(&self, x: f32, y: f32) -> [f32; 2] {
        [across(self.from, self.to, x, 0), across(self.from, self.to, y, 1)]
    }
}

/// Carries a coordinate of one axis from one rectangle to the other.
fn across(from: [u32; 4], to: [u32; 4], value: f32, axis: usize) -> f32 {
    let scale = to[axis + 2] as f32 / from[axis + 2] as f32;
    (value - from[axis] as f32) * scale + to[axis] as f32
}
