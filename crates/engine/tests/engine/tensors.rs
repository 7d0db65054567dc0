//! burn's tensors in and out, without a copy.

use crate::threads::whole;
use burn::tensor::Tensor;
use convoy_engine::{EngineError, Map};
use convoy_model::{GraphBuilder, Kernels, NodeId, Region, Shape, Span};

fn map() -> Map {
    let region = Region { rows: Span::new(3, 5), cols: Span::new(0, 3) };
    Map { region, channels: 2, values: (0..12_u8).map(f32::from).collect() }
}

#[test]
fn a_map_becomes_a_tensor_and_comes_back_in_the_same_memory() {
    let map = map();
    let (values, place) = (map.values.clone(), map.values.as_ptr());
    let tensor = map.into_tensor().unwrap();
    assert_eq!(tensor.dims(), [1, 2, 2, 3]);
    let region = Region { rows: Span::new(3, 5), cols: Span::new(0, 3) };
    let back = Map::from_tensor(region, tensor).unwrap();
    assert_eq!((back.channels, &back.values), (2, &values));
    assert_eq!(back.values.as_ptr(), place);
}

#[test]
fn channels_lie_where_burn_expects_them() {
    let tensor = map().into_tensor().unwrap();
    let second = tensor.slice([0..1, 1..2, 0..2, 0..3]);
    assert_eq!(second.into_data().try_to_vec::<f32>().unwrap(), [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]);
}

#[test]
fn a_tensor_that_others_hold_or_that_lies_otherwise_is_copied() {
    let map = map();
    let (region, place) = (map.region, map.values.as_ptr());
    let tensor = map.clone().into_tensor().unwrap();
    let held = tensor.clone();
    let back = Map::from_tensor(region, tensor).unwrap();
    assert_eq!(back, map);
    assert_ne!(back.values.as_ptr(), place);
    // Added to nothing, it lies as burn lays it.
    let other: Tensor<4> = held.clone() + held.zeros_like();
    assert_eq!(Map::from_tensor(region, other).unwrap(), map);
}

#[test]
fn another_extent_is_refused() {
    let map = map();
    let (region, tensor) = (map.region, map.into_tensor().unwrap());
    let turned = Map::from_tensor(region, tensor.permute([0, 1, 3, 2]));
    assert_eq!(turned, Err(EngineError::Tensor { region, extents: [1, 2, 3, 2] }));
    let short = Map { region, channels: 2, values: vec![0.0; 5] };
    assert!(matches!(short.into_tensor(), Err(EngineError::Extent { values: 5, .. })));
}

#[test]
fn a_tile_takes_tensors_and_makes_the_values_that_it_makes_of_maps() {
    let mut builder = GraphBuilder::new(Shape::new(3, 9, 7));
    let first = builder.conv("first", NodeId::INPUT, 8, 3, 1);
    let last = builder.max_pool("last", first, 2, 2);
    let (engine, inputs) = whole(&builder.finish(&[first, last]), Kernels::Direct);
    let made = engine.run(&inputs).unwrap();
    let tensors = inputs.into_iter().map(|map| map.into_tensor().unwrap()).collect();
    let tensors = engine.forward(tensors).unwrap();
    for (map, tensor) in made.into_iter().zip(tensors) {
        assert_eq!(Map::from_tensor(map.region, tensor).unwrap(), map);
    }
    let none = engine.forward(Vec::new());
    assert!(matches!(none, Err(EngineError::Count { expected: 1, found: 0, .. })));
}
