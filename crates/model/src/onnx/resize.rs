//! `Resize` and `Upsample`: which interpolation their many modes are.

use super::attributes::Attributes;
use crate::{Coordinates, Interpolation, Rounding, Shape};

/// A resize before the map's extent is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ResizeSpec {
    mode: String,
    coordinates: String,
    rounding: String,
    target: Target,
    /// The axes that the target is of; all four where there are none.
    axes: Option<Vec<i64>>,
    origin: Origin,
}

/// Which operator it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// `Resize` of opset 11 or later.
    Resize,
    /// `Resize` of opset 10, which ONNX Runtime has round down where it grows and up where it shrinks.
    Old,
    /// `Upsample`, which only grows.
    Upsample,
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
            axes: attributes.ints("axes").map(<[i64]>::to_vec),
            origin: if opset < 11 { Origin::Old } else { Origin::Resize },
        };
        if spec.mode != "nearest" && spec.mode != "linear" {
            attributes.complain(format!("mode = {} (nearest and linear are supported)", spec.mode));
        }
        spec
    }

    /// What `Upsample` means: scales from the corner.
    pub(crate) fn upsample(attributes: &Attributes<'_>, scales: Vec<f32>) -> Self {
        let mode = attributes.text("mode", "nearest");
        if mode != "nearest" && mode != "linear" {
            attributes.complain(format!("mode = {mode} (nearest and linear are supported)"));
        }
        Self {
            mode,
            coordinates: "asymmetric".to_owned(),
            rounding: "floor".to_owned(),
            target: Target::Scales(scales),
            axes: None,
            origin: Origin::Upsample,
        }
    }

    /// The numbers of all four axes; `rest` stands for an axis that is not among those given.
    fn all_axes<T: Copy>(&self, values: &[T], rest: [T; 4]) -> Result<[T; 4], String> {
        let Some(axes) = &self.axes else {
            let all: Option<[T; 4]> = values.try_into().ok();
            return all.ok_or_else(|| format!("{} numbers for four axes", values.len()));
        };
        let mut all = rest;
        if values.len() != axes.len() {
            return Err(format!("{} numbers for the axes {axes:?}", values.len()));
        }
        for (axis, value) in axes.iter().zip(values) {
            let index = if *axis < 0 { *axis + 4 } else { *axis };
            let place = usize::try_from(index).ok().and_then(|index| all.get_mut(index));
            *place.ok_or_else(|| format!("axes = {axes:?}"))? = *value;
        }
        Ok(all)
    }

    /// The interpolation and the new rows and columns of a map of this shape.
    pub(crate) fn on(&self, shape: Shape) -> Result<(Interpolation, [u32; 2]), String> {
        let extents = [1, shape.channels, shape.height, shape.width];
        let sizes: [u32; 4] = match &self.target {
            Target::Sizes(sizes) => self
                .all_axes(sizes, extents.map(i64::from))?
                .map(|size| u32::try_from(size).unwrap_or(0)),
            Target::Scales(scales) => {
                let scales = self.all_axes(scales, [1.0; 4])?;
                let mut sizes = extents;
                for (size, scale) in sizes.iter_mut().zip(scales) {
                    *size = scaled(*size, scale)?;
                }
                sizes
            }
        };
        let [1, channels, height, width] = sizes else {
            return Err(format!("sizes {sizes:?} are not 1, channels, rows, columns"));
        };
        if channels != shape.channels || height == 0 || width == 0 {
            return Err(format!("{shape} cannot become {channels}x{height}x{width}"));
        }
        let grows = height > shape.height || width > shape.width;
        let shrinks = height < shape.height || width < shape.width;
        if shrinks && self.origin == Origin::Upsample {
            return Err(format!("{shape} cannot become {height}x{width} by growing"));
        }
        let whole_factor = height.is_multiple_of(shape.height) && width.is_multiple_of(shape.width);
        let coordinates = match self.coordinates.as_str() {
            "asymmetric" => Coordinates::Asymmetric,
            // The two differ where the output is not the input times the scale, which is refused.
            "half_pixel" | "half_pixel_symmetric" => Coordinates::HalfPixel,
            "pytorch_half_pixel" => Coordinates::PytorchHalfPixel,
            "tf_half_pixel_for_nn" => Coordinates::TfHalfPixel,
            "align_corners" => Coordinates::AlignCorners,
            other => {
                return Err(format!(
                    "coordinate_transformation_mode = {other} (supported: asymmetric, half_pixel, \
                     half_pixel_symmetric, pytorch_half_pixel, tf_half_pixel_for_nn, align_corners)"
                ));
            }
        };
        if self.mode == "linear" {
            let interpolation = match coordinates {
                Coordinates::HalfPixel => Interpolation::Linear,
                // The two differ in an extent of one only.
                Coordinates::PytorchHalfPixel if height > 1 && width > 1 => Interpolation::Linear,
                coordinates => Interpolation::LinearAt { coordinates },
            };
            return Ok((interpolation, [height, width]));
        }
        let rounding = match self.rounding.as_str() {
            _ if shrinks && self.origin == Origin::Old => {
                if grows {
                    return Err(format!("it shrinks and grows {shape} to {height}x{width}"));
                }
                Rounding::Ceil
            }
            "round_prefer_floor" => Rounding::PreferFloor,
            "round_prefer_ceil" => Rounding::PreferCeil,
            "floor" => Rounding::Floor,
            "ceil" => Rounding::Ceil,
            other => return Err(format!("nearest_mode = {other}")),
        };
        let interpolation = match (coordinates, rounding) {
            (Coordinates::Asymmetric, Rounding::Floor) if whole_factor => Interpolation::Nearest,
            // By a whole factor the half pixel never falls half-way between two, so that rounding
            // gives what floor gives from the corner.
            (
                Coordinates::HalfPixel | Coordinates::PytorchHalfPixel,
                Rounding::PreferFloor | Rounding::PreferCeil,
            ) if whole_factor => Interpolation::Nearest,
            (coordinates, rounding) => Interpolation::NearestAt { coordinates, rounding },
        };
        Ok((interpolation, [height, width]))
    }
}

