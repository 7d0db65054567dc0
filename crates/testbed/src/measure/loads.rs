//! How pictures come in while it is measured: always waiting, at a rate, at rates that rise and fall.

use super::Session;
use super::patience::{enough, in_time};
use crate::forecast::{Learnt, Pair};
use crate::load::{self, Flow, Spread, Stay};
use crate::outcome::{Measurement, Step};
use convoy_plan::{Chooser, Cost};
use convoy_sim::Arrivals;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Periods after which a plan of a front that has not taken over is not waited for any more: the room
/// counts arrivals over 30 of the shortest and lets a plan run for 20 of its own.
const SETTLED: usize = 80;

/// After so many times as long as a plan runs at least before another may take its place none will, while pictures wait.
const STAYS: f64 = 1.25;

/// Most callers, each of whom always has a picture in the room, so that the plan of the shortest period takes over;
/// and how many of them wait under it.
const CALLERS: usize = 40;
const WAITING: usize = 3;

/// Rounds in which groups that take turns answer before they are timed; and how many rounds, and pictures of these, they are
/// timed for at least: who is ahead of the others by a picture at one end makes the period of fewer too short.
const ROUNDS: usize = 2;
const TIMED: [usize; 2] = [2, 48];

/// Tiles a device from which on a room learns what passing on one costs, as its coordinator has it.
pub(crate) const TELLING: f64 = 4.0;

/// Answers in a row after which a room that has learnt nothing learns nothing more, unless its plan is clearly off: it looks at
/// 18 while pictures wait and at five of pictures one after another, and wants that for ten seconds.
pub(crate) const LEARNT: [usize; 2] = [20, 7];
pub(crate) const LASTING: Duration = Duration::from_secs(15);

/// Answers in a row by which it is seen how far a plan is from what the room forecasts; the part by which it may be off
/// where there is nothing to learn, and that from which on a room learns.
const SEEN: [usize; 2] = [8, 3];
const OFF: [f64; 2] = [0.1, 0.15];

/// Most answers that a room gets to learn from: while pictures wait, and of pictures one after another.
const LEARNING: [usize; 2] = [40, 15];

/// Periods of a front's shortest over which a room counts arrivals, and some more.
pub(crate) const ARRIVALS: f64 = 34.0;

/// Answers in a row under the same plan after which pictures one after another have the plan that suits them; and
/// the most that are sent for it.
pub(crate) const ALIKE: usize = 3;
const CALM: usize = 40;

/// For how many pictures a plan is timed of which so many are under way and so many make a round: at least `frames`, twice what
/// is under way, as answers may come in bunches, and whole rounds.
pub(crate) fn timed(frames: usize, under_way: usize, cycle: usize) -> usize {
    let [rounds, pictures] = if cycle > 1 { TIMED } else { [1, 0] };
    let least = frames.max(2 * under_way).max(pictures);
    least.div_ceil(cycle).max(rounds) * cycle
}

/// By which part these are off what the room forecasts of its plan by now: how often they came or, one after another, how
/// soon. `None` where they are of other plans, too.
fn off(state: &Value, stays: &[Stay], callers: usize) -> Option<f64> {
    let own = stays.iter().all(|stay| state["plan"]["epoch"] == stay.epoch);
    // The plan says what was forecast when it was made, the front what is since something was learnt.
    let chosen = usize::try_from(state["front"]["chosen"].as_u64()?).ok()?;
    let plan = &state["front"]["plans"][chosen];
    let (seen, forecast) = if callers > 1 {
        (load::period(stays, 1)?, plan["period"].as_f64()?)
    } else {
        (Spread::of(stays.iter().map(Stay::latency))?.mean, plan["latency"].as_f64()?)
    };
    own.then(|| (seen / forecast - 1.0).abs())
}

