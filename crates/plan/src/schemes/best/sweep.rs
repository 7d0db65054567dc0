//! The exact programme: over (units covered, devices used), for each limit on the period the plan of
//! least latency, and so the whole front.
//!
//! `F[j][S] = min over i < j, U of S, choices c of (i..j, U) with period below the limit, of F[i][S \ U]
//! and the latency of c`. A stage's latency hangs on how long its predecessor's lines send, and a
//! medium that all stages share must carry all of them within the period, so a state keeps every
//! label that no other makes useless, and that can still lead to a plan within the limits.

use super::lattice::Lattice;
use super::rest::Rest;
use super::table::{Choice, Table};
use super::viable::{Stage, Viable};

/// A way to a state.
#[derive(Debug, Clone, Copy)]
struct Label {
    latency: f64,
    /// Seconds that the last stage needs to send.
    send: f64,
    /// Seconds of a shared medium.
    medium: f64,
    /// Where it comes from: first unit of the last stage, its subset, its choice, and the label.
    start: u32,
    part: u32,
    choice: u32,
    before: u32,
}

/// A stage of a solution: its units, its subset, and how the subset holds it.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) state: usize,
    pub(super) choice: Choice,
}

/// A plan by the stage model.
#[derive(Debug, Clone)]
pub(super) struct Solution {
    pub(super) period: f64,
    pub(super) latency: f64,
    pub(super) stages: Vec<Chosen>,
}

/// By how much the latency may exceed the bound at first: the closer, the fewer labels, and mostly
/// there is a plan that close.
const CLOSE: [f64; 3] = [1.02, 1.25, f64::INFINITY];

/// Bounds of the rest serve as long as more than this part of their stages is there.
const FRESH: f64 = 0.8;

/// The plan of least latency, at most `latest`, among those of a period below `limit`, which `viable`
/// keeps to; none has a latency below `least`.
fn soonest(
    (table, lattice): (&Table, &Lattice),
    viable: &Viable,
    (rest, labels): (&mut Rest, &mut Labels),
    limit: f64,
    (least, latest): (f64, f64),
) -> Option<Solution> {
    let mut close_enough = rest.part(viable) > FRESH;
    for factor in CLOSE {
        if !close_enough {
            rest.update(viable, lattice);
        }
        let least = rest.soonest().max(least);
        if least.is_infinite() || least > latest {
            return None;
        }
        let within = (limit, latest.min(factor * least));
        if let Some((state, label)) = search(viable, lattice, rest, labels, within) {
            return Some(follow(table, labels, state, label));
        }
        // Where there is nothing that close, closer bounds may say why.
        close_enough = rest.part(viable) == 1.0;
    }
    None
}

/// The ways to each state: for each number of units covered, for each subset of devices used.
type Labels = Vec<Vec<Vec<Label>>>;

/// Fills in all labels; the soonest at the end with its state.
fn search(
    viable: &Viable,
    lattice: &Lattice,
    rest: &Rest,
    labels: &mut Labels,
    (limit, latest): (f64, f64),
) -> Option<(usize, Label)> {
    labels.iter_mut().flatten().for_each(Vec::clear);
    let origin =
        Label { latency: 0.0, send: 0.0, medium: 0.0, start: 0, part: 0, choice: 0, before: 0 };
    labels[0][0].push(origin);
    let all = lattice.len() - 1;
    for start in 0..viable.units {
        let (done, open) = labels.split_at_mut(start + 1);
        for (state, here) in done[start].iter().enumerate().filter(|(_, here)| !here.is_empty()) {
            // Subsets are counts in mixed radix, so those that are left are the difference.
            for (part, _) in lattice.parts(all - state) {
                let next = state + *part as usize;
                for Stage { end, choice, cost } in viable.starting(start, *part as usize) {
                    let (later, more) = rest.after(*end as usize, next);
                    let there = &mut open[*end as usize - start - 1][next];
                    for (before, label) in (0..).zip(here) {
                        let medium = label.medium + cost.medium;
                        let latency = label.latency + cost.latency(label.send);
                        if medium + more < limit && latency + later <= latest {
                            let (start, part, choice) = (start as u32, *part, *choice);
                            let send = cost.send;
                            add(
                                there,
                                Label { latency, send, medium, start, part, choice, before },
                            );
                        }
                    }
                }
            }
        }
    }
    let last = &labels[viable.units];
    let all = last
        .iter()
        .enumerate()
        .flat_map(|(state, labels)| labels.iter().map(move |label| (state, *label)));
    all.min_by(|(_, a), (_, b)| a.latency.total_cmp(&b.latency))
}

/// Whether, whatever follows `b`, it is no worse to have it follow `a`: what `a` sends longer delays
/// the next stage by as much at most.
fn beats(a: &Label, b: &Label) -> bool {
    a.latency + (a.send - b.send).max(0.0) <= b.latency && a.medium <= b.medium
}

fn add(labels: &mut Vec<Label>, label: Label) {
    if labels.iter().all(|other| !beats(other, &label)) {
        labels.retain(|other| !beats(&label, other));
        labels.push(label);
    }
}

/// The stages that lead to a label.
fn follow(table: &Table, labels: &Labels, state: usize, label: Label) -> Solution {
    let (mut stages, mut end, mut state, mut at) = (Vec::new(), table.units, state, label);
    let mut period = label.medium;
    while end > 0 {
        let (start, part) = (at.start as usize, at.part as usize);
        let choice = table.choices(start, end, part)[at.choice as usize].clone();
        period = period.max(choice.cost.period());
        stages.push(Chosen { start, end, state: part, choice });
        state -= part;
        end = start;
        at = labels[end][state][at.before as usize];
    }
    stages.reverse();
    Solution { period, latency: label.latency, stages }
}

/// The whole front of plans of a latency up to `latest` by ascending period, and whether there was
/// time for all of it; `go_on` says whether there is more.
pub(super) fn front(
    table: &Table,
    lattice: &Lattice,
    latest: f64,
    go_on: &dyn Fn() -> bool,
) -> (Vec<Solution>, bool) {
    let mut front: Vec<Solution> = Vec::new();
    let mut viable = Viable::new(table, lattice);
    let (mut limit, mut least) = (f64::INFINITY, 0.0);
    let mut rest = Rest::new(&viable, lattice);
    let mut labels: Labels = vec![vec![Vec::new(); lattice.len()]; viable.units + 1];
    let mut more = true;
    while more
        && let Some(next) =
            soonest((table, lattice), &viable, (&mut rest, &mut labels), limit, (least, latest))
    {
        (limit, least) = (next.period, next.latency);
        viable.keep_below(limit);
        // The same latency in a shorter period.
        front.pop_if(|last| last.latency >= next.latency);
        front.push(next);
        more = go_on();
    }
    front.reverse();
    (front, more)
}
