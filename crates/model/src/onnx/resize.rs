//! `Resize`: which of its many modes Convoy's two interpolations equal.

use super::attributes::Attributes;
use crate::{Interpolation, Shape};

/// A resize before the map's extent is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ResizeSpec {
    mode: String,
    coordinates: String,
    rounding: String,
    target: Target,
}

/// What the extents become, batch and channels included.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Target {
    /// Factors of the input's.
    Scales(Vec<f32>),
    /// New ones.
    Sizes(Vec<i64>),
}

impl ResizeSpec {
    /// Reads the attributes; what is not supported whatever the extents is noted there.
    pub(crate) fn read(attributes: &Attributes<'_>, target: Target, opset: i64) -> Self {
        // Opset 10 had neither attribute and meant these.
        let (coordinates, rounding) =
            if opset < 11 { ("asymmetric", "floor") } else { ("half_pixel", "round_prefer_floor") };
        // These four speak of modes that are refused, or of roi, which only such a mode reads.
        for name in ["cubic_coeff_a", "extrapolation_value", "exclude_outside"] {
            attributes.ignore(name);
        }
        attributes.require_int("antialias", 0, 0);
        let policy = attributes.text("keep_aspect_ratio_policy", "stretch");
        if policy != "stretch" {
            attributes.complain(format!("keep_aspect_ratio_policy = {policy}"));
        }
        let spec = Self {
            mode: attributes.text("mode", "nearest"),
            coordinates: attributes.text("coordinate_transformation_mode", coordinates),
            rounding: attributes.text("nearest_mode", rounding),
            target,
        };
        if spec.mode != "nearest" && spec.mode != "linear" {
            attributes.complain(format!("mode = {} (nearest and linear are supported)", spec.mode));
        }
        spec
    }

    /// The interpolation and the new rows and columns of a map of this shape.
    pub(crate) fn on(&self, shape: Shape) -> Result<(Interpolation, [u32; 2]), String> {
        let extents = [1, shape.channels, shape.height, shape.width];
        let sizes: Vec<u32> = match &self.target {
            Target::Sizes(sizes) => {
                sizes.iter().map(|size| u32::try_from(*size).unwrap_or(0)).collect()
            }
            Target::Scales(scales) if scales.len() == 4 => extents
                .iter()
                .zip(scales)
                .map(|(extent, scale)| scaled(*extent, *scale))
                .collect::<Result<_, _>>()?,
            Target::Scales(scales) => return Err(format!("scales {scales:?} are not four")),
        };
        let &[1, channels, height, width] = sizes.as_slice() else {
            return Err(format!("sizes {sizes:?} are not 1, channels, rows, columns"));
        };
        if channels != shape.channels || height == 0 || width == 0 {
            return Err(format!("{shape} cannot become {channels}x{height}x{width}"));
        }
        let whole_factor = height.is_multiple_of(shape.height) && width.is_multiple_of(shape.width);
        let interpolation = match (self.mode.as_str(), self.coordinates.as_str()) {
            ("nearest", "asymmetric") if self.rounding == "floor" => Interpolation::Nearest,
            // By a whole factor the half pixel never falls half-way between two, so that rounding
            // gives what floor gives from the corner.
            ("nearest", "half_pixel" | "pytorch_half_pixel")
                if whole_factor && self.rounding.starts_with("round_prefer") =>
            {
                Interpolation::Nearest
            }
            ("linear", "half_pixel") => Interpolation::Linear,
            // The two differ in an extent of one only.
            ("linear", "pytorch_half_pixel") if height > 1 && width > 1 => Interpolation::Linear,
            (mode, coordinates) => {
                return Err(format!(
                    "mode = {mode}, coordinate_transformation_mode = {coordinates}, nearest_mode = {} \
                     from {shape} to {height}x{width} (supported: nearest, asymmetric, floor; \
                     linear, half_pixel)",
                    self.rounding
                ));
            }
        };
        Ok((interpolation, [height, width]))
    }
}

/// `extent * scale`, which must be whole: else positions would follow the scale and not the extents.
fn scaled(extent: u32, scale: f32) -> Result<u32, String> {
    let exact = f64::from(extent) * f64::from(scale);
    let whole = exact.round();
    if (exact - whole).abs() > 1e-3 || !(1.0..=65_536.0).contains(&whole) {
        return Err(format!("{extent} times the scale {scale} is no whole extent"));
    }
    // In 1..=65536, so the conversion is exact.
    Ok(whole as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(mode: &str, coordinates: &str, rounding: &str, target: Target) -> ResizeSpec {
        ResizeSpec {
            mode: mode.to_owned(),
            coordinates: coordinates.to_owned(),
            rounding: rounding.to_owned(),
            target,
        }
    }

    #[test]
    fn scales_and_sizes_give_the_same_extents() {
        let map = Shape::new(8, 13, 13);
        let scales = Target::Scales(vec![1.0, 1.0, 2.0, 2.0]);
        let sizes = Target::Sizes(vec![1, 8, 26, 26]);
        for target in [scales, sizes] {
            let spec = spec("nearest", "asymmetric", "floor", target);
            assert_eq!(spec.on(map).unwrap(), (Interpolation::Nearest, [26, 26]));
        }
    }

    #[test]
    fn half_pixel_nearest_equals_floor_by_whole_factors_only() {
        // Compared with the definition: round((out + 0.5) / factor - 0.5), halves down.
        for factor in 1_u32..=5 {
            for out in 0..4 * factor {
                let position = (f64::from(out) + 0.5) / f64::from(factor) - 0.5;
                let nearest = (position - 0.5).ceil().max(0.0) as u32;
                assert_eq!(nearest, out / factor, "factor {factor}, output {out}");
            }
        }
        let map = Shape::new(8, 13, 13);
        let by_two =
            spec("nearest", "half_pixel", "round_prefer_floor", Target::Sizes(vec![1, 8, 26, 39]));
        assert!(by_two.on(map).is_ok());
        let odd =
            spec("nearest", "half_pixel", "round_prefer_floor", Target::Sizes(vec![1, 8, 20, 26]));
        assert!(odd.on(map).is_err());
    }

    #[test]
    fn what_is_not_equal_is_refused_with_the_attributes_named() {
        let map = Shape::new(8, 13, 13);
        let sizes = || Target::Sizes(vec![1, 8, 26, 26]);
        for (mode, coordinates, rounding) in [
            ("linear", "align_corners", "floor"),
            ("linear", "asymmetric", "floor"),
            ("nearest", "asymmetric", "ceil"),
            ("nearest", "half_pixel", "floor"),
        ] {
            let message = spec(mode, coordinates, rounding, sizes()).on(map).unwrap_err();
            assert!(message.contains(coordinates) && message.contains(mode), "{message}");
        }
        let channels = spec("nearest", "asymmetric", "floor", Target::Sizes(vec![1, 4, 26, 26]));
        assert!(channels.on(map).is_err());
        let odd = spec("linear", "half_pixel", "floor", Target::Scales(vec![1.0, 1.0, 1.3, 1.3]));
        assert!(odd.on(map).unwrap_err().contains("1.3"));
    }
}
