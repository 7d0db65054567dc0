//! Every kernel against its definition, and every part of a map against the whole, bit for bit.

use convoy_kernels::{
    Activation, Average, Conv, Parallel, Part, View, Window, Workspace, add, affine, concat,
    max_pool,
};
use proptest::prelude::*;

/// Values between -1 and 1 without a pattern that a wrong order could hide in.
fn values(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|index| ((index * 7919 + seed * 104_729) % 2003) as f32 / 1000.0 - 1.0).collect()
}

/// A layer over a whole map.
#[derive(Debug, Clone)]
struct Case {
    window: Window,
    after: [usize; 2],
    extent: [usize; 2],
    channels: usize,
    filters: usize,
    groups: usize,
}

impl Case {
    fn out(&self) -> [usize; 2] {
        [0, 1].map(|axis| {
            let window = &self.window;
            let reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
            let padded = self.extent[axis] + window.before[axis] + self.after[axis];
            (padded - reach) / window.stride[axis] + 1
        })
    }

    fn input(&self) -> Vec<f32> {
        values(self.extent[0] * self.extent[1] * self.channels, 1)
    }

    fn weights(&self) -> (Vec<f32>, Vec<f32>) {
        let taps = self.window.kernel[0] * self.window.kernel[1];
        (values(self.filters * self.channels / self.groups * taps, 2), values(self.filters, 3))
    }

    /// The taps of one output, with the value of `channel` under each that lies in the map.
    fn taps(&self, input: &[f32], [row, col]: [usize; 2], channel: usize) -> Vec<(usize, f32)> {
        let mut taps = Vec::new();
        let window = &self.window;
        let [rows, cols] = self.extent.map(|extent| extent as isize);
        for tap in 0..window.kernel[0] * window.kernel[1] {
            let place = |axis: usize, out: usize, tap: usize| {
                (out * window.stride[axis] + tap * window.dilation[axis]) as isize
                    - window.before[axis] as isize
            };
            let row = place(0, row, tap / window.kernel[1]);
            let col = place(1, col, tap % window.kernel[1]);
            if (0..rows).contains(&row) && (0..cols).contains(&col) {
                let at = (row * cols + col) as usize * self.channels + channel;
                taps.push((tap, input[at]));
            }
        }
        taps
    }

    /// Every output by its definition.
    fn each(&self, channels: usize, value: impl Fn([usize; 2], usize) -> f32) -> Vec<f32> {
        let [rows, cols] = self.out();
        (0..rows * cols * channels)
            .map(|at| value([at / channels / cols, at / channels % cols], at % channels))
            .collect()
    }
}

fn case() -> impl Strategy<Value = Case> {
    let axis = || (1usize..=4, 1usize..=3, 1usize..=2, any::<[usize; 2]>(), 8usize..20);
    let channels = prop_oneof![
        (1usize..=20, 1usize..=40).prop_map(|(channels, filters)| (channels, filters, 1)),
        (1usize..=5, 1usize..=3, 2usize..=18).prop_map(|(depth, of, groups)| (
            depth * groups,
            of * groups,
            groups
        )),
        (2usize..=40).prop_map(|channels| (channels, channels, channels)),
    ];
    (axis(), axis(), channels).prop_map(|(rows, cols, (channels, filters, groups))| {
        // Less than the window's reach is padding, as everywhere in the engine.
        let pad = |axis: &(usize, usize, usize, [usize; 2], usize), side: usize| {
            axis.3[side] % (axis.2 * (axis.0 - 1) + 1)
        };
        Case {
            window: Window {
                kernel: [rows.0, cols.0],
                stride: [rows.1, cols.1],
                dilation: [rows.2, cols.2],
                before: [pad(&rows, 0), pad(&cols, 0)],
            },
            after: [pad(&rows, 1), pad(&cols, 1)],
            extent: [rows.4, cols.4],
            channels,
            filters,
            groups,
        }
    })
}

fn close(made: &[f32], expected: &[f32]) -> Result<(), TestCaseError> {
    prop_assert_eq!(made.len(), expected.len());
    for (index, (made, expected)) in made.iter().zip(expected).enumerate() {
        let allowed = 1e-5 * expected.abs().max(1.0);
        prop_assert!((made - expected).abs() <= allowed, "{index}: {made} is not {expected}");
    }
    Ok(())
}

/// Kernels that Winograd's filtering knows.
fn filtered() -> impl Strategy<Value = [usize; 2]> {
    prop_oneof![Just([3, 3]), Just([1, 7]), Just([7, 1])]
}

/// Winograd's bound: no value is off by more than this part of the map's largest. Windows of seven
/// have the larger numbers in their transforms.
fn bound(kernel: [usize; 2]) -> f32 {
    if kernel == [3, 3] { 2e-5 } else { 5e-5 }
}

