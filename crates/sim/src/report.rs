//! What came of a run.

use crate::{Played, Room, Stay, Use};
use convoy_plan::play::period;
use convoy_session::{FrameAnswer, FrameError};
use convoy_wire::FrameId;

/// A photograph that was asked about.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// When.
    pub time: f64,
    /// Whether it is no picture.
    pub unreadable: bool,
    /// When it was taken, last where it was asked for again.
    pub taken: Option<f64>,
    /// Why it was refused at once.
    pub refused: Option<FrameError>,
    /// Its number, where it was taken.
    pub frame: Option<FrameId>,
    /// How many times it ended: once, in a right room.
    pub ends: u32,
    /// When it ended.
    pub ended: Option<f64>,
    /// How.
    pub outcome: Option<Result<FrameAnswer, FrameError>>,
}

/// What has come of a run so far.
#[derive(Debug, Clone)]
pub struct Report {
    /// Every photograph, in the order of [`Room::submit_at`].
    pub asked: Vec<Asked>,
    /// Photographs with an answer.
    pub answered: usize,
    /// Photographs that were refused or ended with an error.
    pub failed: usize,
    /// Photographs that were taken and have not ended.
    pub lost: usize,
    /// Everything that must not be: wrong slices or answers, frames that end twice.
    pub violations: Vec<String>,
    /// Times that a frame was sent again.
    pub replayed: u64,
    /// Answers that nobody waited for.
    pub late: u64,
    /// Tensor frames that devices refused, as far as their heartbeats told.
    pub refused: u64,
    /// Slices of a later frame that arrived while a tile was being computed.
    pub received_while_computing: u64,
    /// Most frames in flight at one time.
    pub frames_in_flight_max: u64,
    /// The newest plan's number.
    pub epoch: u32,
    /// Mean seconds between answers, the first quarter left out.
    pub period: Option<f64>,
    /// Mean seconds from photograph to answer.
    pub latency: Option<f64>,
}

impl Room {
    /// The run so far as the bare simulator would tell it: every photograph that was answered, and
    /// what each device did.
    #[must_use]
    pub fn played(&self) -> Played {
        let answered = self.asked.iter().filter(|asked| matches!(asked.outcome, Some(Ok(_))));
        let stay = |asked: &Asked| Some(Stay { arrived: asked.time, answered: asked.ended? });
        let uses = self.machines.iter().enumerate().map(|(index, machine)| {
            let line = self.lines.place(index);
            let (busy, sent, received) = (machine.computed, line.sent, line.received);
            Use { device: machine.id, busy, sent, received }
        });
        Played {
            frames: answered.filter_map(stay).collect(),
            uses: uses.collect(),
            events: self.events(),
            intervals: Vec::new(),
        }
    }

    /// What has come of the run so far.
    #[must_use]
    pub fn report(&self) -> Report {
        let is_answer = |asked: &&Asked| matches!(asked.outcome, Some(Ok(_)));
        let answered: Vec<&Asked> = self.asked.iter().filter(is_answer).collect();
        let open = |asked: &&Asked| asked.refused.is_none() && asked.ends == 0;
        let lost = self.asked.iter().filter(open).count();
        let mut violations = self.violations.clone();
        let twice = self.asked.iter().filter(|asked| asked.ends > 1);
        violations.extend(twice.map(|asked| format!("{:?} ended twice", asked.frame)));

        let times = answered.iter().filter_map(|asked| asked.ended).collect();
        let spent = answered.iter().filter_map(|asked| Some(asked.ended? - asked.time));
        let latency = (!answered.is_empty()).then(|| spent.sum::<f64>() / answered.len() as f64);

        let state = self.state();
        let count = |name: &str| state["counters"][name].as_u64().unwrap_or_default();
        Report {
            answered: answered.len(),
            failed: self.asked.len() - answered.len() - lost,
            lost,
            violations,
            replayed: count("replayed"),
            late: count("late"),
            refused: count("refused"),
            received_while_computing: count("received_while_computing"),
            frames_in_flight_max: count("frames_in_flight_max"),
            epoch: self.plans.keys().next_back().map_or(0, |epoch| epoch.0),
            period: period(times),
            latency,
            asked: self.asked.clone(),
        }
    }
}
