//! The room's state as `GET /api/rooms/CODE` and the pages show it. `docs/api.md` describes it.

use super::flows::Flow;
use super::member::{Member, Stand};
use super::planning::Carried;
use super::sight::{self, Sight};
use super::{Coordinator, FrameError};
use convoy_model::{NodeId, Segment};
use convoy_plan::{DeviceId, Plan, Prediction};
use convoy_wire::LinkReport;
use serde_json::{Value, json};

impl Coordinator {
    /// The room's state as `GET /api/rooms/CODE` shows it (without `url`, which the host adds).
    #[must_use]
    pub fn state(&self, now: f64) -> Value {
        let devices: Vec<Value> =
            self.members.iter().map(|(id, member)| self.device(now, *id, member)).collect();
        let sum =
            |count: &dyn Fn(&Member) -> u64| -> u64 { self.members.values().map(count).sum() };
        let mut counters = json!(self.measured.counters);
        counters["refused"] = sum(&|member| member.stats.refused).into();
        counters["received_while_computing"] =
            sum(&|member| member.stats.received_while_computing).into();
        counters["in_flight"] = self.frames.in_flight().into();
        counters["waiting"] = self.frames.waiting().into();
        json!({
            "code": self.code,
            "model": self.model.id,
            "title": self.model.title,
            "scheme": self.scheme,
            "latency_limit": self.latency_limit,
            "status": self.status(),
            "devices": devices,
            "plan": self.planning.current.as_ref().and_then(|current| self.plan(current)),
            "front": self.planning.current.as_ref().map(|current| self.front(now, current)),
            "arrival_rate": self.adapting.rate(now),
            "timeline": self.timeline.state(now),
            "measured": { "period": self.measured.period(), "latency": self.measured.latency() },
            "counters": counters,
        })
    }

    fn device(&self, now: f64, id: DeviceId, member: &Member) -> Value {
        let (state, progress) = self.stand(now, id, member);
        let links: Vec<Value> = member.links.values().map(link).collect();
        let benchmark = member.benchmark.as_ref();
        json!({
            "id": id,
            "name": member.hello.name,
            "role": member.hello.role,
            "state": state,
            "progress": progress,
            "problem": member.problem,
            "capacity": benchmark.map(|benchmark| benchmark.capacity),
            "speed": benchmark.map(|_| 1.0 / member.speed.times()),
            "kinds": benchmark.map(|benchmark| &benchmark.kinds),
            "memory": benchmark.map(|benchmark| benchmark.memory),
            "browser": member.hello.features.browser,
            "engine": member.hello.features.engine,
            "hidden": member.stats.hidden,
            "seen": (now - member.hearing.last).max(0.0),
            "line": self.line_state(id),
            "links": links,
            "tiles": member.stats.tiles,
            "busy": member.stats.busy,
            "frames_held": member.stats.frames_held,
        })
    }

    /// One word for how far a page is, and a fraction where there is one.
    pub(super) fn stand(
        &self,
        now: f64,
        id: DeviceId,
        member: &Member,
    ) -> (&'static str, Option<f64>) {
        let has_tile = |plan: &Plan| {
            plan.stages.iter().any(|stage| stage.tiles.iter().any(|tile| tile.device == id))
        };
        match member.stand {
            _ if !member.computes() => ("watching", None),
            _ if member.quarantined => ("quarantined", None),
            _ if member.problem.is_some() => ("unable", None),
            _ if member.hearing.suspected => ("silent", None),
            _ if member.hearing.is_held(now) => ("returning", None),
            Stand::Joined => ("joined", None),
            Stand::Measuring => ("measuring", None),
            // A plan that was drawn by hand goes on without newcomers.
            Stand::Connecting if self.planning.is_by_hand() && self.is_linked(now, id, member) => {
                ("idle", None)
            }
            Stand::Connecting => ("connecting", None),
            Stand::Loading { total: 0, .. } => ("loading", None),
            Stand::Loading { done, total } => ("loading", Some(done as f64 / total as f64)),
            Stand::Ready if self.planning.plan().is_some_and(has_tile) => {
                (if self.planning.running { "computing" } else { "ready" }, None)
            }
            Stand::Ready => ("idle", None),
        }
    }

