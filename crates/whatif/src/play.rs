//! The room and its pictures.

use crate::draft::{self, DraftError};
use crate::wishes::{Wish, Wishes, WishesError};
use convoy_model::Model;
use convoy_plan::DeviceId;
use convoy_sim::{DeviceSpec, NetworkSpec, Room};
use serde_json::json;
use std::sync::Arc;

/// Where random numbers begin: one question has one answer.
const SEED: u64 = 1;

/// Seconds that pass with each look of the planner at its clock. It looks some hundred times within
/// what a server lets it plan, on every machine alike.
const LOOK: f64 = 0.02;

/// Seconds within which a room has measured and linked its devices and made a plan, if it can.
const READY: f64 = 60.0;

/// Pictures that are under way at most, as from a real page: what comes meanwhile is left out.
const MOST: usize = 12;

/// Seconds between two looks whether another picture can be taken.
const STEP: f64 = 0.02;

/// Seconds that pass at once at most: more would keep the page waiting.
const LONGEST: f64 = 60.0;

pub(crate) struct Play {
    room: Room,
    /// Devices that have come.
    count: usize,
    /// When the next picture comes.
    next: f64,
    /// Pictures that have not ended.
    under_way: Vec<usize>,
}

impl Play {
    /// The room at the moment when its first plan runs, or when there should be one.
    pub(crate) fn new(model: &Arc<Model>, wishes: &str) -> Result<Self, WishesError> {
        let wishes = Wishes::read(wishes)?;
        let cluster = wishes.cluster();
        let specs: Vec<DeviceSpec> = cluster.devices.iter().map(DeviceSpec::of).collect();
        let count = specs.len();
        let network = NetworkSpec::of(&cluster.network);
        let mut room = Room::new(SEED, model, &wishes.scheme, [], network);
        room.measure();
        room.set_look(LOOK);
        if wishes.latency_limit.is_some() {
            room.set_scheme_within_at(0.0, &wishes.scheme, wishes.latency_limit);
        }
        for spec in specs {
            room.join_at(0.0, spec);
        }
        let mut play = Self { room, count, next: 0.0, under_way: Vec::new() };
        while play.room.now() < READY && !play.runs() {
            play.room.run_until(play.room.now() + 0.5);
        }
        play.next = play.room.now();
        Ok(play)
    }

    /// Whether a plan runs.
    fn runs(&self) -> bool {
        self.room.state()["plan"]["running"].as_bool().unwrap_or_default()
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, seconds: f64, rate: Option<f64>) {
        let end = self.room.now() + seconds.clamp(0.0, LONGEST);
        while self.room.now() < end {
            let now = self.room.now();
            self.under_way.retain(|asked| !self.room.has_ended(*asked));
            let places = MOST.saturating_sub(self.under_way.len());
            match rate.filter(|rate| *rate > 0.0) {
                Some(rate) => {
                    self.next = self.next.max(now);
                    if self.next < now + STEP {
                        if places > 0 {
                            self.take(self.next);
                        }
                        self.next += 1.0 / rate;
                    }
                }
                None => (0..places).for_each(|_| self.take(now)),
            }
            self.room.run_until((now + STEP).min(end));
        }
    }

    fn take(&mut self, time: f64) {
        self.under_way.push(self.room.submit_at(time));
    }

    /// As the server's API shows it.
    pub(crate) fn state(&self) -> String {
        self.room.state().to_string()
    }

    pub(crate) fn join(&mut self, device: &str) -> Result<(), WishesError> {
        let wish = Wish::read(device)?;
        let id = DeviceId(self.count as u32);
        self.count = 1 + self.room.join_at(self.room.now(), DeviceSpec::of(&wish.device(id)));
        Ok(())
    }

    pub(crate) fn leave(&mut self, id: u32) {
        if let Some(index) = self.index(id) {
            self.room.leave_at(self.room.now(), index);
        }
    }

    pub(crate) fn slow_down(&mut self, id: u32, times: f64) {
        if let Some(index) = self.index(id).filter(|_| times > 0.0 && times.is_finite()) {
            self.room.slow_down_at(self.room.now(), index, times);
        }
    }

    pub(crate) fn set_scheme(&mut self, scheme: &str, limit: Option<f64>) {
        self.room.set_scheme_within_at(self.room.now(), scheme, limit.filter(|limit| *limit > 0.0));
    }

    /// As the server's API shows it.
    pub(crate) fn drawing(&self) -> Option<String> {
        let (epoch, drawing) = self.room.drawing()?;
        let shown = json!({ "epoch": epoch, "plan": drawing.plan, "cluster": drawing.cluster });
        Some(shown.to_string())
    }

    pub(crate) fn draw(&mut self, drawn: &str) -> Result<(), DraftError> {
        let (epoch, drawn) = draft::read(drawn)?;
        Ok(self.room.draw(epoch, &drawn)?)
    }