/// The largest value of a map, or 1.
fn largest(map: &[f32]) -> f32 {
    map.iter().fold(1.0, |most, value| most.max(value.abs()))
}

fn within(
    (made, expected): (&[f32], &[f32]),
    largest: f32,
    bound: f32,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(made.len(), expected.len());
    for (index, (made, expected)) in made.iter().zip(expected).enumerate() {
        let off = (made - expected).abs() / largest;
        prop_assert!(off <= bound, "{index}: {made} is not {expected}, off by {off}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_convolution_is_its_definition(case in case()) {
        let (input, (weight, bias)) = (case.input(), case.weights());
        let [rows, cols] = case.out();
        let depth = case.channels / case.groups;
        let taps = case.window.kernel[0] * case.window.kernel[1];
        let expected = case.each(case.filters, |place, filter| {
            let group = filter / (case.filters / case.groups);
            let mut sum = f64::from(bias[filter]);
            for inner in 0..depth {
                for (tap, value) in case.taps(&input, place, group * depth + inner) {
                    let weight = weight[(filter * depth + inner) * taps + tap];
                    sum += f64::from(value) * f64::from(weight);
                }
            }
            (sum as f32).max(0.0)
        });
        let extents = (case.channels, case.filters, case.groups);
        let conv = Conv::new(case.window, extents, Activation::Relu, &weight, &bias);
        let mut made = vec![f32::NAN; rows * cols * case.filters];
        let view = View::whole(&input, [case.extent[0], case.extent[1], case.channels]);
        conv.run(view, [rows, cols], &mut Workspace::new(), &mut made);
        close(&made, &expected)?;
    }

    #[test]
    fn winograd_is_the_convolution_within_its_bound(
        (extent, before, after) in ([7usize..20, 7usize..20], [0usize..5, 0usize..5], [0usize..5, 0usize..5]),
        (channels, filters) in (1usize..=70, 1usize..=40),
        kernel in filtered(),
    ) {
        let window = Window { kernel, stride: [1; 2], dilation: [1; 2], before };
        let case = Case { window, after, extent, channels, filters, groups: 1 };
        let (input, (weight, bias)) = (case.input(), case.weights());
        let [rows, cols] = case.out();
        let view = View::whole(&input, [extent[0], extent[1], channels]);
        let run = |conv: &Conv| {
            let mut made = vec![f32::NAN; rows * cols * filters];
            conv.run(view, [rows, cols], &mut Workspace::new(), &mut made);
            made
        };
        let direct = run(&Conv::new(window, (channels, filters, 1), Activation::None, &weight, &bias));
        let fast = run(&Conv::winograd(window, (channels, filters), Activation::None, &weight, &bias));
        within((&fast, &direct), largest(&direct), bound(window.kernel))?;
    }

    #[test]
    fn a_part_by_winograd_is_the_whole_within_its_bound(
        extent in [6usize..24, 6usize..24],
        (channels, filters) in (1usize..=70, 1usize..=40),
        cuts in any::<[usize; 4]>(),
        kernel in filtered(),
    ) {
        let around = kernel.map(|extent| extent / 2);
        let window = Window { kernel, stride: [1; 2], dilation: [1; 2], before: around };
        let case = Case { window, after: around, extent, channels, filters, groups: 1 };
        let (input, (weight, bias)) = (case.input(), case.weights());
        let [rows, cols] = extent;
        let mut workspace = Workspace::new();
        let conv = Conv::winograd(window, (channels, filters), Activation::Relu, &weight, &bias);
        let mut whole = vec![f32::NAN; rows * cols * filters];
        conv.run(View::whole(&input, [rows, cols, channels]), extent, &mut workspace, &mut whole);
        let span = |extent: usize, around: usize, cuts: [usize; 2]| {
            let first = cuts[0] % extent;
            let end = first + 1 + cuts[1] % (extent - first);
            let read = first.saturating_sub(around)..(end + around).min(extent);
            (first..end, read, around.saturating_sub(first))
        };
        let (made_rows, read_rows, above) = span(rows, around[0], [cuts[0], cuts[1]]);
        let (made_cols, read_cols, left) = span(cols, around[1], [cuts[2], cuts[3]]);
        let start = (read_rows.start * cols + read_cols.start) * channels;
        let read = [read_rows.len(), read_cols.len(), channels];
        let view = View::new(&input[start..], read, cols * channels);
        let window = Window { before: [above, left], ..window };
        let conv = Conv::winograd(window, (channels, filters), Activation::Relu, &weight, &bias);
        let mut part = vec![f32::NAN; made_rows.len() * made_cols.len() * filters];
        let made = [made_rows.len(), made_cols.len()];
        conv.run(view, made, &mut workspace, &mut part);
        let mut expected = Vec::new();
        for row in made_rows {
            let start = (row * cols + made_cols.start) * filters;
            expected.extend_from_slice(&whole[start..start + made_cols.len() * filters]);
        }
        within((&part, &expected), largest(&whole), bound(kernel))?;
    }

    #[test]
    fn a_part_of_a_convolution_is_the_whole_bit_for_bit(case in case(), cut in any::<[usize; 4]>()) {
        let (input, (weight, bias)) = (case.input(), case.weights());
        let [rows, cols] = case.out();
        let extents = (case.channels, case.filters, case.groups);
        let conv = Conv::new(case.window, extents, Activation::None, &weight, &bias);
        let mut whole = vec![0.0; rows * cols * case.filters];
        conv.run(View::whole(&input, [case.extent[0], case.extent[1], case.channels]), [rows, cols], &mut Workspace::new(), &mut whole);
        // Outputs from `first` on, `count` of them; what they read; the padding left before them.
        let axis = |axis: usize, extent: usize, cuts: [usize; 2]| {
            let first = cuts[0] % extent;
            let count = 1 + cuts[1] % (extent - first);
            let window = &case.window;
            let start = (first * window.stride[axis]).saturating_sub(window.before[axis]);
            let reach = window.dilation[axis] * (window.kernel[axis] - 1) + 1;
            let end = ((first + count - 1) * window.stride[axis] + reach)
                .saturating_sub(window.before[axis])
                .clamp(start, case.extent[axis]);
            (first, count, start..end, window.before[axis].saturating_sub(first * window.stride[axis]))
        };
        let (row, tile_rows, rows_read, above) = axis(0, rows, [cut[0], cut[1]]);
        let (col, tile_cols, cols_read, left) = axis(1, cols, [cut[2], cut[3]]);
        let stride = case.extent[1] * case.channels;
        let start = rows_read.start * stride + cols_read.start * case.channels;
        prop_assume!(!rows_read.is_empty() && !cols_read.is_empty());
        let view = View::new(&input[start..], [rows_read.len(), cols_read.len(), case.channels], stride);
        let window = Window { before: [above, left], ..case.window };
        let conv = Conv::new(window, extents, Activation::None, &weight, &bias);
        let mut tile = vec![0.0; tile_rows * tile_cols * case.filters];
        conv.run(view, [tile_rows, tile_cols], &mut Workspace::new(), &mut tile);
        for (index, made) in tile.iter().enumerate() {
            let (pixel, filter) = (index / case.filters, index % case.filters);
            let at = (row + pixel / tile_cols) * cols + col + pixel % tile_cols;
            prop_assert_eq!(made.to_bits(), whole[at * case.filters + filter].to_bits());
        }
    }

    #[test]
    fn poolings_are_their_definition(case in case(), inside in any::<bool>()) {
        let input = case.input();
        let [_, cols] = case.out();
        let view = View::whole(&input, [case.extent[0], case.extent[1], case.channels]);
        let expected = case.each(case.channels, |place, channel| {
            let taps = case.taps(&input, place, channel);
            taps.into_iter().fold(f32::NEG_INFINITY, |most, (_, value)| most.max(value))
        });
        let mut made = vec![0.0; expected.len()];
        max_pool(&case.window, view, cols, &mut made);
        prop_assert_eq!(&made, &expected);
        // A mean over nothing is no number.
        prop_assume!(!inside || expected.iter().all(|most| most.is_finite()));
        let expected = case.each(case.channels, |place, channel| {
            let taps = case.taps(&input, place, channel);
            let all = case.window.kernel[0] * case.window.kernel[1];
            let count = if inside { taps.len() } else { all };
            taps.iter().map(|(_, value)| value).sum::<f32>() / count as f32
        });
        let average = if inside { Average::Inside } else { Average::Window };
        average.pool(&case.window, view, cols, &mut made);
        close(&made, &expected)?;
    }
}

#[test]
fn every_activation_is_its_definition_fused_or_not() {
    let window = Window { kernel: [1, 1], stride: [1, 1], dilation: [1, 1], before: [0, 0] };
    let input = values(5 * 7 * 19, 4);
    let mut weight = vec![0.0; 19 * 19];
    (0..19).for_each(|channel| weight[channel * 20] = 1.0);
    type Definition = fn(f32) -> f32;
    let pairs: [(Activation, Definition); 12] = [
        (Activation::None, |x| x),
        (Activation::Relu, |x| if x > 0.0 { x } else { 0.0 }),
        (Activation::LeakyRelu { slope: 0.1 }, |x| if x > 0.0 { x } else { 0.1 * x }),
        (Activation::Clip { low: -0.5, high: 0.25 }, |x| x.clamp(-0.5, 0.25)),
        (Activation::Sigmoid, |x| 1.0 / (1.0 + (-x).exp())),
        (Activation::Tanh, f32::tanh),
        (Activation::HardSigmoid { alpha: 0.3, beta: 0.4 }, |x| (0.3 * x + 0.4).clamp(0.0, 1.0)),
        (Activation::HardSwish, |x| x * (x / 6.0 + 0.5).clamp(0.0, 1.0)),
        (Activation::Silu, |x| x / (1.0 + (-x).exp())),
        (Activation::Gelu, |x| {
            // The error function by its power series.
            let z = f64::from(x) / std::f64::consts::SQRT_2;
            let (mut term, mut sum) = (z, z);
            for n in 1..60 {
                term *= -z * z / f64::from(n);
                sum += term / f64::from(2 * n + 1);
            }
            let erf = sum * 2.0 / std::f64::consts::PI.sqrt();
            (f64::from(x) / 2.0 * (1.0 + erf)) as f32
        }),
        (Activation::GeluTanh, |x| {
            let inner = (2.0 / std::f32::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
            x / 2.0 * (1.0 + inner.tanh())
        }),
        (Activation::Elu { alpha: 0.5 }, |x| if x > 0.0 { x } else { 0.5 * (x.exp() - 1.0) }),
    ];
    for (activation, definition) in pairs {
        let expected: Vec<f32> = input.iter().copied().map(definition).collect();
        let conv = Conv::new(window, (19, 19, 1), activation, &weight, &[0.0; 19]);
        let mut fused = vec![0.0; input.len()];
        conv.run(View::whole(&input, [5, 7, 19]), [5, 7], &mut Workspace::new(), &mut fused);
        let mut alone = input.clone();
        activation.apply(&mut alone);
        for ((fused, alone), expected) in fused.iter().zip(&alone).zip(&expected) {
            assert!((fused - expected).abs() < 1e-6 && (alone - expected).abs() < 1e-6);
        }
    }
}

#[test]
#[should_panic(expected = "a view beyond its map")]
fn a_view_cannot_reach_beyond_its_map() {
    let _ = View::new(&[0.0; 11], [2, 2, 3], 6);
}

#[test]
fn sums_joins_and_factors_read_views_that_lie_in_larger_maps() {
    // A 3 x 2 part of a 3 x 4 map of two channels, and a map of three channels of that extent.
    let (large, small) = (values(3 * 4 * 2, 1), values(3 * 2 * 3, 2));
    let (part, other) = (View::new(&large[2..], [3, 2, 2], 8), View::whole(&small, [3, 2, 3]));
    let at = |pixel: usize, channel: usize| large[2 + pixel / 2 * 8 + pixel % 2 * 2 + channel];
    let mut sum = [0.0; 12];
    add(&[part, part], Activation::Relu, &mut sum);
    let mut scaled = [0.0; 12];
    affine(&part, &[2.0, 3.0], &[0.5, -0.5], &mut scaled);
    let mut joined = [0.0; 30];
    concat(&[part, other], &mut joined);
    for pixel in 0..6 {
        for channel in 0..2 {
            let value = at(pixel, channel);
            assert_eq!(sum[pixel * 2 + channel], (value + value).max(0.0));
            let (scale, shift) = ([2.0, 3.0][channel], [0.5, -0.5][channel]);
            assert_eq!(scaled[pixel * 2 + channel], value * scale + shift);
            assert_eq!(joined[pixel * 5 + channel], value);
        }
        assert_eq!(joined[pixel * 5 + 2..][..3], small[pixel * 3..][..3]);
    }
}

/// A thread for each part, however small.
#[derive(Debug)]
struct Many;

impl Parallel for Many {
    fn threads(&self) -> usize {
        3
    }

    fn least(&self) -> usize {
        1
    }

    fn run<'a>(&self, parts: Vec<Part<'a>>) {
        parts.into_iter().for_each(|part| part());
    }
}

#[test]
fn a_mean_that_counts_up_to_a_row_is_the_same_in_parts() {
    // Nine rows with one of padding before; what a ceiling added behind row 9 does not count.
    let window = Window { kernel: [3; 2], stride: [2; 2], dilation: [1; 2], before: [1; 2] };
    let input: Vec<f32> = (0..9 * 9 * 2).map(|value| value as f32).collect();
    let view = View::whole(&input, [9, 9, 2]);
    let average = Average::Before([10, 10]);
    let mut whole = vec![f32::NAN; 6 * 6 * 2];
    average.pool(&window, view, 6, &mut whole);
    let mut parts = vec![f32::NAN; 6 * 6 * 2];
    average.pool_with(&Many, &window, view, 6, &mut parts);
    assert_eq!(parts, whole);
}
