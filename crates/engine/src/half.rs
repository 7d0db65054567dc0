//! Between f32 values and the f16 bytes of slices, in bulk.
//!
//! No browser converts f16 in hardware, and the crate `half` goes value by value there, with branches that the zeros of a
//! feature map mispredict: 2.8 ns to read one and 5.5 ns to write one, which was a fifth of a worker's time in plans of
//! many exchanges. Without branches compilers do several at once: 0.4 and 1.1 ns.

use half::f16;

/// Bits of f32: everything but the sign, infinity, and how many bits more its mantissa has than that of f16.
const SIZE: u32 = 0x7fff_ffff;
const INFINITY: u32 = f32::INFINITY.to_bits();
const LONGER: u32 = 13;
/// By how much exponents of f32 are larger than those of f16 for the same number.
const BIAS: u32 = 112;

/// Little-endian f16 bytes as values; a last odd byte is left out.
#[must_use]
pub fn f16_bytes_to_values(bytes: &[u8]) -> Vec<f32> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| widened(u16::from_le_bytes(*pair))).collect()
}

/// Values as little-endian f16 bytes, rounded to the nearest. What f16 cannot hold becomes its
/// largest number, not infinity, which the next layers could turn into no number at all.
#[must_use]
pub fn values_to_f16_bytes(values: &[f32]) -> Vec<u8> {
    let mut bytes = vec![0; 2 * values.len()];
    for (pair, value) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(values) {
        *pair = narrowed(*value).to_le_bytes();
    }
    bytes
}

/// A number of f16 as f32, which holds every one of them.
#[inline]
fn widened(half: u16) -> f32 {
    let half = u32::from(half);
    // As f32 reads these bits they are too small by the same factor, numbers without an exponent among them.
    let scaled = f32::from_bits((half & 0x7fff) << LONGER) * f32::from_bits((127 + BIAS) << 23);
    let special = if half & 0x7c00 == 0x7c00 { INFINITY } else { 0 };
    f32::from_bits(scaled.to_bits() | special | ((half & 0x8000) << 16))
}

/// The number of f16 that is nearest to a value, the even one of two; its largest where that is infinite.
#[inline]
fn narrowed(value: f32) -> u16 {
    let bits = value.to_bits();
    let size = bits & SIZE;
    let most = f16::MAX.to_f32_const().to_bits();
    let size = if size <= most || size > INFINITY { size } else { most };
    // Half of what is cut off, less one where the last bit that stays is even, carries into that bit.
    let rounding = (1 << (LONGER - 1)) - 1 + ((size >> LONGER) & 1);
    let usual = size.wrapping_add(rounding).wrapping_sub(BIAS << 23) >> LONGER;
    // Below the smallest exponent of f16 an addition rounds: the last bit of 0.5 is what that of f16 counts there.
    let small = (f32::from_bits(size) + 0.5).to_bits().wrapping_sub(0.5_f32.to_bits());
    let half = if size < (BIAS + 1) << 23 { small } else { usual };
    let half = if size > INFINITY { u32::from(f16::NAN.to_bits()) } else { half };
    (half | ((bits >> 16) & 0x8000)) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_f16_is_read_and_written_as_it_is() {
        for bits in 0..=u16::MAX {
            let (half, value) = (f16::from_bits(bits), widened(bits));
            if half.is_nan() {
                assert!(value.is_nan() && f16::from_bits(narrowed(value)).is_nan(), "{bits:04x}");
                continue;
            }
            assert_eq!(value.to_bits(), half.to_f32().to_bits(), "{bits:04x}");
            let largest = half.clamp(f16::MIN, f16::MAX);
            assert_eq!(narrowed(value), largest.to_bits(), "{bits:04x}");
        }
    }

    #[test]
    fn values_are_rounded_as_the_standard_says() {
        // All exponents and signs, with mantissas in between and on the edges.
        let edges = (0..=u16::MAX).flat_map(|bits| {
            let exact = f16::from_bits(bits).to_f32().to_bits();
            [exact.wrapping_sub(1), exact + 0x0fff, exact + 0x1000, exact + 0x1001]
        });
        let between = (0..=u32::MAX).step_by(9973);
        for value in edges.chain(between).map(f32::from_bits).filter(|value| !value.is_nan()) {
            let half = f16::from_f32(value.clamp(f16::MIN.to_f32(), f16::MAX.to_f32()));
            assert_eq!(narrowed(value), half.to_bits(), "{value:e}");
        }
    }

    #[test]
    fn slices_survive_to_within_half_a_step_and_a_last_odd_byte_is_left_out() {
        let values: Vec<f32> = (0..5000).map(|index| (index as f32 - 2500.0) * 0.37).collect();
        let mut bytes = values_to_f16_bytes(&values);
        bytes.push(7);
        let back = f16_bytes_to_values(&bytes);
        assert_eq!(back.len(), values.len());
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