    fn plan(&self, current: &Carried) -> Option<Value> {
        let (model, graph) = (&self.model, &self.model.graph);
        let plan = current.plan().filter(|plan| plan.model == model.id)?;
        let name = |id: &DeviceId| self.members.get(id).map(|member| &member.hello.name);
        let stages = plan.stages.iter().map(|stage| {
            let run = stage.pieces[0]..stage.pieces[1];
            let outputs = Segment::new(graph, &model.pieces, run.clone()).outputs;
            let sight = Sight::new(model, &outputs, run.end);
            let tiles = stage.tiles.iter().map(|tile| {
                let regions = outputs.iter().zip(&tile.regions).map(|(id, region)| {
                    let node = graph.node(*id);
                    let extent = [node.shape.height, node.shape.width];
                    json!({ "node": node.name, "rows": region.rows, "cols": region.cols, "extent": extent })
                });
                json!({
                    "device": tile.device,
                    "name": name(&tile.device),
                    "group": tile.group,
                    "regions": regions.collect::<Vec<_>>(),
                    "sees": sight.of(graph, &tile.regions),
                    "macs": tile.macs,
                    "compute": tile.compute,
                    "input_bytes": tile.input_bytes,
                    "output_bytes": tile.output_bytes,
                })
            });
            json!({
                "pieces": stage.pieces,
                "layers": model.layer_names(run),
                "turns": stage.turns,
                "tiles": tiles.collect::<Vec<_>>(),
                "compute": stage.compute,
                "transfer": stage.transfer,
            })
        });
        Some(json!({
            "epoch": current.epoch,
            "running": self.planning.running,
            "scheme": plan.scheme,
            "model": plan.model,
            "input": graph.shape(NodeId::INPUT),
            "fit": model.preprocess.fit,
            "macs": sight::macs(model),
            "alone": current.single.as_ref().and_then(|single| {
                let device = single.stages.first()?.tiles.first()?.device;
                let Prediction { period, latency, .. } = single.predicted;
                Some(json!({ "device": device, "name": name(&device), "period": period, "latency": latency }))
            }),
            "stages": stages.collect::<Vec<_>>(),
            "flows": current.flows.iter().map(Flow::state).collect::<Vec<_>>(),
            "period": plan.predicted.period,
            "latency": plan.predicted.latency,
            "score": { "period": plan.period, "latency": plan.latency },
        }))
    }

    /// What there is to choose from, and what of it suits the load. What is infinite is null.
    fn front(&self, now: f64, current: &Carried) -> Value {
        let front = &current.front;
        let switches = self.planning.next.as_ref().filter(|next| next.switches);
        let next = self.adapting.next().or_else(|| switches.map(|next| next.chosen));
        let rate = self.adapting.rate(now);
        let plan = |(index, plan): (usize, &Plan)| {
            let Prediction { period, latency, .. } = front.cost.of(plan);
            let expected = front.expected(index, rate);
            json!({ "period": period, "latency": latency, "expected_latency": expected })
        };
        json!({
            "cost": front.cost,
            "plans": front.plans.iter().enumerate().map(plan).collect::<Vec<_>>(),
            "chosen": current.chosen,
            "next": next,
            "bound": front.bound,
            "exact": front.exact,
        })
    }

    /// What the room is doing, in words.
    pub(super) fn status(&self) -> String {
        let computing: Vec<&Member> =
            self.members.values().filter(|member| member.computes()).collect();
        let count = |stand: &dyn Fn(&Member) -> bool| {
            computing.iter().filter(|member| member.problem.is_none() && stand(member)).count()
        };
        if let Some(problem) = &self.planning.problem {
            return problem.clone();
        }
        if computing.is_empty() {
            return FrameError::NoDevice { url: "this page".into() }.to_string();
        }
        if computing.iter().all(|member| member.problem.is_some()) {
            let first = computing.iter().find_map(|member| member.problem.clone());
            return format!("no device can take part: {}", first.unwrap_or_default());
        }
        if computing.iter().all(|member| member.problem.is_some() || member.hearing.suspected) {
            return "nobody has been heard for a while: are the devices' pages in sight?".into();
        }
        if self.planning.running {
            return match self.planning.devices.len() {
                1 => "one device computes".into(),
                count => format!("{count} devices compute together"),
            };
        }
        if self.planning.is_asked() {
            return "planning".into();
        }
        if self.planning.current.is_some() {
            let loading = count(&|member| matches!(member.stand, Stand::Loading { .. }));
            return format!("fetching weights: {}", devices(loading));
        }
        let measuring = count(&|member| matches!(member.stand, Stand::Joined | Stand::Measuring));
        if measuring > 0 {
            return format!("still to be measured: {}", devices(measuring));
        }
        "devices connect to each other".into()
    }
}

/// A number of devices in words.
fn devices(count: usize) -> String {
    if count == 1 { "one device".into() } else { format!("{count} devices") }
}

fn link(link: &LinkReport) -> Value {
    json!({
        "peer": link.peer,
        "via": link.via,
        "round_trip_ms": link.round_trip.map(|seconds| seconds * 1e3),
        "mbit": link.bandwidth.map(|bytes| bytes * 8.0 / 1e6),
        "sent": link.sent,
        "received": link.received,
    })
}
