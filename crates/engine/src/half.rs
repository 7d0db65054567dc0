//! Between f32 values and the f16 bytes of slices, in bulk.

use half::f16;
use half::slice::HalfFloatSliceExt;

/// Values converted at a time: small enough to stay in the processor's cache.
const BLOCK: usize = 1024;

/// Little-endian f16 bytes as values; a last odd byte is left out.
#[must_use]
pub fn f16_bytes_to_values(bytes: &[u8]) -> Vec<f32> {
    let (pairs, _) = bytes.as_chunks::<2>();
    let mut values = vec![0.0; pairs.len()];
    let mut block = [f16::ZERO; BLOCK];
    for (pairs, values) in pairs.chunks(BLOCK).zip(values.chunks_mut(BLOCK)) {
        for (half, pair) in block.iter_mut().zip(pairs) {
            *half = f16::from_le_bytes(*pair);
        }
        block[..pairs.len()].convert_to_f32_slice(values);
    }
    values
}

/// Values as little-endian f16 bytes, rounded to the nearest. What f16 cannot hold becomes its
/// largest number, not infinity, which the next layers could turn into no number at all.
#[must_use]
pub fn values_to_f16_bytes(values: &[f32]) -> Vec<u8> {
    let (low, high) = (f16::MIN.to_f32(), f16::MAX.to_f32());
    let mut bytes = Vec::with_capacity(values.len() * 2);
    let (mut held, mut block) = ([0.0; BLOCK], [f16::ZERO; BLOCK]);
    for values in values.chunks(BLOCK) {
        let held = &mut held[..values.len()];
        for (held, value) in held.iter_mut().zip(values) {
            *held = value.clamp(low, high);
        }
        let block = &mut block[..values.len()];
        block.convert_from_f32_slice(held);
        bytes.extend(block.iter().flat_map(|half| half.to_le_bytes()));
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_to_within_half_a_step() {
        let values: Vec<f32> = (0..5000).map(|index| (index as f32 - 2500.0) * 0.37).collect();
        let back = f16_bytes_to_values(&values_to_f16_bytes(&values));
        for (value, back) in values.iter().zip(&back) {
            assert!((value - back).abs() <= value.abs() / 2048.0, "{value} became {back}");
        }
    }

    #[test]
    fn what_is_too_large_stays_finite() {
        let bytes = values_to_f16_bytes(&[1e9, -1e9, f32::INFINITY, 65504.0]);
        assert_eq!(f16_bytes_to_values(&bytes), [65504.0, -65504.0, 65504.0, 65504.0]);
    }
}
