//! Every scheme in a room of four pages: the right answer, by the tiles and over the links that the
//! plan says, and no others.

use crate::sharing::{FOUR, is_espresso};
use anyhow::{Context, Result, ensure};
use convoy_model::{Answer, Model};
use convoy_plan::{DeviceId, Plan, Port, SCHEMES, Turns, WireFormat, edges};
use convoy_tests::{Room, list};
use convoy_wire::{HEADER, PART};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Pictures by each scheme: groups in turn have theirs.
const FRAMES: usize = 3;

/// A network of so few layers that every plan for four pages can be tried.
const SMALL: &str = "mnist";

#[test]
fn every_scheme_computes_the_tiles_and_uses_the_links_of_its_plan() -> Result<()> {
    let schemes = SCHEMES.iter().copied().filter(|scheme| *scheme != "exhaustive");
    follow_their_plans("squeezenet1.1", schemes, is_espresso)
}

#[test]
fn exhaustive_computes_the_tiles_and_uses_the_links_of_its_plan() -> Result<()> {
    follow_their_plans(SMALL, ["single", "exhaustive"].into_iter(), |_| ())
}

/// Runs each scheme in one room of four pages; `is_right` looks at each answer.
fn follow_their_plans<'a>(
    id: &str,
    schemes: impl Iterator<Item = &'a str>,
    is_right: impl Fn(&Value),
) -> Result<()> {
    let model = model(id)?;
    // A spot check would send slices once more.
    let mut room = Room::start_with(id, "single", &["--checks", "0"])?;
    room.open(FOUR)?;
    let first = room.ready(4)?;
    let mut before = Counts::of(&first);
    let mut epoch = first["plan"]["epoch"].as_u64();
    let mut alone: Option<Answer> = None;
    for scheme in schemes {
        room.api.set_scheme(&room.code, scheme)?;
        // The plan before goes on until the new one takes over, also where the scheme is the same.
        let runs = room.wait(&format!("a new plan of {scheme} that runs"), |state| {
            let plan = &state["plan"];
            let runs = plan["running"].as_bool() == Some(true);
            plan["scheme"] == scheme && runs && plan["epoch"].as_u64() > epoch
        })?;
        epoch = runs["plan"]["epoch"].as_u64();
        let mut wanted = before.clone();
        for _ in 0..FRAMES {
            let answer = room.infer("coffee.jpg")?;
            is_right(&answer);
            // Schemes with several plans may change between them.
            let of = |state: &Value| state["plan"]["epoch"] == answer["epoch"];
            let plan = plan(&room.wait("the plan of an answer", of)?)?;
            ensure!(plan.scheme == scheme, "{scheme} is asked for, {} runs", plan.scheme);
            let read: Answer = serde_json::from_value(answer.clone())?;
            let alone = alone.get_or_insert_with(|| read.clone());
            let agrees = convoy_picture::answer::agrees(&read, alone);
            agrees.map_err(|problem| anyhow::anyhow!("{scheme}: {problem}"))?;
            wanted.add(&model, &plan, &answer)?;
        }
        // Pages report once a second.
        let said = format!("what {scheme} was to do: {wanted:?}");
        let state = room.wait(&said, |state| Counts::of(state) == wanted)?;
        before = Counts::of(&state);
    }
    Ok(())
}

/// What pages have done so far.
#[derive(Debug, Clone, Default, PartialEq)]
struct Counts {
    /// Tiles by each page.
    tiles: BTreeMap<u64, u64>,
    /// Bytes of slices from one page to another.
    sent: BTreeMap<(u64, u64), u64>,
}

impl Counts {
    /// As the pages report; what is 0 is left out.
    fn of(state: &Value) -> Self {
        let mut counts = Self::default();
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        for device in list(&state["devices"]) {
            counts.tiles.insert(number(&device["id"]), number(&device["tiles"]));
            for link in list(&device["links"]) {
                let ends = (number(&device["id"]), number(&link["peer"]));
                counts.sent.insert(ends, number(&link["sent"]));
            }
        }
        counts.tiles.retain(|_, count| *count > 0);
        counts.sent.retain(|_, bytes| *bytes > 0);
        counts
    }

    /// One more picture by `plan`.
    fn add(&mut self, model: &Model, plan: &Plan, answer: &Value) -> Result<()> {
        let number = |name: &str| answer[name].as_u64().with_context(|| format!("no {name}"));
        let frame = u32::try_from(number("frame")?)?;
        let source = DeviceId(u32::try_from(number("source")?)?);
        let turns = Turns::new(plan);
        for (stage, of) in (0..).zip(&plan.stages) {
            for (tile, by) in (0..).zip(&of.tiles) {
                if turns.serves(Port::Tile { stage, tile }, frame) {
                    *self.tiles.entry(u64::from(by.device.0)).or_default() += 1;
                }
            }
        }
        for edge in edges(model, plan)? {
            let (from, to) = (edge.from.device(plan, source), edge.to.device(plan, source));
            let passes = turns.serves(edge.from, frame) && turns.serves(edge.to, frame);
            if from == to || !passes {
                continue;
            }
            let value = WireFormat::Compact.bytes(edge.tensor, edge.to == Port::Source);
            let channels = u64::from(model.graph.shape(edge.tensor).channels);
            let bytes = channels * edge.region.area() * value;
            let headers = bytes.div_ceil(PART as u64) * HEADER as u64;
            let ends = (u64::from(from.0), u64::from(to.0));
            *self.sent.entry(ends).or_default() += bytes + headers;
        }
        Ok(())
    }
}

/// The running plan, read back from the room's state.
fn plan(state: &Value) -> Result<Plan> {
    let plan = &state["plan"];
    let nothing = json!({"period": 0.0, "latency": 0.0, "mean": 0.0, "serial": 0.0});
    Ok(serde_json::from_value(json!({
        "model": plan["model"],
        "scheme": plan["scheme"],
        "stages": plan["stages"],
        "period": plan["period"],
        "latency": plan["latency"],
        "predicted": nothing,
    }))?)
}

fn model(id: &str) -> Result<Model> {
    let path = format!("{}/../www/models/{id}/model.json", env!("CARGO_MANIFEST_DIR"));
    Ok(Model::parse(&std::fs::read(path)?)?)
}
