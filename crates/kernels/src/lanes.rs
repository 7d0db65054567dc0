//! Values side by side, in whatever registers the processor has.
//!
//! Kernels are written once over [`Register`] and compiled for each kind. In wasm the kind is that of
//! the bundle; natively it is chosen at run time.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

use crate::Activation;

/// Values of one register.
pub(crate) const WIDTH: usize =
    if cfg!(all(target_arch = "wasm32", target_feature = "simd128")) { 4 } else { 8 };

/// Values of two registers: the filters of a panel.
pub(crate) const LANES: usize = 2 * WIDTH;

/// A register of values.
pub(crate) trait Register: Copy {
    /// The same value throughout.
    fn splat(value: f32) -> Self;
    /// From memory.
    fn load(values: &[f32; WIDTH]) -> Self;
    /// To memory.
    fn store(self, values: &mut [f32; WIDTH]);
    /// `self + other`.
    fn add(self, other: Self) -> Self;
    /// `self - other`.
    fn sub(self, other: Self) -> Self;
    /// `self * other`.
    fn mul(self, other: Self) -> Self;
    /// `self + a * b`, with one rounding where the processor has that, else two.
    fn add_product(self, a: Self, b: Self) -> Self;
    /// The larger of each pair.
    fn max(self, other: Self) -> Self;
    /// The smaller of each pair.
    fn min(self, other: Self) -> Self;

    /// From at most a register's values; the rest is zero.
    #[inline(always)]
    fn load_some(values: &[f32]) -> Self {
        if let Some(all) = values.first_chunk::<WIDTH>() {
            return Self::load(all);
        }
        let mut lanes = [0.0; WIDTH];
        lanes[..values.len()].copy_from_slice(values);
        Self::load(&lanes)
    }

    /// As many as `values` has room for.
    #[inline(always)]
    fn store_some(self, values: &mut [f32]) {
        if let Some(all) = values.first_chunk_mut::<WIDTH>() {
            return self.store(all);
        }
        let mut lanes = [0.0; WIDTH];
        self.store(&mut lanes);
        values.copy_from_slice(&lanes[..values.len()]);
    }

    /// The activation, while the values are in the register where that needs comparisons only.
    #[inline(always)]
    fn activate(self, activation: Activation) -> Self {
        match activation {
            Activation::None => self,
            Activation::Relu => self.max(Self::splat(0.0)),
            Activation::Clip { low, high } => self.max(Self::splat(low)).min(Self::splat(high)),
            Activation::LeakyRelu { slope } => {
                let zero = Self::splat(0.0);
                self.max(zero).add_product(self.min(zero), Self::splat(slope))
            }
            _ => {
                let mut values = [0.0; WIDTH];
                self.store(&mut values);
                activation.apply(&mut values);
                Self::load(&values)
            }
        }
    }
}

/// Two registers: what one output pixel has of a panel.
#[derive(Clone, Copy)]
pub(crate) struct Lanes<R>(R, R);

impl<R: Register> Lanes<R> {
    #[inline(always)]
    pub(crate) fn load(values: &[f32; LANES]) -> Self {
        let (low, high) = halves(values);
        Self(R::load(low), R::load(high))
    }

    /// From the first values of a slice that has as many.
    #[inline(always)]
    pub(crate) fn load_all(values: &[f32]) -> Self {
        Self(R::load_some(&values[..WIDTH]), R::load_some(&values[WIDTH..LANES]))
    }

    #[inline(always)]
    pub(crate) fn store(self, values: &mut [f32; LANES]) {
        let (low, high) = values.split_at_mut(WIDTH);
        self.0.store_some(low);
        self.1.store_some(high);
    }

    /// As many as `values`, at most two registers' worth, has room for.
    #[inline(always)]
    pub(crate) fn store_some(self, values: &mut [f32]) {
        if let Some(all) = values.first_chunk_mut::<LANES>() {
            return self.store(all);
        }
        let mut lanes = [0.0; LANES];
        self.store(&mut lanes);
        values.copy_from_slice(&lanes[..values.len()]);
    }

    /// `self + weights * by`.
    #[inline(always)]
    pub(crate) fn add_scaled(self, weights: Self, by: f32) -> Self {
        let by = R::splat(by);
        Self(self.0.add_product(weights.0, by), self.1.add_product(weights.1, by))
    }

