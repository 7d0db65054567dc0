//! Eight devices that come and go at random under a stream of pictures: none is lost, wrong or answered
//! twice. `CONVOY_CHURN_SECONDS` says for how long (40 without), `CONVOY_CHURN_SEED` who comes and goes.

use crate::sharing::is_espresso;
use anyhow::{Context, Result, anyhow};
use convoy_harness::Browser;
use convoy_tests::{Room, list, photograph};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const DEVICES: usize = 8;

/// Pages that must be at work before one of them goes: somebody has to answer.
const LEAST: usize = 3;

/// Callers that ask one picture after another.
const CALLERS: usize = 3;

/// Numbers that look random, the same for a seed (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }
}

fn number(name: &str, default: u64) -> Result<u64> {
    match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name}={text}")),
        Err(_) => Ok(default),
    }
}

/// Asks for pictures one after another until `over`; the numbers of the frames.
fn ask(room: &Room, caller: usize, over: &AtomicBool) -> Result<Vec<u64>> {
    let samples = [("coffee.jpg", "espresso"), ("chelsea.jpg", "Egyptian cat")];
    let images = samples.map(|(sample, _)| photograph(sample));
    let mut frames = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let turn = (caller + frames.len()) % samples.len();
        let image = images[turn].as_ref().map_err(|error| anyhow!("{error}"))?;
        let answer = room.api.infer(&room.code, image)?;
        match turn {
            0 => is_espresso(&answer),
            _ => assert_eq!(answer["labels"][0]["label"], samples[turn].1, "{answer}"),
        }
        frames.push(answer["frame"].as_u64().context("an answer without its frame")?);
    }
    Ok(frames)
}

fn open(room: &Room, slot: usize) -> Result<Option<Browser>> {
    Ok(Some(Browser::open(&room.page_url(&format!("page{slot}"), "pace=0.4"))?))
}

/// Opens the other pages besides `first`, and lets all come and go for so long; how often they did, and
/// who is there now.
fn come_and_go(
    room: &Room,
    first: Option<Browser>,
    dice: &mut Dice,
    seconds: u64,
) -> Result<(usize, Vec<Option<Browser>>)> {
    let mut pages = vec![first];
    for slot in 1..DEVICES {
        pages.push(open(room, slot)?);
    }
    room.ready(DEVICES)?;
    let start = Instant::now();
    let mut changes = 0;
    while start.elapsed() < Duration::from_secs(seconds) {
        thread::sleep(Duration::from_millis(500 + dice.below(2500) as u64));
        let slot = dice.below(DEVICES);
        let Some(page) = pages[slot].take() else {
            pages[slot] = open(room, slot)?;
            changes += 1;
            continue;
        };
        let working = |page: &&Value| page["state"] == "computing" || page["state"] == "idle";
        let state = room.api.room(&room.code)?;
        if list(&state["devices"]).iter().filter(working).count() <= LEAST {
            pages[slot] = Some(page);
            continue;
        }
        match dice.below(3) {
            0 => drop(page),
            1 => drop(page.close()),
            _ => drop(page.kill_tab()),
        }
        changes += 1;
    }
    Ok((changes, pages))
}

#[test]
fn eight_devices_that_come_and_go_lose_no_picture() -> Result<()> {
    let seconds = number("CONVOY_CHURN_SECONDS", 40)?;
    let mut dice = Dice(number("CONVOY_CHURN_SEED", 1)?);
    let room = Room::start("squeezenet1.1", "pico")?;
    // Somebody has to be there for the first pictures.
    let first = open(&room, 0)?;
    room.ready(1)?;
    let over = AtomicBool::new(false);
    let (changes, frames) = thread::scope(|scope| {
        let (room, over) = (&room, &over);
        let callers: Vec<_> =
            (0..CALLERS).map(|caller| scope.spawn(move || ask(room, caller, over))).collect();
        let changes = come_and_go(room, first, &mut dice, seconds);
        over.store(true, Ordering::Relaxed);
        let answered = callers.into_iter().map(|caller| {
            caller.join().map_err(|_| anyhow!("a wrong answer; its words are above"))?
        });
        let frames = answered.collect::<Result<Vec<_>>>()?.concat();
        // Only now may the pages go: they had the last pictures to answer.
        let (changes, _pages) = changes?;
        Ok::<_, anyhow::Error>((changes, frames))
    })?;
    let counters = room.api.room(&room.code)?["counters"].clone();
    eprintln!("{changes} changes, {} pictures: {counters}", frames.len());
    let asked = Some(frames.len() as u64);
    assert_eq!(counters["submitted"].as_u64(), asked, "{counters}");
    assert_eq!(counters["answered"].as_u64(), asked, "{counters}");
    assert_eq!(counters["failed"], 0, "{counters}");
    assert_eq!(frames.iter().collect::<BTreeSet<_>>().len(), frames.len(), "a frame twice");
    assert!(changes as u64 >= seconds / 10, "only {changes} changes in {seconds} s");
    Ok(())
}
