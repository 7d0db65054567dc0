//! Scenarios at random. Most rooms are small and have a few troubles, so that thousands of them are
//! played in a minute and what went wrong is read in one.

use super::play::all_macs;
use super::{Block, Odd, Page, Recipe, Scenario, Trouble, What, Wires};
use crate::{Garbage, Mishap, Rng};
use convoy_plan::SCHEMES;

/// Seconds before which nothing goes wrong, as a rule: the room makes its first plan.
const EARLY: f64 = 2.0;

impl Scenario {
    /// The scenario of a seed.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        // Neighbouring seeds must have nothing in common.
        let mut rng = Rng::new(seed ^ 0x7363_656E_6172_696F);
        rng.next();
        let rng = &mut rng;
        let count = 1 + rng.below(3) + if rng.chance(0.5) { rng.below(3) } else { rng.below(10) };
        let networks: Vec<Recipe> = (0..2).map(|_| network(rng)).collect();
        let end = round(rng.between(6.0, 16.0));
        let pages = pages(rng, count, &networks, end);
        let frames = frames(rng, end);
        let mut troubles: Vec<Trouble> = Vec::new();
        for _ in 0..rng.below(8) {
            let at = if rng.chance(0.15) { 0.0 } else { EARLY };
            let at = round(rng.between(at, end - 1.0));
            let what = trouble(rng, count, frames.len(), end - at);
            troubles.extend(what.map(|what| Trouble { at, what }));
        }
        troubles.sort_by(|a, b| a.at.total_cmp(&b.at));
        Self {
            seed: rng.next() >> 32,
            networks,
            scheme: scheme(rng),
            pages,
            wires: wires(rng),
            planning: if rng.chance(0.5) { 0.0 } else { round(rng.between(0.0, 1.5)) },
            limits: ([40.0, 60.0, 120.0][rng.below(3)], [6, 20, 64][rng.below(3)]),
            frames,
            troubles,
            end,
            checks: [0.0, 0.25, 1.0][rng.below(3)],
            files: rng.chance(0.4).then(|| round(rng.between(0.05, 1.0))),
        }
    }
}

fn network(rng: &mut Rng) -> Recipe {
    // Now and then slices of more than one part.
    let extent = if rng.chance(0.12) { 150 + rng.below(90) } else { 10 + rng.below(40) } as u32;
    let input = (1 + rng.below(3) as u32, extent, extent + rng.below(8) as u32);
    let filters = |rng: &mut Rng| 1 + rng.below(10) as u32;
    let block = |rng: &mut Rng| match rng.below(9) {
        0 => Block::Pool,
        1 => Block::Residual,
        2 => Block::Fork(filters(rng), filters(rng)),
        3 => Block::Conv(filters(rng), 3, 2),
        _ => Block::Conv(filters(rng), [1, 3, 3, 5][rng.below(4)], 1),
    };
    let mut blocks: Vec<Block> = (0..1 + rng.below(6)).map(|_| block(rng)).collect();
    let mut classes = Vec::new();
    if rng.chance(0.5) {
        if extent > 60 || rng.chance(0.4) {
            blocks.push(Block::Mean);
        }
        classes = (0..1 + rng.below(3)).map(|_| 2 + rng.below(60) as u32).collect();
    }
    Recipe { input, blocks, classes }
}

fn scheme(rng: &mut Rng) -> String {
    // The product's own more often than the others.
    let own = rng.chance(0.25);
    if own { "best".into() } else { SCHEMES[rng.below(SCHEMES.len())].into() }
}

fn pages(rng: &mut Rng, count: usize, networks: &[Recipe], end: f64) -> Vec<Page> {
    let models = networks.iter().map(|network| network.model("any"));
    let cost = |model: &convoy_model::Model| {
        let nodes = model.graph.nodes.len() as u32;
        let weights = 4 * convoy_model::weights::parameter_count(&model.graph, 0..nodes);
        (all_macs(model).max(1000.0), weights)
    };
    let costs: Vec<(f64, u64)> = models.map(|model| cost(&model)).collect();
    let macs = costs.iter().map(|cost| cost.0).fold(0.0, f64::max);
    let weights = costs.iter().map(|cost| cost.1).max().unwrap_or(0);
    let base = rng.between(0.03, 0.4);
    let scarce = rng.chance(0.2);
    let page = |index: usize, rng: &mut Rng| {
        let late = index > 0 && rng.chance(0.2);
        let line = rng.chance(0.15);
        let line = line.then(|| (round(rng.between(3e5, 1e7)), round(rng.between(3e5, 1e7))));
        let odd = match rng.below(60) {
            0 => vec![Odd::Watches],
            1..=4 => vec![Odd::Relays],
            5 => vec![Odd::NeverMeasured],
            6 => vec![Odd::NeverLoaded],
            7 => vec![Odd::BadWeights],
            _ => Vec::new(),
        };
        let small = index > 0 && scarce;
        let share = if small { rng.between(0.1, 1.2) } else { 8.0 };
        Page {
            joins: if late { round(rng.between(0.0, end - 1.0)) } else { 0.0 },
            speed: (macs / base / rng.between(1.0, 5.0)).round(),
            memory: 64 + (share * weights as f64) as u64,
            machine: rng.chance(0.1).then_some(0),
            line,
            // Somebody is sound.
            odd: if index == 0 { Vec::new() } else { odd },
        }
    };
    (0..count).map(|index| page(index, rng)).collect()
}

