//! Sixteen values side by side, in whatever registers the processor has.
//!
//! Kernels are written once over [`Lanes`] and compiled for each kind of register. In wasm the kind
//! is that of the bundle; natively it is chosen at run time.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

/// How many values lie side by side: the filters of a panel.
pub(crate) const LANES: usize = 16;

/// Sixteen values in registers.
pub(crate) trait Lanes: Copy {
    /// The same value sixteen times.
    fn splat(value: f32) -> Self;
    /// From memory.
    fn load(values: &[f32; LANES]) -> Self;
    /// To memory.
    fn store(self, values: &mut [f32; LANES]);
    /// `self + weights * by`, with one rounding where the processor has that, else two.
    fn add_scaled(self, weights: Self, by: f32) -> Self;
    /// `self + a * b`, lane by lane, rounded as [`Lanes::add_scaled`].
    fn add_product(self, a: Self, b: Self) -> Self;
    /// The larger of each pair.
    fn max(self, other: Self) -> Self;
    /// The smaller of each pair.
    fn min(self, other: Self) -> Self;
}

/// Work that can be done with any kind of lanes. `run` and all it calls are to be
/// `#[inline(always)]`, so that they are compiled with the instructions of the kind that is chosen.
pub(crate) trait Task {
    /// Does the work, `P` pixels at a time: as many as the kind has registers for.
    fn run<L: Lanes, const P: usize>(self);
}

/// Does `task` with the widest lanes that this processor has.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
pub(crate) fn dispatch<T: Task>(task: T) {
    // Two pixels are eight sums beside four registers of weights. With three or four, engines on
    // x86-64, which has sixteen registers, keep sums in memory: measured a third slower.
    task.run::<wasm::Simd128, 2>();
}

/// Does `task` with the widest lanes that this processor has.
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
    use super::{LANES, Lanes, Task, dispatch};

    /// Every operation once, on numbers whose products need no rounding.
    struct Every<'a>(&'a mut [[f32; LANES]; 5]);

    impl Task for Every<'_> {
        #[inline(always)]
        fn run<L: Lanes, const P: usize>(self) {
            let row = |scale: f32| std::array::from_fn(|lane| (lane as f32 - 7.5) * scale);
            let (a, b) = (L::load(&row(2.0)), L::load(&row(-3.0)));
            let made =
                [a.add_scaled(b, 0.5), a.add_product(a, b), a.max(b), a.min(b), L::splat(4.0)];
            for (made, out) in made.into_iter().zip(self.0.iter_mut()) {
                made.store(out);
            }
        }
    }

    #[test]
    fn all_kinds_of_lanes_compute_the_same() {
        let (mut chosen, mut plain) = ([[0.0; LANES]; 5], [[0.0; LANES]; 5]);
        dispatch(Every(&mut chosen));
        Every(&mut plain).run::<Portable, 2>();
        assert_eq!(chosen, plain);
        assert_eq!(plain[0][0], -15.0 + 22.5 * 0.5);
    }
}
