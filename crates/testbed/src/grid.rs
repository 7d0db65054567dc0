//! The paper's questions as cells: how schemes compare by number of devices, by their frequency, by
//! bandwidth, by network, and where the load rises and falls.

use crate::cell::{Cell, GMACS_PER_GHZ};

/// The paper's networks.
const NETWORKS: [&str; 4] = ["vgg16", "yolov2", "resnet34", "inceptionv3"];

/// Those of over 10 GMAC a picture: messages weigh half as much beside their computing.
const HEAVY: [&str; 2] = ["vgg16", "yolov2"];

/// The unequal cluster: 2 x 1.2, 2 x 0.8, 4 x 0.6 GHz.
const MIXED: [f64; 8] = [1.2, 1.2, 0.8, 0.8, 0.6, 0.6, 0.6, 0.6];

/// What is compared everywhere: the paper's scheme, and ours.
const PAIR: &[&str] = &["pico", "best"];

/// The same beside the best of the paper's rivals.
const BRIEF: &[&str] = &["pico", "best", "optimal-fused"];

/// What is compared on the unequal cluster and on one medium.
const COMPARED: &[&str] = &["pico", "best", "optimal-fused", "single", "coedge", "best@0.66"];

/// It passes on every map: with eight devices 50 MB a picture of a heavy network, for which the machine needs a dozen
/// seconds. So that is measured in slower motion.
const LAYERED: &str = "layer-wise";
const SLOWER: f64 = 2.0;

/// Where every scheme is; `apico` is one for loads that change.
const ALL: &[&str] = &[
    "pico",
    "best",
    "optimal-fused",
    "single",
    "coedge",
    "best@0.66",
    "early-fused",
    "replicated",
    LAYERED,
];

/// GMAC/s of a machine of two cores, less than half of what they do.
const MACHINE: f64 = 16.0;

/// GMAC/s of one page among several: no engine keeps a faster pace in every kind of layer, and what takes a page as long in any
/// motion, such as reading a photograph, would keep it busy for too much of the time.
const PAGE: f64 = 4.0;

/// Loads at which latency is measured, as parts of what `pico` can do; and the network with which, and with whose
/// load that rises and falls.
const LOADED: &str = "resnet34";
const LOADS: [f64; 2] = [0.3, 0.9];

/// A load that rises and falls, and pictures of each step: with few it is left to chance, and over before a room can
/// know of it.
const WAVE: [f64; 5] = [0.3, 0.6, 0.9, 0.6, 0.3];
const STEP: usize = 32;

/// All cells, every name once: 59, in over nine hours ([`crate::duration`]).
#[must_use]
pub fn paper() -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for network in NETWORKS {
        // Devices, 1.0 GHz, and the network's whole comparison with eight.
        for devices in [1, 2, 3, 4, 6] {
            let schemes = if devices < 4 { PAIR } else { BRIEF };
            cells.push(cell(network, "1.0", &vec![1.0; devices], 50.0, schemes));
        }
        let mut whole = cell(network, "1.0", &[1.0; 8], 50.0, ALL);
        if HEAVY.contains(&network) {
            whole.schemes.retain(|scheme| scheme != LAYERED);
            let (schemes, slower) = (vec![LAYERED.to_owned()], SLOWER * whole.slower);
            cells.push(Cell { schemes, slower, ..whole.clone() });
        }
        let loads = if network == LOADED { LOADS.to_vec() } else { Vec::new() };
        cells.push(Cell { loads, ..whole });
        // Frequency, four devices: less than eight leave the machine room at 1.5 GHz.
        for (word, ghz) in [("0.6", 0.6), ("0.8", 0.8), ("1.2", 1.2), ("1.5", 1.5)] {
            cells.push(cell(network, word, &[ghz; 4], 50.0, PAIR));
        }
        // Bandwidth, on the unequal cluster.
        for (mbit, schemes) in [(10.0, PAIR), (50.0, COMPARED), (100.0, PAIR)] {
            cells.push(cell(network, "mixed", &MIXED, mbit, schemes));
        }
    }
    // The load that rises and falls.
    let wave = cell(LOADED, "mixed", &MIXED, 50.0, &["coedge", "best", "apico"]);
    let name = format!("{}-wave", wave.name);
    cells.push(Cell { name, wave: WAVE.to_vec(), frames: STEP, ..wave });
    // The medium that all share, as the paper's Wi-Fi.
    for network in NETWORKS {
        let shared = cell(network, "1.0", &[1.0; 8], 50.0, COMPARED);
        cells.push(Cell { name: format!("{}-shared", shared.name), shared: true, ..shared });
    }
    cells
}

fn cell(network: &str, word: &str, ghz: &[f64], mbit: f64, schemes: &[&str]) -> Cell {
    Cell {
        name: format!("{network}-{}x{word}-{mbit}", ghz.len()),
        model: network.into(),
        pace: ghz.iter().map(|ghz| ghz * GMACS_PER_GHZ).collect(),
        cpu: Vec::new(),
        mbit,
        shared: false,
        schemes: schemes.iter().map(|name| (*name).to_owned()).collect(),
        rates: Vec::new(),
        loads: Vec::new(),
        wave: Vec::new(),
        frames: 5,
        slower: motion(network, ghz),
    }
}

/// How many times slower a cell runs so that messages do not fill the machine: with the number of devices grow both
/// the messages of a picture and the pictures a second. Less than eight run faster than they would, as far as two cores
/// compute it.
fn motion(network: &str, ghz: &[f64]) -> f64 {
    let heavy = HEAVY.contains(&network);
    // The unequal cluster computes less, so it sends less.
    let equal = ghz.iter().all(|it| *it == ghz[0]);
    let messages = (ghz.len() * ghz.len()) as f64
        / if heavy { 32.0 } else { 16.0 }
        / if equal { 1.0 } else { 2.0 };
    let computing = ghz.iter().sum::<f64>() * GMACS_PER_GHZ / MACHINE;
    // A page on its own has nobody to be late for.
    let others = if ghz.len() > 1 { ghz[0] * GMACS_PER_GHZ / PAGE } else { 0.0 };
    messages.max(computing).max(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_cells_can_be_measured_and_have_names_of_their_own() {
        let cells = paper();
        assert_eq!(cells.len(), 59);
        for (index, cell) in cells.iter().enumerate() {
            cell.check().unwrap();
            let name = &cell.clone().in_motion().name;
            let mut names = cells[..index].iter().map(|other| other.clone().in_motion().name);
            assert!(names.all(|other| other != *name), "{name}");
            let sum: f64 = cell.pace.iter().sum();
            let played = cell.clone().in_motion().pace;
            let all: f64 = played.iter().sum();
            assert!(
                sum <= 16.0 && all <= MACHINE + 1e-9,
                "{} wants {all} GMAC/s of one machine",
                cell.name
            );
            let fastest = played.iter().copied().fold(0.0, f64::max);
            assert!(
                played.len() == 1 || fastest <= PAGE + 1e-9,
                "{} wants {fastest} GMAC/s of one page",
                cell.name
            );
        }
    }
}
