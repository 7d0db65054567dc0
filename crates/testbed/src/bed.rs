//! A cluster that stands: namespaces, server, and one browser a device.

use crate::cell::{Cell, device_name};
use crate::group::Groups;
use crate::lab::{Lab, SERVER, Wiring};
use crate::measure::patience::given;
use crate::name::Name;
use crate::tool::Leave;
use crate::usage;
use anyhow::{Context as _, bail};
use convoy_harness::{Api, Browser, Server};
use convoy_plan::DeviceId;
use serde_json::Value;
use std::fs;
use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

/// How much longer a request may take than a picture's answer.
const SPARE: Duration = Duration::from_secs(60);

/// How long pages may take to load, measure themselves and connect on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(600);

/// How often a page is opened anew that measured itself below its pace: something else was computing.
const AGAIN: usize = 3;

/// Below which part of its pace a page has measured itself too low.
const BELOW: f64 = 0.98;

/// How long a page that is opened anew has until the next one is: it measures itself.
const MEASURES: Duration = Duration::from_secs(6);

/// Which part of what the machine can compute pages may be asked to: the rest is for all else that
/// they do, and for whatever else runs.
const ROOM: f64 = 0.7;

/// What a bed is built from beside its cell.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The program `convoy`.
    pub convoy: PathBuf,
    /// Milliseconds of traffic that wait before a shaper at most.
    pub queue_ms: u32,
    /// What the browsers weigh against whatever else the machine does.
    pub weight: u32,
    /// Whether the sum of paces is checked against what the machine can do.
    pub checked: bool,
}

/// A cluster with a room in it.
#[derive(Debug)]
pub struct Bed {
    // In the order in which they go.
    pages: Vec<Browser>,
    _server: Server,
    /// The server's API.
    pub api: Api,
    /// The room's code.
    pub code: String,
    groups: Option<Groups>,
    lab: Lab,
    opened: usize,
    /// What a page without a pace computes here on one core, in GMAC/s, where it was measured.
    pub core: Option<f64>,
}

impl Bed {
    /// Builds the cluster of `cell` with its room, and waits until its pages are measured and connected.
    /// The calling thread is in the switch's namespace from then on.
    ///
    /// # Errors
    /// Where something does not start, or the machine is too slow for the cell.
    pub fn make(cell: &Cell, ground: &Ground) -> anyhow::Result<Self> {
        let devices = cell.pace.len();
        let wiring = Wiring { mbit: cell.mbit, shared: cell.shared, queue_ms: ground.queue_ms };
        let lab = Lab::build(Name::ours(), devices, &wiring)?;
        let groups = (ground.weight > 1 || !cell.cpu.is_empty())
            .then(|| Groups::new(lab.name().group(), ground.weight))
            .transpose()?;
        fs::create_dir_all(lab.name().folder()).context("no folder for the browsers' profiles")?;
        lab.enter().context("the switch's namespace cannot be entered")?;
        let server = {
            let _leave = Leave::ask()?;
            let answer = given(cell).as_secs().to_string();
            Server::start(&ground.convoy, &format!("{SERVER}:8080"), &["--answer", &answer])?
        };
        if let Some(groups) = &groups {
            let file = groups.add("server", None)?;
            fs::write(&file, server.id().to_string()).context("the server has no weight")?;
        }
        let api = Api::new(&server.url).within(given(cell) + SPARE);
        let asked = cell.asked().map_err(anyhow::Error::msg)?;
        let scheme = asked.first().map_or("best", |asked| &asked.scheme);
        let room = api.create_room(&cell.model, scheme)?;
        let code = text(&room["code"]).to_owned();
        let (pages, core) = (Vec::new(), None);
        let mut bed = Self { pages, _server: server, api, code, groups, lab, opened: 0, core };
        if ground.checked {
            bed.check(cell)?;
        }
        for number in 1..=devices {
            let page = bed.open(cell, number)?;
            bed.pages.push(page);
            bed.measured(number)?;
        }
        bed.settle(cell)?;
        Ok(bed)
    }

    /// Opens the page of a device, from 1.
    fn open(&mut self, cell: &Cell, number: usize) -> anyhow::Result<Browser> {
        let pace = cell.pace[number - 1];
        let query = format!("pace={pace}&name={}", device_name(number));
        self.open_with(number, cell.cpu.get(number - 1).copied(), &self.code.clone(), &query)
    }

    /// Waits until a page has measured itself: several at once would take the machine from each other, and each
    /// would say that reading weights costs it something.
    fn measured(&self, number: usize) -> anyhow::Result<()> {
        let measured =
            |state: &Value| device(state, number).is_some_and(|it| it["capacity"].is_number());
        let wanted = "a page that has measured itself";
        self.api.wait_for(&self.code, wanted, PATIENCE, |_| (), measured)?;
        Ok(())
    }

    fn open_with(
        &mut self,
        number: usize,
        cores: Option<f64>,
        code: &str,
        query: &str,
    ) -> anyhow::Result<Browser> {
        let namespace = self.lab.name().device(number);
        self.opened += 1;
        let profile = self.lab.name().folder().join(format!("page-{}", self.opened));
        fs::create_dir_all(&profile).context("no folder for a browser's profile")?;
        let mut launcher: Vec<String> = Vec::new();
        if let Some(groups) = &self.groups {
            let file = groups.add(&device_name(number), cores)?;
            // The shell moves itself into the group, then becomes the browser.
            let script = "echo $$ > \"$0\" && exec \"$@\"".to_owned();
            launcher.extend(["sh".into(), "-c".into(), script, file.to_string_lossy().into()]);
        }
        launcher.extend(["ip", "netns", "exec", &namespace].map(str::to_owned));
        let launcher: Vec<&str> = launcher.iter().map(String::as_str).collect();
        let origin = format!("http://{SERVER}:8080");
        // As a page of https a page may ask how much memory the machine has, and offers 2 GiB rather than what any
        // phone has; it could compute with threads then, which the boards that it stands for do not.
        let secure = format!("--unsafely-treat-insecure-origin-as-secure={origin}");
        let url = format!("{origin}/r/{code}?engine=relaxed&{query}");
        let _leave = Leave::ask()?;
        Ok(Browser::open_by(&launcher, &profile, &[&secure], &url)?)
    }

