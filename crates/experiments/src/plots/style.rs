//! How a scheme looks: colours that colour-blind people tell apart (Okabe and Ito's), and besides
//! them a marker and a dash of its own.

use plotters::style::RGBColor;

/// Shape of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    Circle,
    Square,
    Triangle,
    Wedge,
    Diamond,
    Cross,
    Plus,
    Ring,
    Box,
}

/// How a scheme is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) colour: RGBColor,
    pub(super) marker: Marker,
    /// Lengths of a dash and of the gap behind it in pixels; `None` for a full line.
    pub(super) dash: Option<(u32, u32)>,
}

/// The look of a scheme, the same in every plot.
pub(super) fn of(scheme: &str) -> Style {
    let (colour, marker, dash) = match scheme {
        "single" => (RGBColor(110, 110, 110), Marker::Cross, Some((2, 4))),
        "replicated" => (RGBColor(86, 180, 233), Marker::Box, Some((8, 4))),
        "layer-wise" => (RGBColor(204, 121, 167), Marker::Wedge, Some((6, 3))),
        "early-fused" => (RGBColor(230, 159, 0), Marker::Triangle, Some((8, 4))),
        "optimal-fused" => (RGBColor(0, 158, 115), Marker::Square, Some((4, 3))),
        "coedge" => (RGBColor(120, 85, 20), Marker::Diamond, Some((2, 3))),
        "pico" => (RGBColor(0, 114, 178), Marker::Circle, None),
        "best@0.66" => (RGBColor(213, 94, 0), Marker::Diamond, None),
        "apico" => (RGBColor(0, 0, 0), Marker::Plus, Some((4, 4))),
        _ => (RGBColor(213, 94, 0), Marker::Ring, None),
    };
    Style { colour, marker, dash }
}
