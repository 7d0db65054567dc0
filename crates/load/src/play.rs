//! The whole run: rooms, pages, the rush to join, the time after it, the end.

use crate::page::{Order, Page};
use crate::process::{self, Usage};
use crate::report::Report;
use crate::tally::Tally;
use crate::{address, api};
use anyhow::Context as _;
use convoy_harness::Server;
use convoy_plan::DeviceId;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::{interval, sleep};

/// How long the rush lasts after the last page has joined.
const SETTLING: Duration = Duration::from_secs(2);

/// What is played.
#[derive(Debug, Clone, clap::Args, serde::Serialize)]
pub(crate) struct Args {
    /// Rooms.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) rooms: u32,
    /// Pages in each.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..=32))]
    pub(crate) devices_per_room: u32,
    /// How long pages stay once all are there.
    #[arg(long, default_value_t = 20.0)]
    pub(crate) seconds: f64,
    /// Pages that connect at one time.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) joining: u32,
    /// Pairs of pages that negotiate a link each second, ten signals each.
    #[arg(long, default_value_t = 500.0)]
    pub(crate) negotiations: f64,
    /// Megabytes a second that pages relay.
    #[arg(long, default_value_t = 20.0)]
    pub(crate) relay: f64,
    /// Rooms in which a page does not read what another relays to it.
    #[arg(long, default_value_t = 5)]
    pub(crate) slow: u32,
    /// The network that the rooms run.
    #[arg(long, default_value = "squeezenet1.1")]
    pub(crate) model: String,
    /// Exit code 1 where one of the project's bars is missed.
    #[arg(long)]
    #[serde(skip)]
    pub(crate) bars: bool,
    /// One JSON document on stdout.
    #[arg(long)]
    #[serde(skip)]
    pub(crate) json: bool,
}

/// A page as the director knows it.
struct Actor {
    id: Arc<OnceLock<DeviceId>>,
    orders: mpsc::Sender<Order>,
}

impl Actor {
    /// Orders it, unless it is gone or behind.
    fn order(&self, order: impl FnOnce(DeviceId) -> Order, peer: &Self) {
        if let Some(peer) = peer.id.get() {
            let _ = self.orders.try_send(order(*peer));
        }
    }
}

/// How the time in which everybody was there went.
pub(crate) struct Steady {
    pub(crate) seconds: f64,
    pub(crate) before: Usage,
    pub(crate) after: Usage,
    /// The most bytes that the server held at any second of it.
    pub(crate) peak: u64,
    pub(crate) relayed: (u64, u64),
    pub(crate) heard: (u64, u64),
}

/// Plays it.
pub(crate) fn run(args: &Args) -> anyhow::Result<Report> {
    rlimit::increase_nofile_limit(u64::MAX).context("too few files may be open")?;
    let pages = args.rooms * args.devices_per_room;
    let itself = std::env::current_exe().context("this program does not find itself")?;
    let most = [(args.rooms + 8).to_string(), (pages + 8).to_string()];
    let limits = ["--rooms", &most[0], "--sockets", &most[1]];
    let server = Server::start(&itself, "127.0.0.1:0", &limits)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(play(args, &server))
}

