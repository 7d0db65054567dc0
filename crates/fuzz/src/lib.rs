//! Everything that comes from outside, fed with anything: one function a target. It takes arbitrary
//! bytes and panics where an invariant does not hold.
//!
//! The tests of this crate run the functions on the kept corpora and on a bounded number of mutations
//! of them; `cargo xtask fuzz` runs them for long under libFuzzer (the workspace `libfuzzer/`).

mod cluster;
mod control;
mod coordinator;
mod device;

mod envelope;
mod frame;
mod json;
mod memory;
mod network;
mod onnx;
mod package;
mod planner;
mod script;

// One by one, so that a program for one target holds no more than it needs: libFuzzer looks at all the
// code there is after every run.
pub use cluster::run as cluster;
pub use control::run as control;
pub use coordinator::run as coordinator;
pub use device::run as device;
pub use envelope::run as envelope;
pub use frame::run as frame;
pub use onnx::run as onnx;
pub use package::run as package;

/// One way in from outside.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: of the folder of its corpus, and on the command line.
    pub name: &'static str,
    /// Takes any bytes in; panics where an invariant does not hold.
    pub run: fn(&[u8]),
    /// What inputs are made of, for whoever mutates them.
    pub words: &'static [&'static str],
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target { name: "frame", run: frame::run, words: &["CV\u{1}"] },
    Target { name: "envelope", run: envelope::run, words: envelope::WORDS },
    Target { name: "control", run: control::run, words: control::WORDS },
    Target { name: "onnx", run: onnx::run, words: onnx::WORDS },
    Target { name: "package", run: package::run, words: package::WORDS },
    Target { name: "cluster", run: cluster::run, words: cluster::WORDS },
    Target { name: "coordinator", run: coordinator::run, words: &[] },
    Target { name: "device", run: device::run, words: &[] },
];

/// The target called `name`.
#[must_use]
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