    /// Measures what one page computes without a pace, and refuses a cell that wants more of the machine
    /// than its cores could do.
    fn check(&mut self, cell: &Cell) -> anyhow::Result<()> {
        let room = self.api.create_room(&cell.model, "single")?;
        let code = text(&room["code"]).to_owned();
        let page = self.open_with(1, None, &code, "name=measure")?;
        let measured = |state: &Value| state["devices"][0]["capacity"].is_number();
        let wanted = "a page that has measured itself";
        let state = self.api.wait_for(&code, wanted, PATIENCE, |_| (), measured)?;
        drop(page);
        let core = state["devices"][0]["capacity"].as_f64().unwrap_or_default() / 1e9;
        self.core = Some(core);
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let (all, sum) = (cores as f64 * core, cell.pace.iter().sum::<f64>());
        eprintln!(
            "a page without a pace computes {core:.1} GMAC/s, the machine has {cores} cores: {:.0} % of \
             that is asked for",
            100.0 * sum / all
        );
        if sum > ROOM * all {
            bail!(
                "the cluster would compute {sum:.1} GMAC/s, this machine's {cores} cores do {all:.1} now, \
                 of which {:.0} % may be asked for; take fewer or slower devices, or stop what else runs",
                100.0 * ROOM
            );
        }
        Ok(())
    }

    /// Waits until a plan runs on all pages; those that measured themselves below their pace are opened
    /// anew.
    fn settle(&mut self, cell: &Cell) -> anyhow::Result<()> {
        let devices = cell.pace.len();
        for attempt in 0..=AGAIN {
            let wanted = "a plan for all devices";
            let state = self.api.wait_for(
                &self.code,
                wanted,
                PATIENCE,
                |_| (),
                |state| {
                    let all = state["devices"].as_array().map_or(&[][..], Vec::as_slice);
                    let present = all.len() == devices;
                    let measured = all.iter().all(|device| device["capacity"].is_number());
                    present && measured && state["plan"]["running"] == true
                },
            )?;
            let low: Vec<usize> =
                (1..=devices).filter(|number| is_low(cell, &state, *number)).collect();
            if low.is_empty() {
                return Ok(());
            }
            let names: Vec<String> = low.iter().map(|number| device_name(*number)).collect();
            if attempt == AGAIN {
                eprintln!("still measured below their pace: {}", names.join(", "));
                return Ok(());
            }
            eprintln!("measured below their pace, opened anew: {}", names.join(", "));
            let old: Vec<Value> = low
                .iter()
                .filter_map(|number| Some(device(&state, *number)?["id"].clone()))
                .collect();
            for number in low {
                // The one that was is closed when its place is taken.
                let page = self.open(cell, number)?;
                self.pages[number - 1] = page;
                std::thread::sleep(MEASURES);
            }
            let replaced = |now: &Value| {
                now["devices"].as_array().is_some_and(|all| {
                    let new = |device: &Value| !old.contains(&device["id"]);
                    all.len() == devices
                        && all.iter().all(|it| new(it) && it["capacity"].is_number())
                })
            };
            self.api.wait_for(&self.code, "pages opened anew", PATIENCE, |_| (), replaced)?;
        }
        Ok(())
    }

    /// The room's state.
    ///
    /// # Errors
    /// No server.
    pub fn state(&self) -> anyhow::Result<Value> {
        Ok(self.api.room(&self.code)?)
    }

    /// What each device has used so far, in order.
    #[must_use]
    pub fn usage(&self) -> Vec<usage::Usage> {
        let numbers = 1..=self.pages.len();
        numbers.map(|number| usage::of_namespace(&self.lab.name().device(number))).collect()
    }
}

/// Whether a device has measured itself below its pace in any kind of layer, which it may with a quota.
fn is_low(cell: &Cell, state: &Value, number: usize) -> bool {
    let pace = cell.pace[number - 1] * 1e9;
    let low = |rate: &Value| rate.as_f64().is_none_or(|rate| rate < BELOW * pace);
    let Some(device) = device(state, number) else { return true };
    let kinds = device["kinds"].as_object();
    cell.cpu.is_empty()
        && (low(&device["capacity"]) || kinds.into_iter().flatten().any(|(_, rate)| low(rate)))
}

/// A device of a room's state by its number, from 1.
#[must_use]
pub fn device(state: &Value, number: usize) -> Option<&Value> {
    let name = device_name(number);
    state["devices"].as_array()?.iter().find(|device| device["name"] == name.as_str())
}

/// Ids of so many devices, in order.
///
/// # Errors
/// Where one is missing.
pub fn ids(state: &Value, devices: usize) -> anyhow::Result<Vec<DeviceId>> {
    let id = |number| {
        let id = device(state, number).and_then(|device| device["id"].as_u64());
        id.and_then(|id| u32::try_from(id).ok())
            .map(DeviceId)
            .with_context(|| format!("{} has left the room", device_name(number)))
    };
    (1..=devices).map(id).collect()
}

/// A text of JSON; empty where it is none.
#[must_use]
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
