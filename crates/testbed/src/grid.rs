//! The paper's questions as cells: how schemes compare by number of devices, by their frequency, by
//! bandwidth, by network, and where the load rises and falls.

use crate::cell::{Cell, GMACS_PER_GHZ};

/// The paper's networks.
const NETWORKS: [&str; 4] = ["vgg16", "yolov2", "resnet34", "inceptionv3"];

/// Those of over 10 GMAC a picture: their plans take so long that messages weigh half as much beside them.
const HEAVY: [&str; 2] = ["vgg16", "yolov2"];

/// The unequal cluster: 2 x 1.2, 2 x 0.8, 4 x 0.6 GHz.
const MIXED: [f64; 8] = [1.2, 1.2, 0.8, 0.8, 0.6, 0.6, 0.6, 0.6];

/// What is compared where not every scheme is: the paper's four, ours, and the two simple
/// ones; `best` also within a limit.
const COMPARED: [&str; 7] =
    ["single", "replicated", "layer-wise", "optimal-fused", "pico", "best", "best@0.66"];

/// Loads at which latency is measured, as parts of what `pico` can do.
const LOADS: [f64; 3] = [0.3, 0.6, 0.9];

/// A load that rises and falls.
const WAVE: [f64; 7] = [0.1, 0.3, 0.6, 0.9, 0.6, 0.3, 0.1];

/// All cells, every name once.
#[must_use]
pub fn paper() -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for network in NETWORKS {
        // Devices, 1.0 GHz, and the network's whole comparison with eight.
        for devices in 1..=8 {
            cells.push(cell(network, "1.0", &vec![1.0; devices], 50.0));
        }
        // Frequency, four devices: less than eight leave the machine room at 1.5 GHz.
        for (word, ghz) in [("0.6", 0.6), ("0.8", 0.8), ("1.2", 1.2), ("1.5", 1.5)] {
            cells.push(cell(network, word, &[ghz; 4], 50.0));
        }
        // Bandwidth, on the unequal cluster.
        for mbit in [10.0, 50.0, 100.0] {
            cells.push(cell(network, "mixed", &MIXED, mbit));
        }
    }
    for cell in &mut cells {
        if cell.pace.len() == 8 && cell.mbit == 50.0 {
            cell.schemes = vec!["all".into(), "best@0.66".into()];
            cell.loads = LOADS.to_vec();
        }
    }
    // The load that rises and falls.
    for network in ["vgg16", "resnet34"] {
        let mut wave = cell(network, "mixed", &MIXED, 50.0);
        wave.name.push_str("-wave");
        wave.schemes = ["single", "replicated", "optimal-fused", "coedge", "pico", "apico", "best"]
            .map(str::to_owned)
            .to_vec();
        wave.wave = WAVE.to_vec();
        cells.push(wave);
    }
    // The medium that all share, as the paper's Wi-Fi.
    for network in NETWORKS {
        let mut shared = cell(network, "1.0", &[1.0; 8], 50.0);
        shared.name.push_str("-shared");
        shared.shared = true;
        shared.schemes = vec!["all".into(), "best@0.66".into()];
        cells.push(shared);
    }
    cells
}

fn cell(network: &str, word: &str, ghz: &[f64], mbit: f64) -> Cell {
    Cell {
        name: format!("{network}-{}x{word}-{mbit}", ghz.len()),
        model: network.into(),
        pace: ghz.iter().map(|ghz| ghz * GMACS_PER_GHZ).collect(),
        cpu: Vec::new(),
        mbit,
        shared: false,
        schemes: COMPARED.map(str::to_owned).to_vec(),
        rates: Vec::new(),
        loads: Vec::new(),
        wave: Vec::new(),
        frames: 20,
        slower: ghz.len() as f64 / if HEAVY.contains(&network) { 4.0 } else { 2.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_cells_can_be_measured_and_have_names_of_their_own() {
        let cells = paper();
        assert_eq!(cells.len(), 66);
        for (index, cell) in cells.iter().enumerate() {
            cell.check().unwrap();
            assert!(cells[..index].iter().all(|other| other.name != cell.name), "{}", cell.name);
            let sum: f64 = cell.pace.iter().sum();
            let played: f64 = cell.clone().in_motion().pace.iter().sum();
            assert!(
                sum <= 16.0 && played <= 16.0,
                "{} wants {played} GMAC/s of one machine",
                cell.name
            );
        }
    }
}
