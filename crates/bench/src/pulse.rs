//! Whether the machine's processors run as fast as they can. A rented machine's processors are often
//! halves of cores whose other halves are somebody else's: while those compute, ours have less than half
//! their speed, for seconds or minutes, one of them or all. No load tells of that; a little work does.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

/// How long a processor's work is measured.
const SPAN: Duration = Duration::from_millis(40);

/// How many times at the start, to know what the processors can do.
const LOOKS: usize = 25;

/// The part of the best speed below which a processor is held up.
const LEAST: f64 = 0.85;

/// The speed of all processors at once, by the best there was.
#[derive(Debug)]
pub(crate) struct Pulse {
    processors: usize,
    /// Rounds a second.
    best: f64,
}

impl Pulse {
    /// Gets to know the machine; takes some seconds.
    pub(crate) fn new() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let mut pulse = Self { processors, best: 0.0 };
        for _ in 0..LOOKS {
            pulse.slowest();
            thread::sleep(4 * SPAN);
        }
        pulse
    }

    /// The slowest processor's speed now, by the best that any has shown.
    pub(crate) fn slowest(&mut self) -> f64 {
        let all = thread::scope(|scope| {
            let threads: Vec<_> = (0..self.processors).map(|_| scope.spawn(speed)).collect();
            threads.into_iter().filter_map(|one| one.join().ok()).collect::<Vec<f64>>()
        });
        self.best = all.iter().copied().fold(self.best, f64::max);
        all.into_iter().fold(f64::INFINITY, f64::min) / self.best
    }

    /// Whether `slowest` is as fast as a processor of this machine is.
    pub(crate) fn is_even(slowest: f64) -> bool {
        slowest >= LEAST
    }
}

/// Rounds a second of products and sums that keep every arithmetic unit of a core busy, as the kernels do.
fn speed() -> f64 {
    let mut sums = [[1.0_f32; 4]; 10];
    let start = Instant::now();
    let mut rounds = 0;
    while start.elapsed() < SPAN {
        for _ in 0..10_000 {
            for sum in &mut sums {
                for value in sum {
                    *value = *value * 0.999_999 + 1e-7;
                }
            }
        }
        black_box(&mut sums);
        rounds += 1;
    }
    f64::from(rounds) / start.elapsed().as_secs_f64()
}
