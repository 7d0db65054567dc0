//! Four panels side by side and below each other, one a network, with one legend for all.

use super::style::{self, Marker, Style};
use super::{DrawError, Plot};
use crate::setting::NETWORKS;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Width and height of a plot in pixels.
const SIZE: (u32, u32) = (960, 760);
/// Pixels above the panels, for the title and two rows of legend.
const HEAD: u32 = 86;
/// Half the extent of a marker in pixels.
const MARK: i32 = 4;

const TEXT: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(225, 225, 225);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// What to draw.
pub struct Panels<'a> {
    /// Name of its file, without `.svg`.
    pub name: &'static str,
    /// What stands above it.
    pub title: String,
    /// What it shows, in full sentences.
    pub shows: String,
    /// Label of the horizontal axis, with its unit.
    pub across: &'static str,
    /// Label of the vertical axis, with its unit.
    pub up: &'static str,
    /// Where the horizontal axis has a number.
    pub ticks: Vec<f64>,
    /// Whether the vertical axis is logarithmic.
    pub log: bool,
    /// Whose lines are drawn, in the legend's order.
    pub schemes: &'a [&'static str],
    /// Points of a scheme's line in a network's panel.
    pub line: &'a dyn Fn(&'static str, &'static str) -> Vec<(f64, f64)>,
}