impl Session<'_> {
    /// Lets the room compare what it does with its forecast, until it has learnt nothing and made no other plan for
    /// a while.
    pub(super) fn learn(&self) -> anyhow::Result<()> {
        let forecast = self.forecast()?;
        if forecast.tiles() < TELLING {
            return Ok(());
        }
        let known = |state: &Value| (Learnt::of(state), state["plan"]["epoch"].as_u64());
        let Pair { period, latency } = forecast.room;
        let callers = [in_time(self.cell, forecast.credits() + 1, period), 1];
        for (turn, (callers, each)) in callers.into_iter().zip([period, latency]).enumerate() {
            let count = enough(SEEN[turn], each);
            let mut last = known(&self.bed.state()?);
            let (mut answers, mut since) = (0, Instant::now());
            Flow::during(self.caller(), callers, |flow| {
                flow.until(LEARNING[turn], |answered| {
                    let state = self.bed.state()?;
                    if known(&state) != last {
                        (last, answers, since) = (known(&state), answered, Instant::now());
                    }
                    let learnt = answered >= answers + LEARNT[turn] && since.elapsed() >= LASTING;
                    let recent = flow.last(count);
                    let seen = (recent.len() == count).then_some(recent);
                    let off = seen.and_then(|recent| off(&state, &recent, callers));
                    Ok(off.is_some_and(|off| off < OFF[usize::from(learnt)]))
                })
            })?;
        }
        Ok(())
    }

    /// Pictures one after another, until the room has gone over to the plan of its front that suits them.
    pub(super) fn calm(&self) -> anyhow::Result<()> {
        let state = self.bed.state()?;
        let plans = state["front"]["plans"].as_array().map_or(&[][..], Vec::as_slice);
        let Some(shortest) = plans.first().filter(|_| plans.len() > 1) else { return Ok(()) };
        let seconds = ARRIVALS * shortest["period"].as_f64().unwrap_or_default();
        let (start, mut epochs) = (Instant::now(), Vec::new());
        let settled = |epochs: &[u64]| {
            let last = epochs.iter().rev().take(ALIKE);
            epochs.len() >= ALIKE && last.collect::<BTreeSet<_>>().len() == 1
        };
        while epochs.len() < CALM && !(start.elapsed().as_secs_f64() > seconds && settled(&epochs))
        {
            epochs.extend(self.flood(1, 1)?.iter().map(|stay| stay.epoch));
        }
        Ok(())
    }

    /// As many in flight as the plan takes, once the room runs that of the shortest period. Callers never rest between:
    /// a room that sees fewer for a while goes over to another plan.
    pub(super) fn saturated(&self) -> anyhow::Result<Measurement> {
        // Since when the room is at a plan, while pictures wait.
        let mut at: Option<(u64, Instant)> = None;
        let mut settled = |state: &Value| {
            let of = |index: usize, what| state["front"]["plans"][index][what].as_f64();
            let epoch = state["plan"]["epoch"].as_u64().unwrap_or_default();
            let since = at.filter(|(of, _)| *of == epoch).map_or_else(Instant::now, |it| it.1);
            at = Some((epoch, since));
            let period = state["plan"]["period"].as_f64().unwrap_or_default();
            let chosen = state["front"]["chosen"].as_u64().unwrap_or_default() as usize;
            // Nothing takes the place of the shortest while pictures wait, nor that of one which has stayed for so long.
            let stays =
                chosen == 0 || since.elapsed().as_secs_f64() > STAYS * Chooser::dwells(period);
            let both = of(0, "period").zip(of(chosen, "period"));
            let shortest = both.is_none_or(|(shortest, it)| shortest >= Chooser::STAYING * it);
            stays
                && shortest
                && state["front"]["next"].is_null()
                && state["plan"]["running"] == true
        };
        let state = self.bed.state()?;
        let plans = state["front"]["plans"].as_array().map_or(&[][..], Vec::as_slice);
        let of = |plan: &Value, what| plan[what].as_f64().unwrap_or(1.0);
        // As many as the shortest period's has under way and some more, so that some wait under any; and no more than
        // the slowest answers in time.
        let under_way = |plan| (of(plan, "latency") / of(plan, "period")).ceil() as usize;
        let wanted = plans.first().map_or(1, under_way) + WAITING;
        let slowest = plans.last().map_or(0.0, |plan| of(plan, "period"));
        let callers = in_time(self.cell, wanted, slowest).min(CALLERS);
        Flow::during(self.caller(), callers, |flow| {
            flow.until(SETTLED, |_| Ok(settled(&self.bed.state()?)))?;
            let forecast = self.forecast()?;
            let cycle = forecast.cycle();
            let count = in_time(self.cell, forecast.credits() + 1, forecast.room.period);
            flow.callers(count);
            // Then all that is under way is this plan's, and groups in turn have gone round.
            let _ = flow.next(callers.max(count) + ROUNDS * (cycle - 1));
            let frames = timed(self.cell.frames, count, cycle);
            let mut measurement =
                self.measured("saturated", None, true, |_| Ok(flow.next(frames + 1)))?;
            measurement.period = load::period(&measurement.stays, cycle);
            measurement.in_flight = Some(count);
            Ok(measurement)
        })
    }

    fn arrivals(&self, rate: f64, seed: u64, count: usize) -> anyhow::Result<Vec<f64>> {
        let arrivals = match self.pictures.constant {
            true => Arrivals::constant(rate),
            false => Arrivals::poisson(rate, seed),
        };
        Ok(arrivals?.take(count).collect())
    }

    pub(super) fn at_rate(&self, rate: f64) -> anyhow::Result<Measurement> {
        let times = self.arrivals(rate, self.pictures.seed, self.cell.frames)?;
        let mut measurement = self.measured("at a rate", Some(&times), false, |times| {
            load::at_times(self.caller(), times)
        })?;
        let forecast = self.forecast()?;
        measurement.rate = Some(rate);
        measurement.predicted.expected = forecast.expected(Cost::Overlap, rate);
        measurement.predicted.expected_paper = forecast.expected(Cost::Paper, rate);
        Ok(measurement)
    }

    /// Loads that follow each other without a pause.
    pub(super) fn wave(&self) -> anyhow::Result<(Vec<Step>, Measurement)> {
        let (mut times, mut ends, mut end) = (Vec::new(), Vec::new(), 0.0);
        for (index, load) in (0..).zip(&self.cell.wave) {
            let rate = load * self.capacity;
            let seed = self.pictures.seed.wrapping_add(index);
            times
                .extend(self.arrivals(rate, seed, self.cell.frames)?.iter().map(|time| end + time));
            end += self.cell.frames as f64 / rate;
            ends.push((rate, end));
        }
        // The last arrivals of a step may come after its mean end.
        times.sort_by(f64::total_cmp);
        let measurement = self
            .measured("wave", Some(&times), false, |times| load::at_times(self.caller(), times))?;
        let mut from = 0.0;
        let steps = ends.into_iter().map(|(rate, to)| {
            let of = |stay: &&Stay| (from..to).contains(&stay.sent);
            let stays: Vec<&Stay> = measurement.stays.iter().filter(of).collect();
            let played = measurement.predicted.played.iter();
            let played = played.filter(|[came, _]| (from..to).contains(came));
            let played = Spread::of(played.map(|[_, latency]| *latency)).map(|spread| spread.mean);
            from = to;
            let mut epochs: Vec<u64> = stays.iter().map(|stay| stay.epoch).collect();
            epochs.sort_unstable();
            epochs.dedup();
            let latency = Spread::of(stays.iter().map(|stay| stay.latency()));
            Step { rate, frames: stays.len(), latency, played, epochs }
        });
        Ok((steps.collect(), measurement))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_timed_for_whole_rounds_and_enough_pictures() {
        for (of, pictures) in
            [((5, 2, 1), 5), ((5, 9, 1), 18), ((5, 4, 2), 48), ((5, 9, 5), 50), ((5, 23, 32), 64)]
        {
            let (frames, under_way, cycle) = of;
            assert_eq!(timed(frames, under_way, cycle), pictures, "{of:?}");
        }
    }
}
