//! Scheme `early-fused` (DeepThings): the first m pieces are fused and split in a grid over all
//! devices, the rest runs on the strongest. m and the grid make the paper's total the least. The
//! rest counts no transfer: what it reads are the tiles' outputs, which count already.

use super::crew::Crew;
use crate::cost::{Costs, body};
use crate::{Device, PlanError, Stage, rows};
use convoy_model::{Region, Segment};

pub(super) fn stages(costs: &Costs) -> Result<Vec<Stage>, PlanError> {
    let body = body(costs.model);
    let mut best: Option<(f64, Vec<Stage>)> = None;
    let mut refused = None;
    for fused in body.min(1)..=body {
        let crew = match Crew::new(costs, fused) {
            Ok(crew) => crew,
            Err(error) => {
                refused.get_or_insert(error);
                continue;
            }
        };
        for bands in bands(crew.workers.len()) {
            let stages = split(costs, &crew, fused, bands);
            let seconds = stages.iter().map(Stage::seconds).sum();
            if best.as_ref().is_none_or(|(least, _)| seconds < *least) {
                best = Some((seconds, stages));
            }
        }
    }
    let nothing = || PlanError::Infeasible(format!("{} has no layer to split", costs.model.id));
    best.map(|(_, stages)| stages).ok_or_else(|| refused.unwrap_or_else(nothing))
}

/// The numbers of bands worth a try: for each greatest number of cells in one the fewest that hold
/// all devices, from strips to a single band.
fn bands(devices: usize) -> Vec<usize> {
    let mut bands: Vec<usize> = (1..=devices).map(|cells| devices.div_ceil(cells)).collect();
    bands.dedup();
    bands
}

/// Pieces `[0, fused)` in a grid of so many bands, the rest on one device.
fn split(costs: &Costs, crew: &Crew, fused: usize, bands: usize) -> Vec<Stage> {
    let model = costs.model;
    let (graph, body) = (&model.graph, body(model));
    let segment = Segment::new(graph, &model.pieces, 0..fused);
    let mut stages = vec![costs.stage(&segment, &grid(costs, &segment, &crew.workers, bands))];
    if fused < body {
        let segment = Segment::new(graph, &model.pieces, fused..body);
        let whole = segment.outputs.iter().map(|id| Region::whole(graph.shape(*id))).collect();
        let mut rest = costs.stage(&segment, &[(crew.finisher, whole)]);
        rest.transfer = 0.0;
        stages.push(rest);
    }
    stages.extend(costs.head(crew.finisher));
    stages
}

/// The devices in bands of as equal numbers as can be: a band is as high as its devices' capacity
/// asks for, a cell in it as wide.
fn grid<'a>(
    costs: &Costs,
    segment: &Segment,
    devices: &[&'a Device],
    bands: usize,
) -> Vec<(&'a Device, Vec<Region>)> {
    let graph = &costs.model.graph;
    let (height, width) = segment.reference(graph).map_or((0, 0), |id| {
        let shape = graph.shape(id);
        (shape.height, shape.width)
    });
    let ends = rows::equal(devices.len() as u32, bands);
    let capacities: Vec<Vec<f64>> = ends
        .windows(2)
        .map(|ends| &devices[ends[0] as usize..ends[1] as usize])
        .map(|band| band.iter().map(|device| device.capacity).collect())
        .collect();
    let heights: Vec<f64> = capacities.iter().map(|band| band.iter().sum()).collect();
    let rows = rows::proportional(height, &heights);
    let cols: Vec<Vec<u32>> =
        capacities.iter().map(|band| rows::proportional(width, band)).collect();
    devices.iter().copied().zip(segment.grid(graph, &rows, &cols)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cluster;
    use convoy_model::zoo;

    const TESTBED: &str =
        "[network]\nmbit = 50\nshared = true\n[[device]]\nname = \"pi\"\ngmacs = 2\ncount = 8\n";

    #[test]
    fn known_totals_of_a_fixed_number_of_pieces_in_strips() {
        let cluster = Cluster::from_toml(TESTBED).unwrap();
        for (id, fused, wanted) in [("vgg16", 7, 6.01), ("yolov2-chain", 18, 6.15)] {
            let model = zoo::model(id).unwrap();
            let costs = Costs { model: &model, cluster: &cluster };
            let crew = Crew::new(&costs, fused).unwrap();
            let total: f64 = split(&costs, &crew, fused, 8).iter().map(Stage::seconds).sum();
            assert!((total / wanted - 1.0).abs() < 0.03, "{id}: {total} is not {wanted}");
            let best: f64 = stages(&costs).unwrap().iter().map(Stage::seconds).sum();
            assert!(best <= total, "{id}: {best}");
        }
    }

    #[test]
    fn devices_fill_bands_of_about_equal_numbers() {
        assert_eq!(bands(8), [8, 4, 3, 2, 1]);
        assert_eq!(bands(7), [7, 4, 3, 2, 1]);
        assert_eq!(bands(1), [1]);
        let model = zoo::model("vgg16").unwrap();
        let mut cluster = Cluster::from_toml(TESTBED).unwrap();
        cluster.devices.truncate(3);
        cluster.devices[0].capacity *= 3.0;
        let costs = Costs { model: &model, cluster: &cluster };
        let crew = Crew::new(&costs, 4).unwrap();
        // Capacities 3 + 1 above, 1 below: 224 x 4/5 rows and 224 x 3/4 columns, at 112 rows.
        let stage = &split(&costs, &crew, 3, 2)[0];
        let parts: Vec<[[u32; 2]; 2]> = stage
            .tiles
            .iter()
            .map(|tile| [tile.regions[0].rows.into(), tile.regions[0].cols.into()])
            .collect();
        assert_eq!(parts, [[[0, 90], [0, 84]], [[0, 90], [84, 112]], [[90, 112], [0, 112]]]);
    }
}