impl Panels<'_> {
    /// Draws it.
    ///
    /// # Errors
    /// A plot that cannot be drawn.
    pub fn draw(self) -> Result<Plot, DrawError> {
        let mut svg = String::new();
        let drawn = self.onto(&SVGBackend::with_string(&mut svg, SIZE).into_drawing_area());
        drawn.map_err(|cause| DrawError { name: self.name, cause: cause.to_string() })?;
        // The backend writes no newline at the end.
        svg.push('\n');
        Ok(Plot { name: self.name, shows: self.shows, svg })
    }

    fn onto(&self, root: &Area) -> Drawn {
        root.fill(&WHITE)?;
        let (head, body) = root.split_vertically(HEAD);
        self.legend(&head)?;
        for (area, network) in body.split_evenly((2, 2)).iter().zip(NETWORKS) {
            self.panel(area, network)?;
        }
        root.present()?;
        Ok(())
    }

    /// The title, and each scheme's name behind a piece of its line.
    fn legend(&self, head: &Area) -> Drawn {
        let title = ("sans-serif", 19).into_font().color(&TEXT);
        let title = title.pos(Pos::new(HPos::Center, VPos::Center));
        head.draw(&Text::new(self.title.as_str(), (SIZE.0 as i32 / 2, 20), title))?;
        let (columns, width) = (5, 170);
        let rows = self.schemes.len().div_ceil(columns);
        for (index, scheme) in self.schemes.iter().enumerate() {
            let (row, column) = (index / columns, index % columns);
            let inside = self.schemes.len().min(columns) as i32;
            let left = (SIZE.0 as i32 - inside * width) / 2 + column as i32 * width;
            let top = if rows > 1 { 46 } else { 56 } + 22 * row as i32;
            let style = style::of(scheme);
            for (from, to) in dashes(&[(left, top), (left + 44, top)], style.dash) {
                head.draw(&PathElement::new(vec![from, to], style.colour.stroke_width(2)))?;
            }
            mark(head, (left + 22, top), style)?;
            let font = ("sans-serif", 15).into_font().color(&TEXT);
            let font = font.pos(Pos::new(HPos::Left, VPos::Center));
            head.draw(&Text::new(*scheme, (left + 52, top), font))?;
        }
        Ok(())
    }

    fn panel(&self, area: &Area, network: &'static str) -> Drawn {
        let lines: Vec<_> =
            self.schemes.iter().map(|scheme| (*scheme, (self.line)(network, scheme))).collect();
        let values = || lines.iter().flat_map(|(_, line)| line.iter().map(|point| point.1));
        if values().next().is_none() {
            return Self::nothing(area, network);
        }
        let most = values().fold(f64::MIN_POSITIVE, f64::max);
        let least = values().fold(most, f64::min);
        let (first, last) = match self.ticks.as_slice() {
            [first, .., last] => (*first, *last),
            _ => (0.0, 1.0),
        };
        let margin = 0.04 * (last - first);
        let mut builder = ChartBuilder::on(area);
        builder
            .caption(network, ("sans-serif", 16).into_font().color(&TEXT))
            .margin(8)
            .margin_right(16)
            .x_label_area_size(40)
            .y_label_area_size(58);
        let across =
            Axis { ends: [first - margin, last + margin], ticks: self.ticks.clone(), log: false };
        let up = if self.log {
            let ends = [least / 1.15, most * 1.15];
            Axis { ends, ticks: steps(ends[0], ends[1]), log: true }
        } else {
            let most = most * 1.06;
            Axis { ends: [0.0, most], ticks: even(most), log: false }
        };
        self.lines(&mut builder.build_cartesian_2d(across, up)?, &lines)
    }

    /// A network of which there are no points.
    fn nothing(area: &Area, network: &'static str) -> Drawn {
        let (width, height) = area.dim_in_pixel();
        let middle = width as i32 / 2;
        for (text, top, size) in [(network, 18, 16), ("not measured", height as i32 / 2, 14)] {
            let font = ("sans-serif", size).into_font().color(&TEXT);
            let font = font.pos(Pos::new(HPos::Center, VPos::Center));
            area.draw(&Text::new(text, (middle, top), font))?;
        }
        Ok(())
    }

    fn lines(
        &self,
        chart: &mut ChartContext<SVGBackend, Cartesian2d<Axis, Axis>>,
        lines: &[(&'static str, Vec<(f64, f64)>)],
    ) -> Drawn {
        let font = ("sans-serif", 13).into_font().color(&TEXT);
        chart
            .configure_mesh()
            .x_desc(self.across)
            .y_desc(self.up)
            .axis_desc_style(("sans-serif", 14).into_font().color(&TEXT))
            .label_style(font)
            .x_label_formatter(&|value| tick(*value))
            .y_label_formatter(&|value| tick(*value))
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(TEXT)
            .draw()?;
        let plane = chart.plotting_area();
        let bare = plane.strip_coord_spec();
        // Pixels of the drawing, while the bare area counts from its own corner.
        let (left, top) = bare.get_base_pixel();
        for (scheme, line) in lines {
            let style = style::of(scheme);
            let pixels: Vec<(i32, i32)> = line
                .iter()
                .map(|point| plane.map_coordinate(point))
                .map(|(x, y)| (x - left, y - top))
                .collect();
            for (from, to) in dashes(&pixels, style.dash) {
                bare.draw(&PathElement::new(vec![from, to], style.colour.stroke_width(2)))?;
            }
            for pixel in pixels {
                mark(&bare, pixel, style)?;
            }
        }
        Ok(())
    }
}

/// An axis with numbers where we want them; plotters' own choose for themselves.
struct Axis {
    /// Its first and last value.
    ends: [f64; 2],
    ticks: Vec<f64>,
    log: bool,
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let scale = |value: f64| if self.log { value.ln() } else { value };
        let [first, last] = self.ends.map(scale);
        let part = (scale(*value) - first) / (last - first);
        from + (part * f64::from(to - from)).round() as i32
    }

    fn key_points<H: KeyPointHint>(&self, _: H) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> std::ops::Range<f64> {
        self.ends[0]..self.ends[1]
    }
}

/// A path as the pieces that are drawn of it. The dashes run on around corners.
fn dashes(path: &[(i32, i32)], dash: Option<(u32, u32)>) -> Vec<((i32, i32), (i32, i32))> {
    let pairs = path.windows(2).map(|pair| (pair[0], pair[1]));
    let Some((on, off)) = dash.map(|(on, off)| (f64::from(on), f64::from(off))) else {
        return pairs.collect();
    };
    let (mut pieces, mut phase) = (Vec::new(), 0.0);
    for ((from_x, from_y), (to_x, to_y)) in pairs {
        let (across, up) = (f64::from(to_x - from_x), f64::from(to_y - from_y));
        let length = across.hypot(up);
        let at = |along: f64| {
            let part = along / length;
            let point = |from: i32, by: f64| (f64::from(from) + part * by).round() as i32;
            (point(from_x, across), point(from_y, up))
        };
        let mut along = 0.0;
        while along < length {
            let (drawn, rest) =
                if phase < on { (true, on - phase) } else { (false, on + off - phase) };
            let end = f64::min(along + rest, length);
            if drawn {
                pieces.push((at(along), at(end)));
            }
            phase = (phase + end - along) % (on + off);
            along = end;
        }
    }
    pieces
}

