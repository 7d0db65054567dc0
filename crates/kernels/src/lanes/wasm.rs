//! A register of wasm's simd128; with relaxed SIMD, where a bundle is built for it, products are
//! added with one rounding where the processor can: within functions that enable it.

use super::{Register, WIDTH};
use core::arch::wasm32::{
    f32x4_add, f32x4_mul, f32x4_pmax, f32x4_pmin, f32x4_splat, f32x4_sub, v128, v128_load,
    v128_store,
};

#[derive(Clone, Copy)]
pub(crate) struct Simd128<const RELAXED: bool>(v128);

impl<const RELAXED: bool> Register for Simd128<RELAXED> {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self(f32x4_splat(value))
    }

    #[inline(always)]
    fn load(values: &[f32; WIDTH]) -> Self {
        // SAFETY: four values are a register, and wasm loads from any alignment.
        Self(unsafe { v128_load(values.as_ptr().cast()) })
    }

    #[inline(always)]
    fn store(self, values: &mut [f32; WIDTH]) {
        // SAFETY: four values are a register, and wasm stores to any alignment.
        unsafe { v128_store(values.as_mut_ptr().cast(), self.0) };
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0))
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(f32x4_sub(self.0, other.0))
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }

    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        #[cfg(feature = "relaxed")]
        if RELAXED {
            return Self(core::arch::wasm32::f32x4_relaxed_madd(a.0, b.0, self.0));
        }
        self.add(a.mul(b))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // Of a number and a NaN the second, as x86's and the array's: wherever it runs, the same bits.
        Self(f32x4_pmax(other.0, self.0))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(f32x4_pmin(other.0, self.0))
    }
}
