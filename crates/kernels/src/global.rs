//! What is taken over a whole map, channel by channel. Sums are in f64 and in one order.

use crate::View;

/// The mean of each channel.
///
/// # Panics
/// Where `out` has not a place a channel.
pub fn global_average(input: &View<'_>, out: &mut [f32]) {
    assert_eq!(out.len(), input.channels(), "a place a channel");
    for (out, mean) in out.iter_mut().zip(means(input)) {
        *out = mean as f32;
    }
}

/// The largest value of each channel.
///
/// # Panics
/// Where `out` has not a place a channel.
pub fn global_max(input: &View<'_>, out: &mut [f32]) {
    assert_eq!(out.len(), input.channels(), "a place a channel");
    out.fill(f32::NEG_INFINITY);
    for pixel in pixels(input) {
        for (out, value) in out.iter_mut().zip(pixel) {
            *out = if *value > *out { *value } else { *out };
        }
    }
}

/// The means of all channels, then their variances (over the number of values, not one less).
///
/// # Panics
/// Where `out` has not two places a channel.
pub fn moments(input: &View<'_>, out: &mut [f32]) {
    let channels = input.channels();
    assert_eq!(out.len(), 2 * channels, "two places a channel");
    let means = means(input);
    let mut squares = vec![0.0_f64; channels];
    for pixel in pixels(input) {
        for ((square, value), mean) in squares.iter_mut().zip(pixel).zip(&means) {
            *square += (f64::from(*value) - mean).powi(2);
        }
    }
    let count = (input.rows() * input.cols()) as f64;
    for (out, mean) in out.iter_mut().zip(means) {
        *out = mean as f32;
    }
    for (out, square) in out[channels..].iter_mut().zip(squares) {
        *out = (square / count) as f32;
    }
}

fn means(input: &View<'_>) -> Vec<f64> {
    let mut sums = vec![0.0_f64; input.channels()];
    for pixel in pixels(input) {
        for (sum, value) in sums.iter_mut().zip(pixel) {
            *sum += f64::from(*value);
        }
    }
    let count = (input.rows() * input.cols()) as f64;
    sums.iter_mut().for_each(|sum| *sum /= count);
    sums
}

fn pixels<'a>(input: &View<'a>) -> impl Iterator<Item = &'a [f32]> + use<'a> {
    let (input, channels) = (*input, input.channels().max(1));
    (0..input.rows()).flat_map(move |row| input.row(row).chunks_exact(channels))
}
