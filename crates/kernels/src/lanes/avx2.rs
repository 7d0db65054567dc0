//! Lanes as two registers of AVX2, with fused multiply-add.
//!
//! Only [`super::with_avx2`] uses these, on processors that have both; that is what each `SAFETY`
//! below rests on.

use super::{LANES, Lanes};
use core::arch::x86_64::{
    __m256, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps, _mm256_set1_ps,
    _mm256_storeu_ps,
};

#[derive(Clone, Copy)]
pub(crate) struct Avx2(__m256, __m256);

impl Lanes for Avx2 {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: see above.
        let register = unsafe { _mm256_set1_ps(value) };
        Self(register, register)
    }

    #[inline(always)]
    fn load(values: &[f32; LANES]) -> Self {
        let at = values.as_ptr();
        // SAFETY: see above; sixteen values are two registers, of any alignment.
        unsafe { Self(_mm256_loadu_ps(at), _mm256_loadu_ps(at.add(8))) }
    }

    #[inline(always)]
    fn store(self, values: &mut [f32; LANES]) {
        let at = values.as_mut_ptr();
        // SAFETY: see above; sixteen values are two registers, of any alignment.
        unsafe {
            _mm256_storeu_ps(at, self.0);
            _mm256_storeu_ps(at.add(8), self.1);
        }
    }

    #[inline(always)]
    fn add_scaled(self, weights: Self, by: f32) -> Self {
        self.add_product(weights, Self::splat(by))
    }

    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(_mm256_fmadd_ps(a.0, b.0, self.0), _mm256_fmadd_ps(a.1, b.1, self.1)) }
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(_mm256_max_ps(self.0, other.0), _mm256_max_ps(self.1, other.1)) }
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(_mm256_min_ps(self.0, other.0), _mm256_min_ps(self.1, other.1)) }
    }
}
