//! What was found, as JSON and as text, held against the bars.

use crate::play::{Args, Steady};
use crate::process::Usage;
use crate::tally::{Spread, Tally};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::Ordering;

/// Connected pages, in so many rooms, for which the other bars hold.
const PAGES: f64 = 5000.0;
const ROOMS: f64 = 500.0;

/// The most milliseconds that one in a hundred signals may take longer than.
const SIGNAL_P99: f64 = 50.0;

/// The most KiB of memory that the server may take for a page.
const MEMORY: f64 = 64.0;

/// Everything.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    asked: Args,
    pages: u64,
    /// Pages whose room carried out a plan at the end.
    pages_running: u64,
    joining_seconds: f64,
    joins_per_second: f64,
    /// From connecting to the welcome.
    join: Spread,
    /// From one page's sending to the other's reading, while pages joined and after.
    signal_while_joining: Spread,
    signal: Spread,
    signals_per_second: f64,
    relay_mb_per_second: f64,
    heard_mb_per_second: f64,
    heard_per_second: f64,
    /// Seconds after which the server ended each page that did not read.
    slow_ended: Vec<f64>,
    /// Pages that got not in or were ended, by reason.
    endings: BTreeMap<String, u64>,
    /// What pages were too far behind to say.
    unsaid: u64,
    server: Server,
    /// What is to be reached.
    pub(crate) bars: Vec<Bar>,
}

/// The server's process.
#[derive(Debug, Serialize)]
struct Server {
    alone_mib: f64,
    full_mib: f64,
    peak_mib: f64,
    left_mib: f64,
    /// Bytes, at the most that was seen, less those of the empty server, over pages.
    kib_per_page: f64,
    /// Seconds of computing a second.
    cores: f64,
    /// Its exit code, once asked to end, and after how long.
    exit_code: Option<i32>,
    stopping_seconds: f64,
}

/// One bar.
#[derive(Debug, Serialize)]
pub(crate) struct Bar {
    what: &'static str,
    wanted: f64,
    found: f64,
    pub(crate) met: bool,
}

impl Report {
    pub(crate) fn new(
        args: &Args,
        tally: &Tally,
        joining_seconds: f64,
        pages_running: u64,
        (alone, left): (Usage, Usage),
        steady: &Steady,
        (exit_code, stopping_seconds): (Option<i32>, f64),
    ) -> Self {
        let pages = tally.joined.load(Ordering::Relaxed);
        let (signal_while_joining, signal) = tally.signals();
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let taken = steady.peak.saturating_sub(alone.resident) as f64;
        let kib_per_page = taken / 1024.0 / (pages.max(1)) as f64;
        let rate = |count: u64| count as f64 / steady.seconds;
        let server = Server {
            alone_mib: mib(alone.resident),
            full_mib: mib(steady.before.resident),
            peak_mib: mib(steady.peak),
            left_mib: mib(left.resident),
            kib_per_page,
            cores: (steady.after.computing - steady.before.computing) / steady.seconds,
            exit_code,
            stopping_seconds,
        };
        let most = |what, wanted, found| Bar { what, wanted, found, met: found <= wanted };
        let least = |what, wanted, found| Bar { what, wanted, found, met: found >= wanted };
        let bars = vec![
            least("pages connected", PAGES, pages as f64),
            least("rooms", ROOMS, f64::from(args.rooms)),
            // Without any there is no delay to speak of.
            least("signals a second", 1.0, signal.count as f64 / steady.seconds),
            most("signaling delay p99, ms", SIGNAL_P99, signal.p99_ms),
            most("KiB of server memory a page", MEMORY, kib_per_page),
        ];
        Self {
            asked: args.clone(),
            pages,
            pages_running,
            joining_seconds,
            joins_per_second: pages as f64 / joining_seconds,
            join: tally.joins(),
            signal_while_joining,
            signal,
            signals_per_second: signal.count as f64 / steady.seconds,
            relay_mb_per_second: rate(steady.relayed.1) / 1e6,
            heard_mb_per_second: rate(steady.heard.1) / 1e6,
            heard_per_second: rate(steady.heard.0),
            slow_ended: tally.slow_ended(),
            endings: tally.endings(),
            unsaid: tally.unsaid.load(Ordering::Relaxed),
            server,
            bars,
        }
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let spread = |spread: &Spread| {
            format!(
                "p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms, of {}",
                spread.p50_ms, spread.p99_ms, spread.max_ms, spread.count
            )
        };
        let server = &self.server;
        let stopped =
            server.exit_code.map_or("not at all".into(), |code| format!("with code {code}"));
        let rows = [
            (
                "pages",
                format!(
                    "{} in {} rooms, {} of them carry out a plan at the end",
                    self.pages, self.asked.rooms, self.pages_running
                ),
            ),
            ("joins", format!("{:.0} a second; {}", self.joins_per_second, spread(&self.join))),
            ("signals, joining", spread(&self.signal_while_joining)),
            (
                "signals",
                format!("{:.0} a second; {}", self.signals_per_second, spread(&self.signal)),
            ),
            ("relay", format!("{:.1} MB/s", self.relay_mb_per_second)),
            (
                "heard in all",
                format!(
                    "{:.0} messages a second, {:.1} MB/s",
                    self.heard_per_second, self.heard_mb_per_second
                ),
            ),
            (
                "slow readers",
                format!(
                    "{} of {} ended after {:.1?} s",
                    self.slow_ended.len(),
                    self.asked.slow.min(self.asked.rooms),
                    self.slow_ended
                ),
            ),
            (
                "memory",
                format!(
                    "{:.1} MiB alone, {:.1} full, {:.1} at most, {:.1} after all have left: {:.1} KiB a page",
                    server.alone_mib,
                    server.full_mib,
                    server.peak_mib,
                    server.left_mib,
                    server.kib_per_page
                ),
            ),
            ("computing", format!("{:.2} cores", server.cores)),
            ("stopping", format!("{stopped} after {:.1} s", server.stopping_seconds)),
            ("not said", format!("{} messages of pages that were behind", self.unsaid)),
        ];
        let mut text = String::new();
        let mut line = |name: &str, words: &str| {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{name:<17}  {words}");
        };
        rows.iter().for_each(|(name, words)| line(name, words));
        for (why, count) in &self.endings {
            line("refused or ended", &format!("{count} x {why}"));
        }
        for bar in &self.bars {
            let word = if bar.met { "met" } else { "MISSED" };
            line("bar", &format!("{}: {:.1} of {:.1} {word}", bar.what, bar.found, bar.wanted));
        }
        text
    }
}
