//! F(4x4, 3x3): by interpolation at 0, A, -A, B, -B and infinity (Toom and Cook), across and down.
//!
//! With `A = 1 / sqrt(2)` and `B = sqrt(2)` the largest factor is 2.5, where the usual 1 and 2 have 8:
//! rounding errors are about a third.

use super::Form;
use crate::lanes::Register;

/// Inputs a side of a square.
const IN: usize = 6;
/// Outputs a side of a square.
const OUT: usize = 4;

/// The points beside 0 and infinity.
const A: f64 = std::f64::consts::FRAC_1_SQRT_2;
const B: f64 = std::f64::consts::SQRT_2;

/// Kernels of 3x3, squares of 4x4 outputs.
#[derive(Debug)]
pub(crate) struct Three;

impl Form for Three {
    const IN: [usize; 2] = [IN; 2];
    const OUT: [usize; 2] = [OUT; 2];
    const TAPS: usize = 9;

    /// In double precision until the end.
    fn weights(kernel: &[f32]) -> Vec<f32> {
        let (a, b) = (A * A, B * B);
        // The value of the kernel's polynomial at each point, over the product of the point's
        // distances to the others.
        let line = |k: [f64; 3]| {
            let [at_a, at_b] =
                [(A, 2.0 * a * (a - b)), (B, 2.0 * b * (b - a))].map(|(point, by)| {
                    let (even, odd) = (k[0] + point * point * k[2], point * k[1]);
                    [(even + odd) / by, (even - odd) / by]
                });
            [k[0] / (a * b), at_a[0], at_a[1], at_b[0], at_b[1], k[2]]
        };
        let rows = [0, 1, 2].map(|row| line([0, 1, 2].map(|col| f64::from(kernel[row * 3 + col]))));
        let mut made = vec![0.0; Self::PLACES];
        for col in 0..IN {
            for (row, value) in line([0, 1, 2].map(|row| rows[row][col])).into_iter().enumerate() {
                made[row * IN + col] = value as f32;
            }
        }
        made
    }

    /// Lines down, then across.
    #[inline(always)]
    fn input<R: Register>(load: impl Fn(usize, usize) -> R, mut store: impl FnMut(usize, R)) {
        let mut half = [[R::splat(0.0); IN]; IN];
        for (col, half) in half.iter_mut().enumerate() {
            *half = input_line([0, 1, 2, 3, 4, 5].map(|row| load(row, col)));
        }
        for row in 0..IN {
            let made = input_line(across(&half, row));
            for (col, made) in made.into_iter().enumerate() {
                store(row * IN + col, made);
            }
        }
    }

    #[inline(always)]
    fn output<R: Register>(load: impl Fn(usize) -> R, mut store: impl FnMut(usize, usize, R)) {
        let mut half = [[R::splat(0.0); OUT]; IN];
        for (col, half) in half.iter_mut().enumerate() {
            *half = output_line([0, 1, 2, 3, 4, 5].map(|row: usize| load(row * IN + col)));
        }
        for row in 0..OUT {
            let made = output_line(across(&half, row));
            for (col, made) in made.into_iter().enumerate() {
                store(row, col, made);
            }
        }
    }
}

/// Six inputs of a line to the six points.
#[inline(always)]
fn input_line<R: Register>(d: [R; IN]) -> [R; IN] {
    let (a, b) = ((A * A) as f32, (B * B) as f32);
    let [minus_a, minus_b] = [R::splat(-a), R::splat(-b)];
    let minus_both = R::splat(-(a + b));
    // A and B are each other's inverse: the factor of the lowest input is one.
    let zero = d[0].add(d[4]).add_product(d[2], minus_both);
    let infinity = d[1].add(d[5]).add_product(d[3], minus_both);
    let even_a = d[4].add_product(d[2], minus_b);
    let odd_a = d[3].add_product(d[1], minus_b).mul(R::splat(A as f32));
    let even_b = d[4].add_product(d[2], minus_a);
    let odd_b = d[3].add_product(d[1], minus_a).mul(R::splat(B as f32));
    [zero, even_a.add(odd_a), even_a.sub(odd_a), even_b.add(odd_b), even_b.sub(odd_b), infinity]
}

/// Six products of a line to its four outputs.
#[inline(always)]
fn output_line<R: Register>(m: [R; IN]) -> [R; OUT] {
    let (even_a, odd_a) = (m[1].add(m[2]), m[1].sub(m[2]));
    let (even_b, odd_b) = (m[3].add(m[4]), m[3].sub(m[4]));
    let power =
        |exponent: i32| (R::splat(A.powi(exponent) as f32), R::splat(B.powi(exponent) as f32));
    let line = |(a, b): (R, R), of_a: R, of_b: R| of_a.mul(a).add_product(of_b, b);
    [
        m[0].add(even_a).add(even_b),
        line(power(1), odd_a, odd_b),
        line(power(2), even_a, even_b),
        m[5].add(line(power(3), odd_a, odd_b)),
    ]
}

/// Row `row` of a square that is held column by column.
#[inline(always)]
fn across<R: Register, const ROWS: usize>(half: &[[R; ROWS]; IN], row: usize) -> [R; IN] {
    [half[0][row], half[1][row], half[2][row], half[3][row], half[4][row], half[5][row]]
}
