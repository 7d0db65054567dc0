//! Forms that look like what is supported and mean something else.

use super::file::{File, text};
use crate::onnx::{Imported, import};
use crate::{Interpolation, Op, Shape};

/// The message for `file`, which must be refused.
fn message(file: &File) -> String {
    import(&file.bytes()).unwrap_err().to_string()
}

fn network(file: &File) -> Imported {
    import(&file.bytes()).unwrap_or_else(|error| panic!("{error}"))
}

/// The last layer of `file`.
fn last(file: &File) -> (Op, Shape) {
    let network = network(file);
    let node = network.graph.nodes.last().unwrap();
    (node.op, node.shape)
}

/// A nearest resize of operator set 10, of a map of 6 rows and columns.
fn old_resize(scales: [f32; 2]) -> File {
    let scales = [1.0, 1.0, scales[0], scales[1]];
    let file = File::new().opset(10).input(&[Some(1), Some(1), Some(6), Some(6)]);
    file.floats("s", &[4], &scales).node("Resize", &["x", "s"], "y")
}

#[test]
fn an_old_nearest_resize_rounds_up_where_it_shrinks() {
    // What ONNX Runtime 1.32 reads of six rows.
    let rows = |scale, reads: &[u32]| {
        let (op, shape) = last(&old_resize([scale, scale]));
        let Op::Resize { interpolation } = op else { panic!("{op:?}") };
        let read: Vec<u32> =
            (0..shape.height).map(|out| interpolation.between(out, 6, shape.height).0).collect();
        assert_eq!(read, reads, "scale {scale}");
    };
    rows(2.0 / 3.0, &[0, 2, 3, 5]);
    rows(0.5, &[0, 2, 4]);
    rows(4.0 / 3.0, &[0, 0, 1, 2, 3, 3, 4, 5]);
    let grown = Op::Resize { interpolation: Interpolation::Nearest };
    assert_eq!(last(&old_resize([2.0, 1.0])), (grown, Shape::new(1, 12, 6)));
    assert_eq!(last(&old_resize([0.5, 1.0])).1, Shape::new(1, 3, 6));
    assert!(message(&old_resize([0.5, 2.0])).contains("shrinks and grows"));
}

#[test]
fn an_upsample_that_shrinks_is_refused() {
    let file = File::new().opset(9).floats("s", &[4], &[1.0, 1.0, 0.5, 0.5]);
    assert!(message(&file.node("Upsample", &["x", "s"], "y")).contains("by growing"));
}

#[test]
fn a_scale_must_give_the_extent_that_it_is_taken_for() {
    let scaled = |rows: i64, scale: f32| {
        let file = File::new().input(&[Some(1), Some(1), Some(rows), Some(8)]);
        file.floats("s", &[4], &[1.0, 1.0, scale, 1.0]).node_with(
            "Resize",
            &["x", "", "s"],
            "y",
            vec![text("mode", "linear")],
        )
    };
    // Two thirds of three rows are two; by a scale just below, ONNX makes one.
    assert_eq!(last(&scaled(3, 2.0 / 3.0)).1, Shape::new(1, 2, 8));
    assert!(message(&scaled(3, 0.6666)).contains("no whole extent"));
    // The extent is right, and positions would follow another scale.
    assert!(message(&scaled(3, 0.6667)).contains("no whole extent"));
    assert!(message(&scaled(4000, 2.000_2)).contains("no whole extent"));
}