/// `extent * scale`, rounded down as ONNX says, which must be whole but for the scale's own rounding:
/// else positions would follow the scale and not the extents.
fn scaled(extent: u32, scale: f32) -> Result<u32, String> {
    let whole = (extent as f32 * scale).floor();
    let exact = f64::from(whole) / f64::from(extent);
    let near = (exact - f64::from(scale)).abs() <= 4.0 * f64::from(f32::EPSILON) * exact;
    if !near || !(1.0..=65_536.0).contains(&whole) {
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
            axes: None,
            origin: Origin::Resize,
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
        let (coordinates, rounding) = (Coordinates::HalfPixel, Rounding::PreferFloor);
        let exact = Interpolation::NearestAt { coordinates, rounding };
        assert_eq!(odd.on(map).unwrap(), (exact, [20, 26]));
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        let map = Shape::new(8, 13, 13);
        let sizes = || Target::Sizes(vec![1, 8, 26, 26]);
        let crop = spec("linear", "tf_crop_and_resize", "floor", sizes());
        assert!(crop.on(map).unwrap_err().contains("tf_crop_and_resize"));
        let odd = spec("nearest", "asymmetric", "up", sizes());
        assert!(odd.on(map).unwrap_err().contains("nearest_mode = up"));
        let channels = spec("nearest", "asymmetric", "floor", Target::Sizes(vec![1, 4, 26, 26]));
        assert!(channels.on(map).is_err());
        let odd = spec("linear", "half_pixel", "floor", Target::Scales(vec![1.0, 1.0, 1.3, 1.3]));
        assert!(odd.on(map).unwrap_err().contains("1.3"));
    }

    #[test]
    fn a_target_may_be_of_some_axes_only() {
        let map = Shape::new(8, 13, 13);
        let mut some = spec("linear", "half_pixel", "floor", Target::Sizes(vec![20, 30]));
        some.axes = Some(vec![-1, 2]);
        assert_eq!(some.on(map).unwrap(), (Interpolation::Linear, [30, 20]));
        some.axes = Some(vec![2]);
        assert!(some.on(map).is_err());
    }
}
