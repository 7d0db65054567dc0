//! What the planner says of a plan that a room runs: by its own measurements, and for the cluster as it
//! was built, by both cost models and played in virtual time.

mod shares;

pub use shares::Share;

use anyhow::Context as _;
use convoy_model::Model;
use convoy_plan::play::{Play, Sources, play};
use convoy_plan::{Cluster, Cost, Plan, Prediction, priced};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Pictures of a saturated play, at least.
const SATURATED: usize = 200;

/// Sources as in the room: pages of it, with the wire's headers and parts. Cutting a picture and reading
/// an answer count nothing, as their times are not known beforehand.
const SOURCES: Sources = Sources::Devices { seconds: 0.0, header: 24, part: 60 << 10 };

/// What a room has learnt of what passing on tiles costs, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Learnt {
    /// What a tile takes a device of mean capacity, beside computing it.
    pub passing: f64,
    /// What a stage's slices take longer than by the round trips.
    pub delay: f64,
}

impl Learnt {
    /// As a room's state tells.
    #[must_use]
    pub fn of(state: &Value) -> Self {
        let of = |key: &str| state[key].as_f64().unwrap_or_default();
        Self { passing: of("passing"), delay: of("delay") }
    }
}

/// Period and latency in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// From one answer to the next.
    pub period: f64,
    /// From picture to answer, where nothing waits.
    pub latency: f64,
}

impl Pair {
    fn of(prediction: Prediction) -> Self {
        Self { period: prediction.period, latency: prediction.mean }
    }
}

/// A plan that runs, and what it costs on the cluster as it was built.
#[derive(Debug, Clone)]
pub struct Forecast {
    plan: Plan,
    /// The same plan where passing on tiles costs nothing.
    bare: Plan,
    cluster: Cluster,
    model: Model,
    /// The plan's number in the room.
    pub epoch: u64,
    /// What the room itself predicted, by *overlap*, from what its pages measured.
    pub room: Pair,
}

impl Forecast {
    /// Of the plan that this room state shows, for the cluster as it was built, with what the room had learnt.
    ///
    /// # Errors
    /// A state without a plan, or one that does not fit.
    pub fn new(
        model: &Model,
        built: &Cluster,
        state: &Value,
        learnt: Learnt,
    ) -> anyhow::Result<Self> {
        let shown = read(&state["plan"])?;
        let room = Pair::of(shown.predicted);
        let epoch = state["plan"]["epoch"].as_u64().context("a plan without a number")?;
        let bare = priced(model, built, &shown)?;
        let mut cluster = built.clone();
        cluster.network.latency += learnt.delay;
        let sum: f64 = cluster.devices.iter().map(|device| device.capacity).sum();
        let cost = learnt.passing * sum / cluster.devices.len().max(1) as f64;
        cluster.devices.iter_mut().for_each(|device| device.passing = cost);
        let plan = priced(model, &cluster, &shown)?;
        Ok(Self { plan, bare, cluster, model: model.clone(), epoch, room })
    }

    /// The scheme that made it.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.plan.scheme
    }

    /// How many pictures may be in flight.
    #[must_use]
    pub fn credits(&self) -> usize {
        self.plan.credits()
    }

    /// After how many pictures turns repeat.
    #[must_use]
    pub fn cycle(&self) -> usize {
        convoy_plan::Turns::new(&self.plan).cycle(256) as usize
    }

    /// Stages, each with its number of devices, and groups in turn where there are several: `3+2x4`.
    #[must_use]
    pub fn shape(&self) -> String {
        let stage = |stage: &convoy_plan::Stage| match stage.turns.len() {
            1 => stage.tiles.len().to_string(),
            groups => format!("{groups}x{}", stage.tiles.len().div_ceil(groups)),
        };
        let computing = self.plan.stages.iter().filter(|stage| !stage.gathers());
        computing.map(stage).collect::<Vec<_>>().join("+")
    }

    /// Most tiles that a device has of a mean picture.
    #[must_use]
    pub fn tiles(&self) -> f64 {
        self.plan.tiles_each()
    }

    /// By *overlap*.
    #[must_use]
    pub fn overlap(&self) -> Pair {
        Pair::of(Cost::Overlap.of(&self.plan))
    }

    /// By *overlap*, where passing on a tile costs nothing.
    #[must_use]
    pub fn bare(&self) -> Pair {
        Pair::of(Cost::Overlap.of(&self.bare))
    }

    /// By the paper's cost model, which knows of nothing that passing on a tile costs.
    #[must_use]
    pub fn paper(&self) -> Pair {
        Pair::of(Cost::Paper.of(&self.bare))
    }

    /// Mean latency expected where pictures come at random, `rate` a second; `None` where the plan does
    /// not keep up.
    #[must_use]
    pub fn expected(&self, cost: Cost, rate: f64) -> Option<f64> {
        let plan = if cost == Cost::Paper { &self.bare } else { &self.plan };
        Some(cost.expected(plan, rate)).filter(|seconds| seconds.is_finite())
    }

    /// Period as played where pictures always wait.
    ///
    /// # Errors
    /// A plan that does not fit.
    pub fn played_period(&self) -> anyhow::Result<Option<f64>> {
        let cycle = self.cycle();
        let count = 4 * cycle * SATURATED.div_ceil(4 * cycle);
        let times = std::iter::repeat_n(0.0, count);
        Ok(play(&self.model, &self.cluster, &self.plan, times, &self.how())?.period())
    }

    /// When each of the pictures that come at these times comes, and its latency, as played.
    ///
    /// # Errors
    /// A plan that does not fit.
    pub fn played(&self, times: &[f64]) -> anyhow::Result<Vec<[f64; 2]>> {
        let times = times.iter().copied();
        let played = play(&self.model, &self.cluster, &self.plan, times, &self.how())?;
        Ok(played.frames.iter().map(|stay| [stay.arrived, stay.latency()]).collect())
    }

    fn how(&self) -> Play {
        Play { credits: Some(self.plan.credits()), sources: SOURCES, ..Play::default() }
    }
}

