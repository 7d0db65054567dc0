//! Lanes as four registers of wasm's simd128; with relaxed SIMD, where a bundle is built for it,
//! products are added with one rounding where the processor can.

use super::{LANES, Lanes};
use core::arch::wasm32::{f32x4_pmax, f32x4_pmin, f32x4_splat, v128, v128_load, v128_store};

#[derive(Clone, Copy)]
pub(crate) struct Simd128([v128; 4]);

#[cfg(target_feature = "relaxed-simd")]
#[inline(always)]
fn fused(a: v128, b: v128, sum: v128) -> v128 {
    core::arch::wasm32::f32x4_relaxed_madd(a, b, sum)
}

#[cfg(not(target_feature = "relaxed-simd"))]
#[inline(always)]
fn fused(a: v128, b: v128, sum: v128) -> v128 {
    core::arch::wasm32::f32x4_add(core::arch::wasm32::f32x4_mul(a, b), sum)
}

impl Lanes for Simd128 {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([f32x4_splat(value); 4])
    }

    #[inline(always)]
    fn load(values: &[f32; LANES]) -> Self {
        let at = values.as_ptr().cast::<v128>();
        // SAFETY: sixteen values are four registers, and wasm loads from any alignment.
        unsafe {
            Self([v128_load(at), v128_load(at.add(1)), v128_load(at.add(2)), v128_load(at.add(3))])
        }
    }

    #[inline(always)]
    fn store(self, values: &mut [f32; LANES]) {
        let at = values.as_mut_ptr().cast::<v128>();
        for (index, register) in self.0.into_iter().enumerate() {
            // SAFETY: sixteen values are four registers, and wasm stores to any alignment.
            unsafe { v128_store(at.add(index), register) };
        }
    }

    #[inline(always)]
    fn add_scaled(self, weights: Self, by: f32) -> Self {
        let (by, s, w) = (f32x4_splat(by), self.0, weights.0);
        Self([
            fused(w[0], by, s[0]),
            fused(w[1], by, s[1]),
            fused(w[2], by, s[2]),
            fused(w[3], by, s[3]),
        ])
    }

    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        let (s, a, b) = (self.0, a.0, b.0);
        Self([
            fused(a[0], b[0], s[0]),
            fused(a[1], b[1], s[1]),
            fused(a[2], b[2], s[2]),
            fused(a[3], b[3], s[3]),
        ])
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        Self([
            f32x4_pmax(a[0], b[0]),
            f32x4_pmax(a[1], b[1]),
            f32x4_pmax(a[2], b[2]),
            f32x4_pmax(a[3], b[3]),
        ])
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        Self([
            f32x4_pmin(a[0], b[0]),
            f32x4_pmin(a[1], b[1]),
            f32x4_pmin(a[2], b[2]),
            f32x4_pmin(a[3], b[3]),
        ])
    }
}
