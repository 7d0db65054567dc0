//! A class of thirty for an hour: phones are locked, reloaded and carried out of reach all the time, and every
//! picture is answered once.

use convoy_sim::{Block, Page, Recipe, Rng, Scenario, Trouble, What, Wires};

const PAGES: usize = 30;
const HOUR: f64 = 3600.0;

/// Something happens to one of the pages every twenty seconds or so; each is back after a while.
fn troubles(rng: &mut Rng) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    let mut at = 30.0;
    while at < HOUR - 60.0 {
        // The first page stays, so that somebody can always answer.
        let (page, seconds) = (1 + rng.below(PAGES - 1), rng.between(0.5, 30.0).round());
        let what = match rng.below(6) {
            0 | 1 => What::Reloads { page, seconds },
            2 | 3 => What::Freezes { page, seconds },
            4 => What::CutOff { page, seconds },
            _ => What::Thins { page, times: 0.1, seconds },
        };
        troubles.push(Trouble { at, what });
        at += rng.between(5.0, 35.0).round();
    }
    troubles
}

#[test]
fn thirty_devices_answer_every_picture_of_an_hour_once() {
    let mut rng = Rng::new(30);
    let recipe = Recipe {
        input: (3, 48, 48),
        blocks: vec![
            Block::Conv(8, 3, 1),
            Block::Conv(8, 3, 1),
            Block::Pool,
            Block::Residual,
            Block::Conv(16, 3, 1),
            Block::Pool,
            Block::Conv(16, 3, 1),
        ],
        classes: vec![10],
    };
    let speed = |index: usize| (4e7 / (1.0 + 0.25 * (index % 5) as f64)).round();
    let page = |index: usize| Page {
        joins: 0.1 * index as f64,
        speed: speed(index),
        memory: 1 << 26,
        machine: None,
        line: None,
        odd: Vec::new(),
    };
    let scenario = Scenario {
        seed: 30,
        networks: vec![recipe],
        scheme: "pico".into(),
        pages: (0..PAGES).map(page).collect(),
        wires: Wires {
            bandwidth: 5e6,
            shared: false,
            latency: 0.002,
            connect: (0.3, 1.0),
            noise: (0.05, 0.01),
        },
        planning: 0.2,
        limits: (60.0, 64),
        frames: (0..(HOUR / 2.0) as u32).map(|index| 10.0 + 2.0 * f64::from(index)).collect(),
        troubles: troubles(&mut rng),
        end: HOUR,
        checks: 1.0 / 16.0,
        files: None,
    };
    let verdict = scenario.play();
    assert!(verdict.complaints.is_empty(), "{:#?}", verdict.complaints);
    // An hour in which nothing happens proves nothing.
    let happened = |name: &str| verdict.coverage.happened.get(name).copied().unwrap_or(0);
    println!("{}", verdict.coverage);
    assert_eq!(happened("frame answered"), verdict.coverage.frames);
    assert!(verdict.coverage.frames > 1700 && verdict.coverage.replayed > 0);
}