async fn play(args: &Args, server: &Server) -> anyhow::Result<Report> {
    let at: SocketAddr = server.url.trim_start_matches("http://").parse()?;
    let alone = process::usage(server.id())?;
    eprintln!("{} rooms of {} pages", args.rooms, args.devices_per_room);
    let codes: Vec<String> = stream::iter(0..args.rooms as usize)
        .map(|room| api::create(address::nth(room), at, &args.model))
        .buffered(32)
        .try_collect()
        .await?;

    let tally = Arc::new(Tally::new());
    let (mut rooms, mut tasks) = (Vec::new(), Vec::new());
    let began = Instant::now();
    for (room, code) in codes.iter().enumerate() {
        let mut actors = Vec::new();
        for place in 0..args.devices_per_room as usize {
            let number = room * args.devices_per_room as usize + place;
            let (orders, received) = mpsc::channel(256);
            let id = Arc::new(OnceLock::new());
            actors.push(Actor { id: Arc::clone(&id), orders });
            let page = Page {
                own: address::nth(number),
                server: at,
                code: code.clone(),
                number,
                small: room < args.slow as usize && place == 1,
                tally: Arc::clone(&tally),
                id,
                orders: received,
                stalled: None,
            };
            tasks.push(tokio::spawn(page.run()));
            // So many at a time are on their way.
            while number as u64 + 1 >= tally.arrived() + u64::from(args.joining) {
                sleep(Duration::from_millis(1)).await;
                anyhow::ensure!(
                    began.elapsed().as_secs() < 600,
                    "pages do not get in: {:?}",
                    tally.endings()
                );
            }
        }
        rooms.push(actors);
    }
    while tally.arrived() < tasks.len() as u64 && began.elapsed().as_secs() < 600 {
        sleep(Duration::from_millis(1)).await;
    }
    let joining = began.elapsed().as_secs_f64();
    eprintln!("{} pages joined in {joining:.1} s", tally.joined.load(Ordering::Relaxed));
    // Those that came last negotiate their links still, which counts with the rush.
    sleep(SETTLING).await;

    let steady = direct(args, &rooms, &tally, server).await?;
    let running = tally.running.load(Ordering::Relaxed);
    drop(rooms);
    for task in tasks {
        task.await?;
    }
    let left = process::usage(server.id())?;
    let asked = Instant::now();
    let ended = server.stop(Duration::from_secs(20));
    let stopping = (ended, asked.elapsed().as_secs_f64());
    Ok(Report::new(args, &tally, joining, running, (alone, left), &steady, stopping))
}

/// Has the pages do what is played while everybody is there.
async fn direct(
    args: &Args,
    rooms: &[Vec<Actor>],
    tally: &Tally,
    server: &Server,
) -> anyhow::Result<Steady> {
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let counts =
        || [&tally.relayed, &tally.relayed_bytes, &tally.heard, &tally.heard_bytes].map(count);
    tally.steady.store(true, Ordering::Relaxed);
    let (before, first, began) = (process::usage(server.id())?, counts(), Instant::now());
    let (stalling, calm) = rooms.split_at(rooms.len().min(args.slow as usize));
    for room in stalling {
        let _ = room[1].orders.try_send(Order::Stall);
    }
    let mut peak = before.resident;
    let mut looked = began;
    let (mut negotiated, mut relayed, mut pushed) = (0.0, 0.0, 0.0);
    let mut ticks = interval(Duration::from_millis(5));
    // Any order that visits all rooms and places: steps prime to most numbers.
    let mut turn = 0_usize;
    while began.elapsed().as_secs_f64() < args.seconds {
        ticks.tick().await;
        let now = began.elapsed().as_secs_f64();
        while !calm.is_empty() && negotiated < args.negotiations * now {
            negotiated += 1.0;
            turn += 1;
            let room = &calm[turn * 7919 % calm.len()];
            let (one, other) = (turn % room.len(), (turn * 31 + 1) % room.len());
            let other = if one == other { (one + 1) % room.len() } else { other };
            room[one].order(Order::Negotiate, &room[other]);
        }
        while !calm.is_empty() && relayed < args.relay * 1e6 * now {
            relayed += convoy_wire::PART as f64;
            turn += 1;
            let room = &calm[turn * 104_729 % calm.len()];
            room[0].order(Order::Relay, &room[1]);
        }
        // Ten megabytes in two seconds, more than anything on the way holds.
        while pushed < (now * 80.0).min(160.0) {
            pushed += 1.0;
            stalling.iter().for_each(|room| room[0].order(Order::Relay, &room[1]));
        }
        if looked.elapsed() > Duration::from_secs(1) {
            looked = Instant::now();
            peak = peak.max(process::usage(server.id())?.resident);
        }
    }
    let (after, last) = (process::usage(server.id())?, counts());
    let difference = |index: usize| last[index] - first[index];
    Ok(Steady {
        seconds: began.elapsed().as_secs_f64(),
        before,
        after,
        peak: peak.max(after.resident),
        relayed: (difference(0), difference(1)),
        heard: (difference(2), difference(3)),
    })
}
