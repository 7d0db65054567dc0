//! One cell: every scheme plans for it, is played and compared.

use crate::SCHEMES;
use crate::checks::{self, Held, Verdict};
use crate::grid::Grid;
use crate::measure::Measures;
use crate::setting::Setting;
use convoy_model::{Model, zoo};
use convoy_plan::{Cluster, Front, Options, Plan, PlanError, front, weighed};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What came of a cell.
#[derive(Debug, Clone)]
pub struct Cell {
    /// Which.
    pub setting: Setting,
    /// Each scheme's numbers, or why it has no plan.
    pub schemes: Vec<(&'static str, Result<Measures, PlanError>)>,
    /// What no plan's period can be below, in seconds.
    pub bound: f64,
    /// How `best` did.
    pub verdict: Verdict,
}

impl Cell {
    /// The numbers of a scheme.
    #[must_use]
    pub fn of(&self, scheme: &str) -> Option<&Measures> {
        let own = self.schemes.iter().find(|(name, _)| *name == scheme)?;
        own.1.as_ref().ok()
    }

    /// Runs one cell. Planning has no clock: it ends where a scheme finds nothing better.
    ///
    /// # Errors
    /// A plan that cannot be played.
    pub fn run(setting: Setting, frames: usize, seed: u64) -> Result<Self, PlanError> {
        let (model, cluster) = (network(setting.network)?, setting.cluster());
        let mut schemes = Vec::new();
        let mut fronts: Vec<(&'static str, Front)> = Vec::new();
        for (scheme, front) in all_fronts(&model, &cluster) {
            let measures = front.and_then(|front| {
                let measures = Measures::new(&model, &cluster, &front.plans[0], front.plans.len());
                fronts.push((scheme, front));
                measures
            });
            schemes.push((scheme, measures));
        }
        let bound = fronts.first().map_or(0.0, |(_, front)| front.bound.period);
        let held = Held { model: &model, cluster: &cluster, fronts: &fronts, frames, seed };
        Ok(Self { setting, schemes, bound, verdict: checks::check(&held)? })
    }
}

/// Every scheme's front, or why it has none. What `best` found out about the others' plans when it
/// weighed them against its own stands with them; those that it did not try are tried here.
pub(crate) fn all_fronts(
    model: &Model,
    cluster: &Cluster,
) -> Vec<(&'static str, Result<Front, PlanError>)> {
    let options = Options::default();
    let best = weighed(model, cluster, &options);
    let known: Vec<&Plan> =
        best.iter().flat_map(|(front, others)| front.plans.iter().chain(others)).collect();
    let of = |scheme: &'static str| {
        let front = match (scheme, &best) {
            ("best", Ok((front, _))) => Ok(front.clone()),
            ("best", Err(error)) => Err(error.clone()),
            _ => front(scheme, model, cluster, &options)
                .map(|front| alike(front, &known, model, cluster)),
        };
        (scheme, front)
    };
    SCHEMES.iter().copied().map(of).collect()
}

/// A front with what is known of its plans.
fn alike(mut front: Front, known: &[&Plan], model: &Model, cluster: &Cluster) -> Front {
    let same = |plan: &Plan| known.iter().find(|other| other.stages == plan.stages);
    if front.plans.iter().all(|plan| same(plan).is_some()) {
        for plan in &mut front.plans {
            plan.predicted = same(plan).map_or(plan.predicted, |other| other.predicted);
        }
        return front;
    }
    front.tried(model, cluster)
}

/// The network of this id.
///
/// # Errors
/// None is called so.
pub fn network(id: &str) -> Result<Model, PlanError> {
    zoo::model(id).ok_or_else(|| PlanError::Infeasible(format!("no network is called {id}")))
}

/// Runs every cell of the grid on so many threads; `told` hears how many are done, of how many.
///
/// # Errors
/// As [`Cell::run`].
pub fn run_all(
    grid: &Grid,
    seed: u64,
    threads: usize,
    told: &(dyn Fn(usize, usize) + Sync),
) -> Result<Vec<Cell>, PlanError> {
    side_by_side(&grid.cells, threads, told, |setting| Cell::run(*setting, grid.check_frames, seed))
}

/// What `work` makes of each, in order, by so many threads.
pub(crate) fn side_by_side<A: Sync, B: Send, E: Send>(
    all: &[A],
    threads: usize,
    told: &(dyn Fn(usize, usize) + Sync),
    work: impl Fn(&A) -> Result<B, E> + Sync,
) -> Result<Vec<B>, E> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, all.len().max(1)) {
            scope.spawn(|| {
                while let Some((index, one)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    all.get(index).map(|one| (index, one))
                } {
                    let made = work(one);
                    // Poisoned only where another thread has panicked, which ends the scope too.
                    if let Ok(mut done) = done.lock() {
                        done.push((index, made));
                        told(done.len(), all.len());
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, made)| made).collect()
}
