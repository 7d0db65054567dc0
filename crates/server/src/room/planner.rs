//! Planning beside the rooms' tasks: it may take seconds of computing, and no room stands still
//! meanwhile, neither the one that waits for its plan nor any other.

use crate::metrics::{Held, Metrics};
use convoy_plan::{Front, PlanError};
use convoy_session::PlanRequest;
use std::future::pending;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

/// What came of a request.
type Planned = Result<Front, PlanError>;

/// Makes the plans of all rooms, as many at a time as the machine has cores; the others wait.
#[derive(Debug, Clone)]
pub(crate) struct Planner {
    cores: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl Planner {
    pub(crate) fn new(metrics: Arc<Metrics>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self { cores: Arc::new(Semaphore::new(cores)), metrics }
    }

    /// Begins.
    pub(super) fn start(&self, request: PlanRequest) -> Planning {
        let (id, cores) = (request.id, Arc::clone(&self.cores));
        let metrics = Arc::clone(&self.metrics);
        let waits = Held::one(&metrics.planning_waiting);
        let task = tokio::spawn(async move {
            // It is never closed; if it were, planning without it would do no harm.
            let core = cores.acquire_owned().await.ok();
            drop(waits);
            let work = move || {
                let (start, _core) = (Instant::now(), core);
                let planned = request.run(&|| start.elapsed().as_secs_f64());
                metrics.planning.observe(start.elapsed().as_secs_f64());
                planned
            };
            beside(work).await.unwrap_or_else(|| Err(failed()))
        });
        Planning(Some((id, task)))
    }
}

/// A request under way, or none. One that is dropped before its turn is never begun.
#[derive(Debug, Default)]
pub(super) struct Planning(Option<(u64, JoinHandle<Planned>)>);

impl Planning {
    /// The request's number and what came of it, once; where there is none, this waits for ever.
    pub(super) async fn done(&mut self) -> (u64, Planned) {
        let Some((id, task)) = &mut self.0 else { return pending().await };
        let made = task.await.unwrap_or_else(|_| Err(failed()));
        // A copy, since allocators give each thread memory of its own: the plans lie scattered among all that
        // the planner threw away, and would keep it.
        let (id, planned) = (*id, made.clone());
        self.0 = None;
        (id, planned)
    }
}

impl Drop for Planning {
    fn drop(&mut self) {
        if let Some((_, task)) = &self.0 {
            task.abort();
        }
    }
}

/// What `work` makes, on a thread of its own that gives way to every other: the tasks that pass on what
/// pages say share the machine's cores with it. `None` where it panics, or there is no thread to be had.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (told, made) = oneshot::channel();
    let thread = std::thread::Builder::new().name("planner".into()).spawn(move || {
        #[cfg(target_os = "linux")]
        give_way();
        // Whoever asked may have gone.
        let _ = told.send(work());
    });
    thread.ok()?;
    made.await.ok()
}

/// Has this thread run where no other of the machine wants to, which it then lets go first at once. Five hundred rooms
/// that begin together plan for minutes, and pages that join meanwhile wait for nobody's plan (`docs/adr/0016`).
#[cfg(target_os = "linux")]
fn give_way() {
    use thread_priority::{
        NormalThreadSchedulePolicy::Idle, ThreadPriority, ThreadSchedulePolicy,
        set_thread_priority_and_policy, thread_native_id,
    };
    let policy = ThreadSchedulePolicy::Normal(Idle);
    // Without it the plan is made all the same.
    if let Err(error) =
        set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, policy)
    {
        tracing::debug!(?error, "plans are made at the weight of everything else");
    }
}

/// The planner panicked, or the server stops.
fn failed() -> PlanError {
    PlanError::Infeasible("the planner has ended unexpectedly: please try another scheme".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_model::zoo;
    use convoy_plan::{Cluster, Device, DeviceId, Network, WireFormat};
    use std::time::Duration;

    fn request(id: u64, scheme: &str) -> PlanRequest {
        let devices = (0..4).map(|id| Device::new(DeviceId(id), "device", 1e9, 1 << 40)).collect();
        let wire = WireFormat::Compact;
        let network = Network { bandwidth: 1e7, shared: false, latency: 0.0, wire };
        let cluster = Cluster { devices, network };
        let model = Arc::new(zoo::model("vgg16").unwrap());
        let (scheme, latency_limit, ahead) = (scheme.into(), None, false);
        PlanRequest { id, model, cluster, scheme, latency_limit, budget: 2.0, ahead }
    }

    #[tokio::test]
    async fn each_request_is_answered_once_with_its_number() {
        let planner = Planner::new(Metrics::new());
        for (id, scheme, found) in [(1, "pico", true), (2, "magic", false)] {
            let mut planning = planner.start(request(id, scheme));
            let (answered, planned) = planning.done().await;
            assert_eq!((answered, planned.is_ok()), (id, found));
            let again = tokio::time::timeout(Duration::from_millis(20), planning.done()).await;
            assert!(again.is_err());
        }
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn plans_are_made_where_nothing_else_wants_to_run() {
        use thread_priority::{NormalThreadSchedulePolicy::Idle, ThreadSchedulePolicy};
        let policy = beside(|| thread_priority::thread_schedule_policy().unwrap()).await;
        assert_eq!(policy, Some(ThreadSchedulePolicy::Normal(Idle)));
    }

    #[tokio::test]
    async fn rooms_wait_for_a_core_and_those_that_end_give_up_their_turn() {
        let planner = Planner { cores: Arc::new(Semaphore::new(1)), metrics: Metrics::new() };
        let core = planner.cores.clone().acquire_owned().await.unwrap();
        let ended = planner.start(request(1, "pico"));
        let mut waiting = planner.start(request(2, "pico"));
        let early = tokio::time::timeout(Duration::from_millis(50), waiting.done()).await;
        assert!(early.is_err(), "there is no core");
        drop(ended);
        drop(core);
        assert!(waiting.done().await.1.is_ok());
        assert_eq!(planner.cores.available_permits(), 1);
    }
}