    #[inline(always)]
    pub(crate) fn activate(self, activation: Activation) -> Self {
        Self(self.0.activate(activation), self.1.activate(activation))
    }
}

/// Both registers' worth of values.
#[inline(always)]
fn halves(values: &[f32; LANES]) -> (&[f32; WIDTH], &[f32; WIDTH]) {
    let (pairs, _) = values.as_chunks::<WIDTH>();
    (&pairs[0], &pairs[1])
}

/// A register's worth of values from `start` on.
///
/// # Safety
/// They lie within `values`.
#[inline(always)]
pub(crate) unsafe fn register(values: &[f32], start: usize) -> &[f32; WIDTH] {
    debug_assert!(start + WIDTH <= values.len());
    // SAFETY: the caller's; an array of values is aligned as a value.
    unsafe { &*values.as_ptr().add(start).cast() }
}

/// Room for a register's worth of values from `start` on.
///
/// # Safety
/// It lies within `values`.
#[inline(always)]
pub(crate) unsafe fn register_mut(values: &mut [f32], start: usize) -> &mut [f32; WIDTH] {
    debug_assert!(start + WIDTH <= values.len());
    // SAFETY: the caller's; an array of values is aligned as a value.
    unsafe { &mut *values.as_mut_ptr().add(start).cast() }
}

/// Work that can be done with any kind of register. `run` and all it calls are to be
/// `#[inline(always)]`, so that they are compiled with the instructions of the kind that is chosen.
pub(crate) trait Task {
    /// Does the work, `P` pixels at a time: as many as the kind has registers for.
    fn run<R: Register, const P: usize>(self);
}

/// Does `task` with the widest registers that this processor has.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) fn dispatch<T: Task>(task: T) {
    // Four pixels are eight sums, as many as hide the latency of multiply-add; beside two registers
    // of weights and four factors they fit the sixteen registers of x86-64 in whatever order the
    // compiler puts them. With more, engines keep sums in memory: measured two to three times slower.
    #[cfg(feature = "relaxed")]
    with_relaxed(task);
    #[cfg(not(feature = "relaxed"))]
    task.run::<wasm::Simd128<false>, 4>();
}

/// What the bundle is for: a browser without relaxed SIMD never loads it.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128", feature = "relaxed"))]
#[target_feature(enable = "relaxed-simd")]
fn with_relaxed<T: Task>(task: T) {
    task.run::<wasm::Simd128<true>, 4>();
}

/// Does `task` with the widest registers that this processor has.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(crate) fn dispatch<T: Task>(task: T) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        // SAFETY: the processor has both.
        unsafe { with_avx2(task) };
        return;
    }
    task.run::<portable::Portable, 2>();
}

/// # Safety
/// The processor has AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn with_avx2<T: Task>(task: T) {
    task.run::<avx2::Avx2, 6>();
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::portable::Portable;
    use super::{Register, Task, WIDTH, dispatch};

    /// Every operation once, on numbers whose products need no rounding.
    struct Every<'a>(&'a mut [[f32; WIDTH]; 7]);

    impl Task for Every<'_> {
        #[inline(always)]
        fn run<R: Register, const P: usize>(self) {
            let row = |scale: f32| std::array::from_fn(|lane| (lane as f32 - 3.5) * scale);
            let (a, b) = (R::load(&row(2.0)), R::load(&row(-3.0)));
            let made = [
                a.add_product(a, b),
                a.add(b),
                a.sub(b),
                a.mul(b),
                a.max(b),
                a.min(b),
                R::splat(4.0),
            ];
            for (made, out) in made.into_iter().zip(self.0.iter_mut()) {
                made.store(out);
            }
        }
    }

    #[test]
    fn all_kinds_of_registers_compute_the_same() {
        let (mut chosen, mut plain) = ([[0.0; WIDTH]; 7], [[0.0; WIDTH]; 7]);
        dispatch(Every(&mut chosen));
        Every(&mut plain).run::<Portable, 2>();
        assert_eq!(chosen, plain);
        assert_eq!(plain[0][0], -7.0 - 7.0 * 10.5);
    }
}
