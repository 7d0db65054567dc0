//! `best` held against every other scheme in one cell: never longer in period at equal latency, nor
//! in mean latency at any rate, by formula and as played.

use crate::SCHEMES;
use crate::measure::{self, played};
use convoy_model::Model;
use convoy_plan::{Cluster, Cost, Front, Options, Plan, PlanError, front, plan};
use std::fmt;

/// How much longer counts as longer by formula: rounding alone.
pub const ROUNDING: f64 = 1e-9;

/// How much longer counts as longer as played.
pub const PLAYED: f64 = 0.01;

/// A rival that the formula puts beyond so many times `best` is not played against it.
pub const FAR: f64 = 1.5;

/// What looks lost as played is played again so many times as long: near capacity a short play says
/// more about its random times than about the plan.
pub const LONGER: usize = 20;

/// What still looks lost is chance or not: so many more plays, and where these do not tell so many
/// in all, each so many times as long as the first.
pub const PLAYS: [u64; 2] = [10, 40];
/// Frames of each of those, in those of the first play.
pub const EACH: usize = 5;
/// Standard errors by which a loss must differ from none to be no chance: 97.5 % for ten plays.
pub const SURE: f64 = 2.3;

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Period of the front's plan that answers no later than the rival's.
    Period,
    /// Period where all schemes plan under one latency limit.
    LimitedPeriod,
    /// Mean latency at a rate by the queue formula.
    Expected,
    /// Mean latency at a rate as played.
    Played,
}

impl Kind {
    /// All kinds, in the order of the report.
    pub const ALL: [Self; 4] = [Self::Period, Self::LimitedPeriod, Self::Expected, Self::Played];

    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Period => "period at the rival's own latency",
            Self::LimitedPeriod => "period under one latency limit",
            Self::Expected => "mean latency at each rate, by formula",
            Self::Played => "mean latency at each rate, as played",
        }
    }

    /// Part by which `best` may be longer.
    #[must_use]
    pub const fn tolerance(self) -> f64 {
        if matches!(self, Self::Played) { PLAYED } else { ROUNDING }
    }
}

/// A comparison that `best` lost.
#[derive(Debug, Clone, PartialEq)]
pub struct Violation {
    /// In what.
    pub kind: Kind,
    /// Against whom.
    pub rival: &'static str,
    /// Pictures a second, or the latency in seconds within which it was.
    pub at: f64,
    /// Seconds of `best`; infinite where it has no plan.
    pub best: f64,
    /// Seconds of the rival.
    pub other: f64,
    /// Standard error of the difference, in seconds; 0 by formula.
    pub error: f64,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, rival, at, best, other, error } = self;
        let at = match kind {
            Kind::Period | Kind::LimitedPeriod => format!("within {at:.4} s"),
            Kind::Expected | Kind::Played => format!("at {at:.4} a second"),
        };
        let over = 100.0 * (best / other - 1.0);
        write!(f, "{}, {at}: best {best:.4} s, {rival} {other:.4} s (+{over:.2} %", kind.words())?;
        if *error > 0.0 {
            write!(f, ", give or take {:.2} %", 100.0 * error / other)?;
        }
        f.write_str(")")
    }
}

/// What was compared, and what was lost.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// Comparisons of each of [`Kind::ALL`].
    pub compared: [usize; 4],
    /// Those that `best` lost.
    pub violations: Vec<Violation>,
    /// How many looked lost in the longer play and were chance: by more than the tolerance, but not
    /// when played often enough to tell.
    pub chance: usize,
}

impl Verdict {
    fn compare(&mut self, violation: Violation) {
        let kind = violation.kind;
        self.compared[kind as usize] += 1;
        // Written so that what is no number is a violation too.
        let holds = violation.best <= violation.other * (1.0 + kind.tolerance());
        if !holds {
            self.violations.push(violation);
        }
    }

