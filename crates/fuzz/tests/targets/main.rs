//! Every target on its corpus and on a bounded number of mutations of it: the same each time, a few
//! seconds a target.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as the tests do")]

mod mutate;

use convoy_fuzz::target;
use mutate::Mutator;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Targets measure the memory of the whole process, so one runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

/// The kept inputs of a target, by file name.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut inputs: Vec<_> =
        files.map(|file| (file.clone(), std::fs::read(file).unwrap())).collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{name} has no corpus");
    inputs
}

fn holds(name: &str) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let run = target(name).unwrap().run;
    for (file, input) in corpus(name) {
        let result = catch_unwind(AssertUnwindSafe(|| run(&input)));
        assert!(result.is_ok(), "{} fails", file.display());
    }
}

fn holds_mutated(name: &str, runs: usize) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let target = target(name).unwrap();
    let inputs: Vec<Vec<u8>> = corpus(name).into_iter().map(|(_, input)| input).collect();
    let mut mutator = Mutator::new(1, target.words);
    for index in 0..runs {
        let input = mutator.mutated(&inputs);
        if catch_unwind(AssertUnwindSafe(|| (target.run)(&input))).is_err() {
            let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{index}"));
            std::fs::write(&file, &input).unwrap();
            let file = file.display();
            panic!(
                "mutation {index} fails; mend it and keep it: mv {file} crates/fuzz/corpus/{name}/"
            );
        }
    }
}

/// Two tests a target; each as many mutations as take a few seconds.
macro_rules! targets {
    ($($name:ident: $runs:expr),* $(,)?) => {$(
        mod $name {
            #[test]
            fn holds_on_its_corpus() {
                super::holds(stringify!($name));
            }

            #[test]
            fn holds_on_mutations() {
                super::holds_mutated(stringify!($name), $runs);
            }
        }
    )*

        #[test]
        fn every_target_is_tested() {
            let names: Vec<&str> = convoy_fuzz::TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, [$(stringify!($name)),*]);
        }
    };
}

targets! {
    frame: 1_000_000,
    envelope: 1_000_000,
    control: 1_000_000,
    onnx: 500_000,
    package: 200_000,
    cluster: 200_000,
    coordinator: 15_000,
    device: 150_000,
}
