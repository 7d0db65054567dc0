//! How the room and its pages are, in words.

use super::super::member::{Member, Stand};
use super::super::{Coordinator, FrameError};
use convoy_plan::{DeviceId, Plan};

impl Coordinator {
    /// One word for how far a page is, and a fraction where there is one.
    pub(in super::super) fn stand(
        &self,
        now: f64,
        id: DeviceId,
        member: &Member,
    ) -> (&'static str, Option<f64>) {
        let has_tile = |plan: &Plan| {
            plan.stages.iter().any(|stage| stage.tiles.iter().any(|tile| tile.device == id))
        };
        match member.stand {
            _ if !member.computes() => ("watching", None),
            _ if member.quarantined => ("quarantined", None),
            _ if member.problem.is_some() => ("unable", None),
            _ if member.hearing.suspected => ("silent", None),
            _ if member.hearing.is_held(now) => ("returning", None),
            Stand::Joined => ("joined", None),
            Stand::Measuring => ("measuring", None),
            // A plan that was drawn by hand goes on without newcomers.
            Stand::Connecting if self.planning.is_by_hand() && self.is_linked(now, id, member) => {
                ("idle", None)
            }
            Stand::Connecting => ("connecting", None),
            Stand::Loading { total: 0, .. } => ("loading", None),
            Stand::Loading { done, total } => ("loading", Some(done as f64 / total as f64)),
            Stand::Ready if self.planning.plan().is_some_and(has_tile) => {
                (if self.planning.running { "computing" } else { "ready" }, None)
            }
            Stand::Ready => ("idle", None),
        }
    }

    /// What the room is doing, in words.
    pub(in super::super) fn status(&self) -> String {
        let computing: Vec<&Member> =
            self.members.values().filter(|member| member.computes()).collect();
        let count = |stand: &dyn Fn(&Member) -> bool| {
            computing.iter().filter(|member| member.problem.is_none() && stand(member)).count()
        };
        if let Some(problem) = &self.planning.problem {
            return problem.clone();
        }
        if computing.is_empty() {
            return FrameError::NoDevice { url: "this page".into() }.to_string();
        }
        if computing.iter().all(|member| member.problem.is_some()) {
            let first = computing.iter().find_map(|member| member.problem.clone());
            return format!("no device can take part: {}", first.unwrap_or_default());
        }
        if computing.iter().all(|member| member.problem.is_some() || member.hearing.suspected) {
            return "nobody has been heard for a while: are the devices' pages in sight?".into();
        }
        if self.planning.running {
            return match self.planning.devices.len() {
                1 => "one device computes".into(),
                count => format!("{count} devices compute together"),
            };
        }
        if self.planning.is_asked() {
            return "planning".into();
        }
        if self.planning.current.is_some() {
            let loading = count(&|member| matches!(member.stand, Stand::Loading { .. }));
            return format!("fetching weights: {}", devices(loading));
        }
        let measuring = count(&|member| matches!(member.stand, Stand::Joined | Stand::Measuring));
        if measuring > 0 {
            return format!("still to be measured: {}", devices(measuring));
        }
        "devices connect to each other".into()
    }
}

/// A number of devices in words.
fn devices(count: usize) -> String {
    if count == 1 { "one device".into() } else { format!("{count} devices") }
}