    /// Adds another cell's.
    pub fn add(&mut self, other: &Self) {
        for (sum, own) in self.compared.iter_mut().zip(other.compared) {
            *sum += own;
        }
        self.violations.extend(other.violations.iter().cloned());
        self.chance += other.chance;
    }
}

/// What the comparisons need of a cell.
#[derive(Clone, Copy)]
pub struct Held<'a> {
    /// The network.
    pub model: &'a Model,
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Every scheme that has a plan, with its front; `best` among them.
    pub fronts: &'a [(&'static str, Front)],
    /// Frames of each play.
    pub frames: usize,
    /// Where random times begin.
    pub seed: u64,
}

/// Compares `best` with every other scheme.
///
/// # Errors
/// A plan that cannot be played.
pub fn check(held: &Held) -> Result<Verdict, PlanError> {
    let mut verdict = Verdict::default();
    let Some((_, best)) = held.fronts.iter().find(|(scheme, _)| *scheme == "best") else {
        return Ok(verdict);
    };
    let rivals = || held.fronts.iter().filter(|(scheme, _)| *scheme != "best");
    for (rival, front) in rivals() {
        for plan in &front.plans {
            verdict.compare(period(best, rival, plan, plan.predicted.latency));
        }
    }
    limited(held, best, &mut verdict)?;
    let own = rates(best);
    for (rival, front) in rivals() {
        let same = |rate: f64| own.iter().any(|own| (rate / own - 1.0).abs() <= ROUNDING);
        let others = rates(front).into_iter().filter(|rate| !same(*rate));
        for rate in own.iter().copied().chain(others) {
            at_rate(held, best, (rival, front), rate, &mut verdict)?;
        }
    }
    Ok(verdict)
}

/// The shortest period of `best` within `limit` seconds beside that of `plan`.
fn period(best: &Front, rival: &'static str, plan: &Plan, limit: f64) -> Violation {
    let kind = Kind::Period;
    let own = best.within(Some(limit * (1.0 + ROUNDING)));
    let own = own.map_or(f64::INFINITY, |plan| plan.predicted.period);
    Violation { kind, rival, at: limit, best: own, other: plan.predicted.period, error: 0.0 }
}

/// Every scheme anew under one limit, halfway (geometrically) along the front of `best`. Rivals
/// that keep a limit by the paper's cost model count where they keep it by *overlap* too.
fn limited(held: &Held, best: &Front, verdict: &mut Verdict) -> Result<(), PlanError> {
    let latency = |plan: Option<&Plan>| plan.map_or(0.0, |plan| plan.predicted.latency);
    let limit = (latency(best.plans.first()) * latency(best.plans.last())).sqrt();
    let limit = limit * (1.0 + ROUNDING);
    let own = plan("best", held.model, held.cluster, Some(limit))?;
    let own = if own.predicted.latency <= limit { own.predicted.period } else { f64::INFINITY };
    let options = Options { latency_limit: Some(limit), ..Options::default() };
    for rival in SCHEMES.iter().copied().filter(|scheme| *scheme != "best") {
        // A scheme without a plan under this limit has lost.
        let Ok(front) = front(rival, held.model, held.cluster, &options) else { continue };
        let within = front.plans.iter().filter(|plan| plan.predicted.latency <= limit);
        let shortest = within.min_by(|a, b| a.predicted.period.total_cmp(&b.predicted.period));
        if let Some(plan) = shortest {
            let (kind, other) = (Kind::LimitedPeriod, plan.predicted.period);
            verdict.compare(Violation { kind, rival, at: limit, best: own, other, error: 0.0 });
        }
    }
    Ok(())
}

/// 10 to 90 % of what a front's fastest plan can do, in frames a second.
fn rates(front: &Front) -> Vec<f64> {
    let periods = front.plans.iter().map(|plan| plan.predicted.period);
    let capacity = 1.0 / periods.fold(f64::INFINITY, f64::min);
    (1..10).map(|tenths| f64::from(tenths) / 10.0 * capacity).collect()
}

