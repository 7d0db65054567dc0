//! Layers that move values and compute nothing.

use crate::View;

/// Rows and columns picked from a map by number, where `None` stands for `fill`, and of each pixel
/// every `step`th channel from `start` on.
///
/// # Panics
/// Where a number or channel lies beyond the map, or `out` is not as many whole pixels.
pub fn select(
    input: &View<'_>,
    [rows, cols]: [&[Option<usize>]; 2],
    [start, step]: [usize; 2],
    fill: f32,
    out: &mut [f32],
) {
    let pixels = rows.len() * cols.len();
    let channels = out.len() / pixels.max(1);
    assert_eq!(out.len(), pixels * channels, "whole pixels");
    if out.is_empty() {
        return;
    }
    let places = rows.iter().flat_map(|row| cols.iter().map(move |col| row.zip(*col)));
    for (out, place) in out.chunks_exact_mut(channels).zip(places) {
        match place {
            None => out.fill(fill),
            Some((row, col)) => {
                let pixel = &input.row(row)[col * input.channels()..][..input.channels()];
                if step == 1 {
                    out.copy_from_slice(&pixel[start..start + channels]);
                } else {
                    let values = pixel[start..].iter().step_by(step);
                    out.iter_mut().zip(values).for_each(|(out, value)| *out = *value);
                }
            }
        }
    }
}

/// Pixels to squares of `block` x `block`; `channel_first` is the order of channels in which the place
/// in the square comes last. The first row and column of `out`, of `cols` columns, lie `origin` within
/// their square.
///
/// # Panics
/// Where `out` is not whole rows, or `input` is too small for it.
pub fn depth_to_space(
    input: &View<'_>,
    block: usize,
    channel_first: bool,
    origin: [usize; 2],
    cols: usize,
    out: &mut [f32],
) {
    let square = block * block;
    let channels = input.channels() / square;
    if out.is_empty() {
        return;
    }
    assert!(out.len().is_multiple_of(cols * channels), "a part of a row");
    for (row, out) in out.chunks_exact_mut(cols * channels).enumerate() {
        let row = row + origin[0];
        let values = input.row(row / block);
        for (col, out) in out.chunks_exact_mut(channels).enumerate() {
            let col = col + origin[1];
            let pixel = &values[col / block * input.channels()..][..input.channels()];
            let place = row % block * block + col % block;
            if channel_first {
                let values = pixel[place..].iter().step_by(square);
                out.iter_mut().zip(values).for_each(|(out, value)| *out = *value);
            } else {
                out.copy_from_slice(&pixel[place * channels..][..channels]);
            }
        }
    }
}

/// Channel `g * (channels / groups) + i` to channel `i * groups + g`.
///
/// # Panics
/// Where the groups do not divide the channels, or `out` has another length than `input`.
pub fn shuffle_channels(input: &View<'_>, groups: usize, out: &mut [f32]) {
    let channels = input.channels();
    assert!(groups > 0 && channels.is_multiple_of(groups), "whole groups");
    assert_eq!(out.len(), input.rows() * input.cols() * channels, "room for the map");
    let of_group = channels / groups;
    let pixels = (0..input.rows()).flat_map(|row| input.row(row).chunks_exact(channels));
    for (out, pixel) in out.chunks_exact_mut(channels).zip(pixels) {
        for (group, values) in pixel.chunks_exact(of_group).enumerate() {
            out[group..].iter_mut().step_by(groups).zip(values).for_each(|(out, v)| *out = *v);
        }
    }
}