/// A point's marker.
fn mark(area: &Area, (x, y): (i32, i32), style: Style) -> Drawn {
    let (full, line, r) = (style.colour.filled(), style.colour.stroke_width(2), MARK);
    let corners = |points: [(i32, i32); 4]| points.map(|(dx, dy)| (x + dx, y + dy)).to_vec();
    let square = corners([(-r, -r), (r, -r), (r, r), (-r, r)]);
    let stroke = |from: (i32, i32), to: (i32, i32)| {
        area.draw(&PathElement::new(vec![(x + from.0, y + from.1), (x + to.0, y + to.1)], line))
    };
    match style.marker {
        Marker::Circle => area.draw(&Circle::new((x, y), r, full))?,
        Marker::Ring => {
            area.draw(&Circle::new((x, y), r + 1, WHITE.filled()))?;
            area.draw(&Circle::new((x, y), r + 1, line))?;
        }
        Marker::Square => area.draw(&Polygon::new(square, full))?,
        Marker::Box => {
            area.draw(&Polygon::new(square.clone(), WHITE.filled()))?;
            let closed = square.iter().chain(square.first()).copied().collect::<Vec<_>>();
            area.draw(&PathElement::new(closed, line))?;
        }
        Marker::Triangle => {
            let points = corners([(0, -r - 1), (r + 1, r), (-r - 1, r), (0, -r - 1)]);
            area.draw(&Polygon::new(points, full))?;
        }
        Marker::Wedge => {
            let points = corners([(0, r + 1), (r + 1, -r), (-r - 1, -r), (0, r + 1)]);
            area.draw(&Polygon::new(points, full))?;
        }
        Marker::Diamond => {
            let points = corners([(0, -r - 1), (r + 1, 0), (0, r + 1), (-r - 1, 0)]);
            area.draw(&Polygon::new(points, full))?;
        }
        Marker::Cross => {
            stroke((-r, -r), (r, r))?;
            stroke((-r, r), (r, -r))?;
        }
        Marker::Plus => {
            stroke((-r - 1, 0), (r + 1, 0))?;
            stroke((0, -r - 1), (0, r + 1))?;
        }
    }
    Ok(())
}

/// 1, 2 and 5 times the powers of ten between these; only some of them where that is many.
fn steps(least: f64, most: f64) -> Vec<f64> {
    let (from, to) = (least.log10().floor() as i32, most.log10().ceil() as i32);
    let factors: &[f64] = if to - from > 3 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let all = (from..=to).flat_map(|power| factors.iter().map(move |it| it * 10f64.powi(power)));
    all.filter(|step| (least..=most).contains(step)).collect()
}

/// From 0 in four to eight even steps.
fn even(most: f64) -> Vec<f64> {
    let power = 10f64.powf((most / 4.0).log10().floor());
    let step = [5.0, 2.0, 1.0].map(|it| it * power).into_iter().find(|step| most / step >= 4.0);
    let step = step.unwrap_or(power);
    (0..=(most / step) as u32).map(|index| f64::from(index) * step).collect()
}

/// A tick's number, without the noise of binary fractions.
fn tick(value: f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_have_round_numbers() {
        assert_eq!(steps(0.3, 12.0), [0.5, 1.0, 2.0, 5.0, 10.0]);
        assert_eq!(steps(0.3, 1200.0), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(even(106.0), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(tick(0.1 + 0.2), "0.3");
        assert_eq!(tick(100.0), "100");
    }

    #[test]
    fn dashes_run_on_around_corners() {
        let path = [(0, 0), (10, 0), (10, 10)];
        assert_eq!(dashes(&path, None), [((0, 0), (10, 0)), ((10, 0), (10, 10))]);
        let wanted = [((0, 0), (6, 0)), ((8, 0), (10, 0)), ((10, 0), (10, 4)), ((10, 6), (10, 10))];
        assert_eq!(dashes(&path, Some((6, 2))), wanted);
    }
}
