//! Which group of a replicated stage takes which frame: the same for everybody, from the plan and the
//! frame's number alone.

use crate::{DeviceId, Plan, Port};

/// Longest sequence of turns of one stage.
pub(crate) const MAX_CYCLE: usize = 256;

/// The sequence of groups of every stage of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turns {
    stages: Vec<Vec<u16>>,
    /// Group and device of every tile.
    tiles: Vec<Vec<(u16, DeviceId)>>,
}

impl Turns {
    /// The turns of a plan.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let tiles = plan
            .stages
            .iter()
            .map(|stage| stage.tiles.iter().map(|tile| (tile.group, tile.device)).collect());
        Self {
            stages: plan.stages.iter().map(|stage| sequence(&stage.turns)).collect(),
            tiles: tiles.collect(),
        }
    }

    /// The group of stage `stage` that takes frame `frame`.
    #[must_use]
    pub fn group(&self, stage: usize, frame: u32) -> u16 {
        let sequence = self.stages.get(stage).map_or(&[][..], Vec::as_slice);
        sequence.get(frame as usize % sequence.len().max(1)).copied().unwrap_or(0)
    }

    /// Whether frame `frame` passes through `port`; the source's it always does.
    #[must_use]
    pub fn serves(&self, port: Port, frame: u32) -> bool {
        let Port::Tile { stage, tile } = port else { return true };
        let stage = usize::from(stage);
        let of = self.tiles.get(stage).and_then(|tiles| tiles.get(usize::from(tile)));
        of.is_some_and(|(group, _)| *group == self.group(stage, frame))
    }

    /// Whether some frame passes through both.
    #[must_use]
    pub(crate) fn meet(&self, a: Port, b: Port) -> bool {
        let of = |port: Port| match port {
            Port::Source => None,
            Port::Tile { stage, tile } => {
                let stage = usize::from(stage);
                Some((self.stages[stage].as_slice(), self.tiles[stage][usize::from(tile)].0))
            }
        };
        let (Some((first, of_first)), Some((second, of_second))) = (of(a), of(b)) else {
            return true;
        };
        let cycle = lcm(first.len() as u64, second.len() as u64) as usize;
        (0..cycle).any(|frame| {
            first[frame % first.len()] == of_first && second[frame % second.len()] == of_second
        })
    }

    /// The device that computes all of frame `frame`, where one does: it had best be its source.
    #[must_use]
    pub fn alone(&self, frame: u32) -> Option<DeviceId> {
        let mut only = None;
        for (stage, tiles) in self.tiles.iter().enumerate() {
            let group = self.group(stage, frame);
            for (_, device) in tiles.iter().filter(|(of, _)| *of == group) {
                if *only.get_or_insert(*device) != *device {
                    return None;
                }
            }
        }
        only
    }

    /// After how many frames everything repeats, as far as that is at most `most`.
    #[must_use]
    pub fn cycle(&self, most: u32) -> u32 {
        let mut cycle: u64 = 1;
        for sequence in &self.stages {
            cycle = lcm(cycle, sequence.len().max(1) as u64).min(u64::from(most));
        }
        cycle as u32
    }
}

/// Groups in turn, those with more turns spread evenly among the others: turn k of a group with w
/// turns lies at `(k + 1/2) / w` of the cycle.
pub(crate) fn sequence(turns: &[u16]) -> Vec<u16> {
    let mut places: Vec<(f64, u16)> = Vec::new();
    for (group, count) in (0..).zip(turns) {
        let place = |turn: u16| ((f64::from(turn) + 0.5) / f64::from(*count), group);
        places.extend((0..*count).map(place));
    }
    places.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    places.into_iter().map(|(_, group)| group).collect()
}

fn lcm(a: u64, b: u64) -> u64 {
    let (mut x, mut y) = (a, b);
    while y > 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}
