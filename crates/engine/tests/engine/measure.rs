//! The self-benchmark, on a clock of its own.

use convoy_engine::{OneThread, benchmark, strips};
use convoy_model::{Activation, GraphBuilder, Kernels, NodeId, Shape, pieces};
use std::cell::{Cell, RefCell};

#[test]
fn every_kind_is_run_for_a_while_and_the_capacity_lies_between_them() {
    // Each look at the clock is a tenth of a second after the last, however fast this machine is.
    let (now, looks) = (Cell::new(0.0), Cell::new(0));
    let clock = || {
        looks.set(looks.get() + 1);
        now.set(now.get() + 0.1);
        now.get()
    };
    let told = RefCell::new(Vec::new());
    let tell = |done, total| told.borrow_mut().push((done, total));
    let measured = benchmark(&OneThread, &clock, &tell);
    assert_eq!(told.into_inner(), [(0, 5), (1, 5), (2, 5), (3, 5), (4, 5)]);
    assert_eq!(measured.kinds.len(), 5);
    // One look at the start of a kind and five more until half a second is over; of the last only two.
    assert!((4 * 6 + 3..=4 * 7 + 4).contains(&looks.get()), "{} looks", looks.get());
    let rates: Vec<f64> = measured.kinds.values().copied().collect();
    let low = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let high = rates.iter().copied().fold(0.0, f64::max);
    assert!(low > 0.0 && low <= measured.capacity && measured.capacity <= high, "{measured:?}");
    // A run every tenth of a second.
    let expected = 28.0 * 28.0 * 64.0 * 64.0 * 9.0 / 0.1;
    assert!((measured.kinds["conv3x3"] / expected - 1.0).abs() < 1e-6, "{measured:?}");
}

#[test]
fn strips_do_the_stages_work_and_their_halos_besides() {
    let mut graph = GraphBuilder::new(Shape::new(3, 24, 20));
    let mut last = NodeId::INPUT;
    for name in ["a", "b", "c", "d"] {
        last = graph.conv(name, last, 16, 3, 1);
    }
    let last = graph.max_pool("pool", last, 2, 2);
    let head = graph.gemm("head", last, 10, Activation::None);
    let graph = graph.finish(&[head]);
    let pieces = pieces(&graph);
    // Every run takes as long.
    let now = Cell::new(0.0);
    let clock = || {
        now.set(now.get() + 1.0);
        now.get()
    };
    let costs = strips(&graph, &pieces, (2, &[2, 4, 100]), Kernels::Direct, (2, &clock)).unwrap();
    // None of a hundred: there are 12 rows.
    let found: Vec<usize> = costs.iter().map(|cost| cost.strips).collect();
    assert_eq!(found, [2, 4, 2, 4]);
    let stages: Vec<[usize; 2]> = costs.iter().map(|cost| cost.pieces).collect();
    assert_eq!((stages[0][0], stages[0][1]), (0, stages[2][0]));
    for cost in costs {
        assert_eq!(cost.seconds, cost.strips as f64);
        // Halos are work where a stage has several layers that look around them.
        assert_eq!(cost.macs > 1.0, cost.pieces[0] == 0, "{cost:?}");
        assert!((1.0..2.0).contains(&cost.macs), "{cost:?}");
        // Every strip reads the weights.
        assert!(cost.effort > cost.macs, "{cost:?}");
    }
}