/// The plan of least expected latency by *overlap*, and that latency.
pub(crate) fn chosen(front: &Front, rate: f64) -> Option<(&Plan, f64)> {
    let expected = front.plans.iter().map(|plan| (plan, Cost::Overlap.expected(plan, rate)));
    expected.min_by(|a, b| a.1.total_cmp(&b.1))
}

fn at_rate(
    held: &Held,
    best: &Front,
    (rival, front): (&'static str, &Front),
    rate: f64,
    verdict: &mut Verdict,
) -> Result<(), PlanError> {
    let (Some((own, expected)), Some((plan, other))) = (chosen(best, rate), chosen(front, rate))
    else {
        return Ok(());
    };
    if other.is_infinite() {
        // Whoever does not keep up has lost.
        return Ok(());
    }
    let at = rate;
    let error = 0.0;
    verdict.compare(Violation { kind: Kind::Expected, rival, at, best: expected, other, error });
    if other > FAR * expected || own.stages == plan.stages {
        return Ok(());
    }
    let both = |frames| -> Result<(f64, f64), PlanError> {
        let mean = |plan| played(held.model, held.cluster, plan, rate, frames, held.seed);
        Ok((mean(own)?, mean(plan)?))
    };
    let kind = Kind::Played;
    let (mut best, mut other) = both(held.frames)?;
    if best > other * (1.0 + PLAYED) {
        (best, other) = both(held.frames * LONGER)?;
    }
    if best <= other * (1.0 + PLAYED) {
        verdict.compare(Violation { kind, rival, at, best, other, error });
        return Ok(());
    }
    let mut later = (best - other, 0.0);
    // By so much it is no chance.
    let far = best > FAR * other;
    for plays in PLAYS.into_iter().filter(|_| !far) {
        let (plays, frames) = (held.seed + 1..held.seed + 1 + plays, held.frames * EACH);
        later = measure::later(held.model, held.cluster, [own, plan], rate, plays, frames)?;
        if later.0 <= PLAYED * other || later.0 > SURE * later.1 {
            break;
        }
    }
    let lost = later.0 > SURE * later.1;
    let best = other + if lost || later.0.is_nan() { later.0 } else { 0.0 };
    let before = verdict.violations.len();
    verdict.compare(Violation { kind, rival, at, best, other, error: later.1 });
    verdict.chance += usize::from(verdict.violations.len() == before);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cell::all_fronts;
    use crate::setting::Setting;
    use convoy_model::zoo;

    /// The verdict on a cell in which `best` is what `scheme` plans.
    fn verdict_on(scheme: &str) -> Verdict {
        let setting = Setting::mixed("resnet34", 3, 50.0);
        let (model, cluster) = (zoo::model("resnet34").unwrap(), setting.cluster());
        let all = all_fronts(&model, &cluster);
        let planned = |scheme| {
            let found = all.iter().find(|(name, _)| *name == scheme).unwrap();
            found.1.clone().unwrap()
        };
        let fronts = [
            ("replicated", planned("replicated")),
            ("optimal-fused", planned("optimal-fused")),
            ("best", planned(scheme)),
        ];
        let (model, cluster, fronts) = (&model, &cluster, &fronts[..]);
        check(&Held { model, cluster, fronts, frames: 300, seed: 1 }).unwrap()
    }

    #[test]
    fn a_best_that_is_not_the_best_is_found_out() {
        let verdict = verdict_on("layer-wise");
        assert!(verdict.violations.iter().any(|lost| lost.kind == Kind::Period));
        assert!(verdict.violations.iter().any(|lost| lost.kind == Kind::Expected));
    }

    #[test]
    fn the_real_best_is_not_beaten_by_formula() {
        let verdict = verdict_on("best");
        // As played it hangs on the length of the play; the report tells how often.
        let by_formula = |lost: &&Violation| lost.kind != Kind::Played;
        assert_eq!(verdict.violations.iter().find(by_formula), None);
        assert!(verdict.compared.iter().all(|count| *count > 0), "{:?}", verdict.compared);
    }
}
