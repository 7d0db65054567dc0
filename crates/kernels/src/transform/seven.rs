//! F(4, 7): by interpolation at 0, four pairs of points and infinity (Toom and Cook), along one axis.
//!
//! The points are each other's inverses, 0.4 and 2.5, 0.8 and 1.25: of those tried the least rounding
//! errors, between four and five times those of F(4, 3).

use super::Form;
use crate::lanes::Register;

/// Inputs of a line.
const IN: usize = 10;
/// Outputs of a line.
const OUT: usize = 4;
/// Weights of a line.
const TAPS: usize = 7;

/// The points whose negatives are points too; their product is one.
const POINTS: [f64; 4] = [0.4, 2.5, 0.8, 1.25];

/// The coefficients of 1, x^2, x^4, x^6 and x^8 of the product of `x^2 - point^2` over all points.
const ALL: [f32; 5] = all();
/// Those of 1, x^2 and x^4 of the product over all points but one, for each; that of x^6 is one.
const OTHERS: [[f32; 3]; 4] = [without(0), without(1), without(2), without(3)];

/// Kernels of seven in a row, along the axis: 0 down, 1 across.
#[derive(Debug)]
pub(crate) struct Seven<const AXIS: usize>;

/// The extent of a line of `length`.
const fn along(axis: usize, length: usize) -> [usize; 2] {
    if axis == 0 { [length, 1] } else { [1, length] }
}

impl<const AXIS: usize> Form for Seven<AXIS> {
    const IN: [usize; 2] = along(AXIS, IN);
    const OUT: [usize; 2] = along(AXIS, OUT);
    const TAPS: usize = TAPS;

    /// In double precision until the end: the value of the kernel's polynomial at each point, over the
    /// product of the point's distances to the others.
    fn weights(kernel: &[f32]) -> Vec<f32> {
        let at = |point: f64| {
            let value = |sum: f64, weight: &f32| sum.mul_add(point, f64::from(*weight));
            kernel.iter().rev().fold(0.0, value)
        };
        let all: f64 = POINTS.iter().map(|point| point * point).product();
        let mut made = vec![(at(0.0) / all) as f32];
        for point in POINTS {
            let square = point * point;
            let others = POINTS.iter().filter(|other| **other != point);
            let others: f64 = others.map(|other| square - other * other).product();
            // To 0, to its negative, to the other pairs.
            let distances = point * 2.0 * point * others;
            made.push((at(point) / distances) as f32);
            made.push((at(-point) / distances) as f32);
        }
        made.push(kernel[TAPS - 1]);
        made
    }

    #[inline(always)]
    fn input<R: Register>(load: impl Fn(usize, usize) -> R, mut store: impl FnMut(usize, R)) {
        let d = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
            .map(|at| if AXIS == 0 { load(at, 0) } else { load(0, at) });
        // d[start] + c1 d[start + 2] + ..., with the coefficients of the product of the pairs.
        let of_all = |start: usize| {
            let [one, two, three] = [1, 2, 3].map(|index| R::splat(ALL[index]));
            let ends = d[start].add(d[start + 8]);
            ends.add_product(d[start + 2], one)
                .add_product(d[start + 4], two)
                .add_product(d[start + 6], three)
        };
        store(0, of_all(0));
        for (pair, (point, coefficients)) in POINTS.into_iter().zip(OTHERS).enumerate() {
            let of_others = |start: usize| {
                let [zero, one, two] = [0, 1, 2].map(|index| R::splat(coefficients[index]));
                d[start + 6]
                    .add_product(d[start], zero)
                    .add_product(d[start + 2], one)
                    .add_product(d[start + 4], two)
            };
            let even = of_others(2);
            let odd = of_others(1).mul(R::splat(point as f32));
            store(1 + 2 * pair, even.add(odd));
            store(2 + 2 * pair, even.sub(odd));
        }
        store(IN - 1, of_all(1));
    }

    #[inline(always)]
    fn output<R: Register>(load: impl Fn(usize) -> R, mut store: impl FnMut(usize, usize, R)) {
        let mut sums = [load(0), R::splat(0.0), R::splat(0.0), load(IN - 1)];
        for (pair, point) in POINTS.into_iter().enumerate() {
            let (plus, minus) = (load(1 + 2 * pair), load(2 + 2 * pair));
            let (even, odd) = (plus.add(minus), plus.sub(minus));
            let mut power = 1.0;
            for (index, sum) in sums.iter_mut().enumerate() {
                let of = if index % 2 == 0 { even } else { odd };
                *sum = sum.add_product(of, R::splat(power as f32));
                power *= point;
            }
        }
        for (at, sum) in sums.into_iter().enumerate() {
            if AXIS == 0 {
                store(at, 0, sum);
            } else {
                store(0, at, sum);
            }
        }
    }
}

/// The first and the last are one, as the points' product is.
const fn all() -> [f32; 5] {
    let [a, b, c, d] = [square(0), square(1), square(2), square(3)];
    let twos = a * b + a * c + a * d + b * c + b * d + c * d;
    let threes = a * b * c + a * b * d + a * c * d + b * c * d;
    [1.0, -threes as f32, twos as f32, -(a + b + c + d) as f32, 1.0]
}

const fn without(point: usize) -> [f32; 3] {
    let others = [square((point + 1) % 4), square((point + 2) % 4), square((point + 3) % 4)];
    let [a, b, c] = others;
    [-(a * b * c) as f32, (a * b + a * c + b * c) as f32, -(a + b + c) as f32]
}

const fn square(point: usize) -> f64 {
    POINTS[point] * POINTS[point]
}
