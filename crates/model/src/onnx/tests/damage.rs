//! Damaged files: an error in words or a network, never a panic and never a large allocation.

use super::file::{File, float, int, ints, text};
use crate::onnx::{ImportError, import};
use proptest::prelude::*;

/// A file with something of everything.
fn sample() -> Vec<u8> {
    File::new()
        .conv("x", "c")
        .ramp("s", &[4])
        .node_with(
            "BatchNormalization",
            &["c", "s", "s", "s", "s"],
            "n",
            vec![float("epsilon", 1e-3)],
        )
        .node_with("LeakyRelu", &["n"], "l", vec![float("alpha", 0.1)])
        .node_with(
            "MaxPool",
            &["l"],
            "p",
            vec![ints("kernel_shape", &[3, 3]), ints("strides", &[2, 2]), int("ceil_mode", 1)],
        )
        .node_with(
            "AveragePool",
            &["l"],
            "q",
            vec![
                ints("kernel_shape", &[2, 2]),
                ints("strides", &[2, 2]),
                text("auto_pad", "SAME_LOWER"),
            ],
        )
        .node_with("Concat", &["p", "q"], "k", vec![int("axis", 1)])
        .floats("scales", &[4], &[1.0, 1.0, 2.0, 2.0])
        .node_with(
            "Resize",
            &["k", "", "scales"],
            "r",
            vec![text("mode", "linear"), text("coordinate_transformation_mode", "half_pixel")],
        )
        .integers("shape", &[1, -1])
        .node("Reshape", &["r", "shape"], "f")
        .ramp("g", &[2, 512])
        .node_with("Gemm", &["f", "g"], "m", vec![int("transB", 1)])
        .node("Softmax", &["m"], "y")
        .bytes()
}

#[test]
fn the_undamaged_file_is_a_network() {
    assert_eq!(import(&sample()).unwrap().graph.nodes.len(), 9);
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = sample();
    for length in 0..bytes.len() {
        // The operator set stands at the end of the file, so no prefix is a whole one.
        let error = import(&bytes[..length]).unwrap_err();
        assert!(matches!(error, ImportError::NotOnnx(_) | ImportError::OperatorSet(0)), "{error}");
    }
}

#[test]
fn every_flipped_bit_gives_a_network_or_an_error() {
    let mut bytes = sample();
    let mut refused = 0;
    // Most of the file is the numbers of `g`, of which any are as good as others: skip them.
    for position in (0..bytes.len()).filter(|position| *position < 1200 || position % 97 == 0) {
        for bit in 0..8 {
            bytes[position] ^= 1 << bit;
            refused += usize::from(import(&bytes).is_err());
            bytes[position] ^= 1 << bit;
        }
    }
    assert!(refused > 1000, "only {refused} of the flips were noticed");
}

#[test]
fn a_length_of_petabytes_is_not_believed() {
    // Field 7, the graph, with a length of 2^56.
    let bytes = [0x3a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
    assert!(matches!(import(&bytes), Err(ImportError::NotOnnx(_))));
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = import(&bytes);
    }

    #[test]
    fn overwritten_stretches_do_not_panic(
        start in 0_usize..1500,
        patch in prop::collection::vec(any::<u8>(), 1..24),
    ) {
        let mut bytes = sample();
        for (byte, new) in bytes.iter_mut().skip(start).zip(patch) {
            *byte = new;
        }
        let _ = import(&bytes);
    }
}
