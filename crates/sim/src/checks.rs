//! What the room makes of liars: every verdict is held against what was really computed.

use crate::Room;
use crate::machine::Machine;
use crate::values::Lie;
use convoy_plan::{DeviceId, Plan, Port};
use convoy_session::Verdict;

impl Room {
    /// A tile was checked. Whoever is guilty comes back as that, as its claim says.
    pub(crate) fn verdict(&mut self, verdict: &Verdict) {
        self.look_at_verdict(verdict);
        for id in verdict.guilty.iter().flatten() {
            if let Some(index) = self.by_id.get(id) {
                self.machines[*index].quarantined = true;
            }
        }
    }

    /// Whether fewer than half of those who compute have ever lied: then nobody may be judged wrongly.
    fn honest_rule(&self) -> bool {
        let voters = self.by_id.values().map(|index| &self.machines[*index]);
        let voters = voters.filter(|machine| machine.is_sound() && !machine.quarantined);
        let (liars, honest): (Vec<&Machine>, Vec<&Machine>) =
            voters.partition(|machine| machine.has_lied);
        liars.len() < honest.len()
    }

    fn has_lied(&self, id: DeviceId) -> bool {
        self.by_id.get(&id).is_none_or(|index| self.machines[*index].has_lied)
    }

    fn look_at_verdict(&mut self, verdict: &Verdict) {
        if self.oracle.is_none() {
            return;
        }
        let Verdict { epoch, frame, tile: (stage, tile), device, right, guilty, .. } = verdict;
        let lie = Lie::Tile(Port::Tile { stage: *stage, tile: *tile });
        let lied = self.lies.contains(&(*epoch, *frame, lie));
        let Some(guilty) = guilty else { return self.happened("check without result") };
        let honest_rule = self.honest_rule();
        let wrongly = guilty.iter().any(|id| !self.has_lied(*id));
        // A lie that an honest page has computed again cannot pass for right.
        let missed = guilty.is_empty() && lied && right.iter().any(|id| !self.has_lied(*id));
        // Who says a right tile is wrong must not get away with it, nor may an accused who did not lie
        // there be found guilty, whatever it did elsewhere.
        let confused = honest_rule && guilty.contains(device) && !lied;
        if (wrongly && honest_rule) || missed || confused {
            self.violations.push(format!("a wrong verdict (lied: {lied}): {verdict:?}"));
        }
        self.happened(match (guilty.is_empty(), wrongly) {
            (true, _) => "tile checked",
            (false, true) => "honest page outvoted by liars",
            (false, false) => "liar quarantined",
        });
    }

    /// Nobody who is quarantined has a part in a new plan.
    pub(crate) fn look_for_quarantined(&mut self, plan: &Plan) {
        let tiles = plan.stages.iter().flat_map(|stage| &stage.tiles);
        let quarantined = |id: &DeviceId| {
            self.by_id.get(id).is_some_and(|index| self.machines[*index].quarantined)
        };
        if let Some(id) = tiles.map(|tile| tile.device).find(quarantined) {
            self.violations.push(format!("{id} is quarantined and has a part in a plan"));
        }
    }
}