/// Load that rises and falls: a few stretches of different rates.
fn frames(rng: &mut Rng, end: f64) -> Vec<f64> {
    let mut frames = Vec::new();
    let mut time = rng.between(0.0, 4.0);
    for _ in 0..1 + rng.below(3) {
        let rate = [0.5, 2.0, 6.0, 25.0][rng.below(4)];
        let until = time + rng.between(0.3, 4.0);
        while time < until.min(end) && frames.len() < 60 {
            frames.push(round(time));
            time -= (1.0 - rng.fraction()).ln() / rate;
        }
        time = time.max(until);
    }
    frames
}

fn wires(rng: &mut Rng) -> Wires {
    let fallback = if rng.chance(0.2) { rng.between(3.0, 9.0) } else { 1.0 };
    let noisy = rng.chance(0.3);
    Wires {
        bandwidth: [5e5, 2e6, 1e7][rng.below(3)],
        shared: rng.chance(0.2),
        latency: [0.0005, 0.002, 0.01, 0.05][rng.below(4)],
        connect: (round(rng.between(0.05, 0.5)), round(fallback)),
        noise: if noisy { (round(rng.between(0.0, 0.3)), 0.05) } else { (0.0, 0.0) },
    }
}

/// Something that goes wrong, with `left` seconds for it.
fn trouble(rng: &mut Rng, pages: usize, frames: usize, left: f64) -> Option<What> {
    let page = rng.below(pages);
    // The first page stays sound, so that somebody can always answer.
    let other = (pages > 1).then(|| 1 + rng.below(pages.max(2) - 1));
    let frame = (frames > 0).then(|| rng.below(frames));
    let seconds = round(rng.between(0.2, left.max(0.3)));
    Some(match rng.below(25) {
        0 => What::Leaves { page: other? },
        1 | 2 => What::Dies { page: other? },
        3 => What::Vanishes { page: other? },
        4 => What::SourceDies,
        5 => What::Freezes { page, seconds },
        // Longer than the server waits.
        6 => What::Freezes { page, seconds: round(seconds + 15.0) },
        7 | 8 => What::Reloads { page, seconds: round(rng.between(0.3, 4.0)) },
        9 => What::ServerRestarts { seconds: round(rng.between(0.5, 4.0)) },
        10 => What::CutOff { page, seconds },
        11 => What::CutOff { page, seconds: round(seconds + 15.0) },
        12 => What::LinkBreaks { pages: (page, other.filter(|other| *other != page)?) },
        13..=15 => {
            let most = round(rng.between(0.01, 3.0));
            // What a browser never does is seldom.
            let mishap = match rng.below(12) {
                0..=4 => Mishap::Late(most),
                5..=8 => Mishap::Twice(most),
                9 => Mishap::Lost,
                10 => Mishap::Corrupt,
                _ => Mishap::Truncated,
            };
            let kind = matches!(mishap, Mishap::Late(_) | Mishap::Twice(_));
            let chance = if kind { rng.between(0.1, 1.0) } else { rng.between(0.02, 0.3) };
            let from = rng.chance(0.6).then_some(page);
            let to = other.filter(|_| rng.chance(0.4));
            What::Weather { from, to, mishap, chance: round(chance), seconds }
        }
        16 => match rng.below(4) {
            0 => What::Thins { page, times: round(rng.between(0.05, 0.7)), seconds },
            1 => What::Slows { page, times: 1.0 },
            _ => What::Slows { page, times: round(rng.between(1.5, 8.0)) },
        },
        17 => {
            let times = round(rng.between(0.5, 2.0));
            What::Clock { page, ahead: round(rng.between(0.0, 1000.0)), times }
        }
        18 => What::Lies { page: other?, seconds },
        19 => {
            let kinds = [Garbage::Bytes, Garbage::Frame, Garbage::Control, Garbage::Answer];
            What::Garbage { page: other?, kind: kinds[rng.below(4)], count: 20 }
        }
        20 => What::Hides { page },
        21 => What::WeightsSpoil { page: other? },
        22 => What::Network { network: rng.below(2) },
        23 => {
            let limit = rng.chance(0.3).then(|| round(rng.between(0.05, 3.0)));
            What::Scheme { scheme: scheme(rng), limit }
        }
        _ if rng.chance(0.5) => What::HangUp { frame: frame? },
        _ => What::NoPicture { frame: frame? },
    })
}

/// A number that is short to write.
fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