    /// The index of a device, by its number in the room.
    fn index(&self, id: u32) -> Option<usize> {
        (0..self.count).find(|index| self.room.id(*index) == Some(DeviceId(id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_model::catalog::Catalog;
    use serde_json::Value;

    fn play(model: &str, scheme: &str, gmacs: &[f64]) -> Play {
        let device = |(index, gmacs): (usize, &f64)| json!({ "name": format!("d{index}"), "gmacs": gmacs, "mbit": null, "memory_mb": 1024 });
        let wishes = json!({
            "scheme": scheme,
            "latency_limit": null,
            "network": { "mbit": 100, "shared": false, "latency_ms": 2 },
            "devices": gmacs.iter().enumerate().map(device).collect::<Vec<_>>(),
        });
        Play::new(&Catalog::zoo().model(model).unwrap(), &wishes.to_string()).unwrap()
    }

    fn state(play: &Play) -> Value {
        serde_json::from_str(&play.state()).unwrap()
    }

    #[test]
    fn what_is_played_is_what_was_predicted() {
        let mut play = play("vgg16", "pico", &[2.0; 4]);
        assert_eq!(state(&play)["plan"]["running"], true);
        play.pass(120.0, None);
        play.pass(60.0, None);
        let state = state(&play);
        let measured = state["measured"]["period"].as_f64().unwrap();
        let predicted = state["plan"]["period"].as_f64().unwrap();
        assert!((measured / predicted - 1.0).abs() < 0.1, "{measured} and {predicted}");
        assert!(predicted < state["plan"]["alone"]["period"].as_f64().unwrap());
        assert!(state["timeline"]["tiles"].as_array().unwrap().len() > 4);
    }

    #[test]
    fn pictures_come_at_the_rate_and_no_more_than_can_be_under_way() {
        let mut play = play("vgg16", "pico", &[2.0, 1.0]);
        play.pass(15.0, Some(0.05));
        assert_eq!(state(&play)["counters"]["submitted"], 1);
        play.pass(20.0, Some(20.0));
        let counters = state(&play)["counters"].clone();
        let [submitted, answered] =
            ["submitted", "answered"].map(|name| counters[name].as_u64().unwrap());
        assert!(submitted - answered <= MOST as u64 && submitted < 40, "{counters}");
    }

    #[test]
    fn devices_come_and_go_and_the_plan_follows() {
        let mut play = play("vgg16", "pico", &[2.0, 2.0]);
        play.pass(10.0, None);
        play.join(
            &json!({ "name": "late", "gmacs": 4, "mbit": 50, "memory_mb": 1024 }).to_string(),
        )
        .unwrap();
        play.pass(40.0, None);
        let with = state(&play);
        assert_eq!(with["devices"].as_array().unwrap().len(), 3);
        assert!(with["plan"].to_string().contains("\"late\""));
        let id = with["devices"][2]["id"].as_u64().unwrap() as u32;
        play.leave(id);
        play.pass(40.0, None);
        let without = state(&play);
        assert_eq!(without["devices"].as_array().unwrap().len(), 2);
        assert_eq!(without["counters"]["failed"], 0);
        play.set_scheme("single", None);
        play.pass(60.0, None);
        assert_eq!(state(&play)["plan"]["scheme"], "single");
    }

    #[test]
    fn what_was_drawn_runs_and_is_what_was_foreseen() {
        let mut play = play("vgg16", "optimal-fused", &[2.0, 2.0]);
        play.pass(1.0, Some(0.1));
        let drawing = play.drawing().unwrap();
        let epoch = serde_json::from_str::<Value>(&drawing).unwrap()["epoch"].clone();
        let before = state(&play);
        let mut parts: Vec<Value> = before["plan"]["stages"][0]["tiles"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tile| json!({ "rows": tile["regions"][0]["rows"], "cols": tile["regions"][0]["cols"] }))
            .collect();
        let line = parts[0]["rows"][1].as_u64().unwrap() - 2;
        parts[0]["rows"][1] = line.into();
        parts[1]["rows"][0] = line.into();
        let drawn = json!({ "epoch": epoch, "stage": 0, "tiles": parts }).to_string();
        let manifest = Catalog::zoo().manifest("vgg16").unwrap();
        let draft = draft::Foreseen::new(&manifest, &drawing).unwrap();
        let foreseen: Value = serde_json::from_str(&draft.foresee(&drawn).unwrap()).unwrap();
        for what in ["period", "latency"] {
            assert_eq!(foreseen["present"][what], before["plan"][what]);
        }
        assert_ne!(foreseen["changed"], foreseen["present"]);
        play.draw(&drawn).unwrap();
        play.pass(20.0, Some(0.1));
        let after = state(&play);
        assert_eq!(after["plan"]["scheme"], "by-hand");
        assert_eq!(after["plan"]["period"], foreseen["changed"]["period"]);
        assert!(play.draw(&drawn).unwrap_err().to_string().contains("another plan"));
        assert!(draft.foresee("{}").is_err());
    }

    #[test]
    fn a_question_that_makes_no_sense_is_answered_in_words() {
        let model = Catalog::zoo().model("vgg16").unwrap();
        let network = json!({ "mbit": 100, "shared": false, "latency_ms": 2 });
        for (wishes, word) in [
            (json!({}), "missing"),
            (json!({ "scheme": "pico", "network": network, "devices": [] }), "1 to 32"),
            (
                json!({ "scheme": "pico", "network": network,
                     "devices": [{ "name": "a", "gmacs": -1, "memory_mb": 1 }] }),
                "GMAC/s of a",
            ),
        ] {
            let error = Play::new(&model, &wishes.to_string()).err().unwrap().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