/// The plan of a room's state.
fn read(shown: &Value) -> anyhow::Result<Plan> {
    let mut value = shown.clone();
    let object = value.as_object_mut().context("the room has no plan")?;
    let score = object.remove("score").unwrap_or_default();
    let (period, latency) = (shown["period"].clone(), shown["latency"].clone());
    object.insert(
        "predicted".into(),
        json!({"period": period, "latency": latency, "mean": latency, "serial": period}),
    );
    object.insert("period".into(), score["period"].clone());
    object.insert("latency".into(), score["latency"].clone());
    serde_json::from_value(value).context("the room's plan cannot be read")
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_model::zoo;
    use convoy_plan::{Device, DeviceId, Network, WireFormat, plan};

    pub(super) fn cluster() -> Cluster {
        let network =
            Network { bandwidth: 6.25e6, shared: false, latency: 0.002, wire: WireFormat::Compact };
        let device = |id| Device::new(DeviceId(id), "device", 2e9, 2 << 30);
        Cluster { devices: (1..=4).map(device).collect(), network }
    }

    /// As a room's state shows a plan.
    pub(super) fn shown(plan: &Plan) -> Value {
        let mut value = serde_json::to_value(plan).unwrap();
        value["score"] = json!({"period": plan.period, "latency": plan.latency});
        value["period"] = plan.predicted.period.into();
        value["latency"] = plan.predicted.latency.into();
        value["epoch"] = 3.into();
        json!({ "plan": value })
    }

    #[test]
    fn a_plan_that_a_room_shows_is_the_plan_that_it_runs() {
        let (model, cluster) = (zoo::model("vgg16").unwrap(), cluster());
        for scheme in ["pico", "coedge", "replicated"] {
            let plan = plan(scheme, &model, &cluster, None).unwrap();
            let forecast =
                Forecast::new(&model, &cluster, &shown(&plan), Learnt::default()).unwrap();
            assert_eq!(forecast.plan.stages, plan.stages, "{scheme}");
            assert!((forecast.overlap().period / plan.predicted.period - 1.0).abs() < 1e-9);
            assert!((forecast.paper().period / plan.period - 1.0).abs() < 1e-9);
            assert_eq!(forecast.epoch, 3);
        }
    }

    #[test]
    fn what_passing_on_costs_is_in_the_forecast_alone() {
        let (model, cluster) = (zoo::model("vgg16").unwrap(), cluster());
        let plan = plan("coedge", &model, &cluster, None).unwrap();
        let of = |passing, delay| {
            let learnt = Learnt { passing, delay };
            Forecast::new(&model, &cluster, &shown(&plan), learnt).unwrap()
        };
        let (free, costly, late) = (of(0.0, 0.0), of(0.02, 0.0), of(0.0, 0.02));
        assert_eq!(free.overlap(), free.bare());
        assert_eq!((costly.bare(), costly.paper()), (free.bare(), free.paper()));
        let more = 0.02 * free.tiles();
        let wanted = free.overlap().period + more;
        assert!((costly.overlap().period / wanted - 1.0).abs() < 0.05, "{costly:?}");
        assert_eq!(
            late.overlap().period,
            free.overlap().period,
            "a delay keeps nobody from anything"
        );
        assert!(late.overlap().latency > free.overlap().latency + 0.01 * free.tiles());
        let played = |forecast: &Forecast| forecast.played_period().unwrap().unwrap();
        assert!(played(&costly) > played(&free) + 0.5 * more);
    }

    #[test]
    fn a_room_without_a_plan_has_no_forecast() {
        let (model, cluster) = (zoo::model("vgg16").unwrap(), cluster());
        assert!(
            Forecast::new(&model, &cluster, &json!({"plan": null}), Learnt::default()).is_err()
        );
    }
}
