//! Spot checks: of some frames, nobody knows of which, one tile is computed a second time by another page.
//!
//! First every page says by digests what it has taken and made of a frame ([`convoy_wire::Sealed`]). Only
//! then, where the frame's number says so, one tile's device is told to account for it: to send its
//! slices to another page, which computes the tile again. What it sends must have the digests that those
//! before it and after it in the frame's way have named, too. So a device that lies has done so
//! before it hears that it is checked, cannot lie otherwise to its checker, and nobody is to blame for
//! what came to it wrong already: a dispute is between two, the device and its checker.
//!
//! Where they differ, others are asked to compute the same tile from the same slices
//! ([`super::judging`]). One check is under way at a time.

use super::Coordinator;
use super::judging::{Judgement, Opinion, judge};
use super::member::Member;
use convoy_plan::play::{Rng, mix};
use convoy_plan::{DeviceId, Plan, Port, Stage, Tile, Turns, fit_together};
use convoy_wire::{Digest, Epoch, Finding, FrameId, Seal, ToDevice};
use std::collections::{BTreeMap, BTreeSet};

/// Seconds within which one page is to have computed a tile again, weights and slices included.
const PATIENCE: f64 = 30.0;
/// Tiles one after another that a page may leave unaccounted for.
const EVASIONS: u32 = 3;
/// Least seconds between two of them that count: a passing trouble of its lines is none.
const APART: f64 = 10.0;
/// Frames of which digests are remembered.
const LEDGERS: usize = 64;

/// What has been said of a slice: that it was made, and that it was taken.
type Said = [Option<Digest>; 2];

/// What was said of the slices around a tile that may be checked.
#[derive(Debug)]
struct Ledger {
    tile: (u16, u16),
    accused: DeviceId,
    source: DeviceId,
    /// By edge; whether the tile is what makes the slice.
    said: BTreeMap<u16, (bool, Said)>,
    since: f64,
}

impl Ledger {
    /// Whether the tile's own device has said all that it has to, or everybody else has.
    fn is_said(&self, own: bool) -> bool {
        self.said.values().all(|(makes, said)| said[usize::from(*makes != own)].is_some())
    }

    /// The slices' digests, where both ends of each have named the same.
    fn agreed(&self) -> Option<BTreeMap<u16, Digest>> {
        let same = |(index, (_, [made, took])): (&u16, &(bool, Said))| {
            made.filter(|made| Some(*made) == *took).map(|digest| (*index, digest))
        };
        self.said.iter().map(same).collect()
    }
}

/// A tile that is being checked.
#[derive(Debug)]
struct Case {
    epoch: Epoch,
    frame: FrameId,
    stage: u16,
    tile: u16,
    accused: DeviceId,
    opened: f64,
    /// Who was asked, by the check's number, and when.
    asked: BTreeMap<u16, (DeviceId, f64)>,
    /// Everybody who ever was.
    jurors: BTreeSet<DeviceId>,
    /// The deviation and of what; nothing where nothing came.
    findings: BTreeMap<DeviceId, Option<(f64, Seal)>>,
}

/// Which tiles are checked, and what is known of it.
#[derive(Debug)]
pub(super) struct Checks {
    /// The part of all frames of which a tile is checked.
    share: f64,
    seed: u64,
    rng: Rng,
    number: u16,
    ledgers: BTreeMap<(Epoch, FrameId), Ledger>,
    case: Option<Case>,
}

impl Default for Checks {
    fn default() -> Self {
        let (ledgers, case) = (BTreeMap::new(), None);
        Self { share: 0.0, seed: 0, rng: Rng::new(0), number: 0, ledgers, case }
    }
}

impl Checks {
    /// Whether a tile is being checked.
    pub(super) const fn is_checking(&self) -> bool {
        self.case.is_some()
    }

    /// Which tile of a frame is checked, if any: a function of the seed, which no page knows.
    fn drawn(
        &self,
        epoch: Epoch,
        frame: FrameId,
        plan: &Plan,
        turns: &Turns,
    ) -> Option<(u16, u16)> {
        let number = u64::from(epoch.0) << 32 | u64::from(frame.0);
        let mut rng = Rng::new(mix(self.seed ^ number));
        if !rng.chance(self.share) {
            return None;
        }
        let serves = |(stage, tile): &(u16, u16)| {
            turns.serves(Port::Tile { stage: *stage, tile: *tile }, frame.0)
        };
        let stages = (0..).zip(&plan.stages);
        let tiles =
            stages.flat_map(|(stage, of)| (0..of.tiles.len() as u16).map(move |at| (stage, at)));
        let tiles: Vec<(u16, u16)> = tiles.filter(serves).collect();
        (!tiles.is_empty()).then(|| tiles[rng.below(tiles.len())])
    }
}

impl Coordinator {
    /// Of this part of all frames one tile is checked from now on; of none at first. `seed` says which,
    /// and whoever knows it can tell: a server takes one that nobody knows.
    pub fn set_checks(&mut self, share: f64, seed: u64) {
        self.checks = Checks { share, seed, rng: Rng::new(mix(seed)), ..Checks::default() };
    }

    /// Whether pages are to say what they take and make.
    pub(super) const fn wants_seals(&self) -> bool {
        self.checks.share > 0.0
    }

    /// A page says what it has taken and made of a frame. What it said first counts.
    pub(super) fn sealed(&mut self, now: f64, from: DeviceId, of: (Epoch, FrameId), seal: &Seal) {
        let (epoch, frame) = of;
        let Some(current) = self.planning.current.as_ref() else { return };
        let runs = self.planning.running && current.epoch == epoch;
        let Some(plan) = current.plan().filter(|_| runs && self.wants_seals()) else { return };
        let Some((stage, tile)) = self.checks.drawn(epoch, frame, plan, &current.turns) else {
            return;
        };
        let port = Port::Tile { stage, tile };
        if !self.checks.ledgers.contains_key(&of) {
            let Some(source) = self.frames.source(frame) else { return };
            let edges = (0..).zip(&current.edges).filter(|(_, edge)| {
                let serves = |end| current.turns.serves(end, frame.0);
                (edge.from == port || edge.to == port) && serves(edge.from) && serves(edge.to)
            });
            let said = edges.map(|(index, edge)| (index, (edge.from == port, Said::default())));
            let (accused, said) = (port.device(plan, source), said.collect());
            let ledger = Ledger { tile: (stage, tile), accused, source, said, since: now };
            self.checks.ledgers.insert(of, ledger);
        }
        let Some(ledger) = self.checks.ledgers.get_mut(&of) else { return };
        let entries = [(&seal.made, 0), (&seal.took, 1)];
        for (index, digest, side) in entries
            .into_iter()
            .flat_map(|(said, side)| said.iter().map(move |of| (of.0, of.1, side)))
        {
            let Some(edge) = current.edges.get(usize::from(index)) else { continue };
            let end = if side == 0 { edge.from } else { edge.to };
            if end.device(plan, ledger.source) == from
                && let Some((_, said)) = ledger.said.get_mut(&index)
            {
                said[side].get_or_insert(digest);
            }
        }
        let accused = ledger.accused;
        let committed = from == accused && !ledger.said.is_empty() && ledger.is_said(true);
        while self.checks.ledgers.len() > LEDGERS {
            self.checks.ledgers.pop_first();
        }
        // Slices that are accounted for take the lines that a look measures.
        if committed && self.checks.case.is_none() && !self.looks.holds() {
            let (jurors, findings) = (BTreeSet::new(), BTreeMap::new());
            let asked = BTreeMap::new();
            let opened = now;
            let case = Case { epoch, frame, stage, tile, accused, opened, asked, jurors, findings };
            self.checks.case = Some(case);
            self.ask_jurors(now, 1);
        }
    }

    /// Asks so many more pages, at random, to compute the tile of the case; how many were asked.
    fn ask_jurors(&mut self, now: f64, count: usize) -> usize {
        let Some(mut case) = self.checks.case.take() else { return 0 };
        let mut candidates = self.candidates(now, &case);
        let mut asked = 0;
        while asked < count && !candidates.is_empty() {
            let juror = candidates.swap_remove(self.checks.rng.below(candidates.len()));
            // Numbers come again after very many; none of them is 0.
            self.checks.number = self.checks.number.checked_add(1).unwrap_or(1);
            let check = self.checks.number;
            case.asked.insert(check, (juror, now));
            case.jurors.insert(juror);
            self.link(case.accused, juror);
            let Case { epoch, frame, stage, tile, accused: from, .. } = case;
            self.send(juror, ToDevice::Check { check, epoch, frame, stage, tile, from });
            asked += 1;
        }
        // Where there is nobody else nothing can be checked.
        self.checks.case = (!case.jurors.is_empty()).then_some(case);
        asked
    }

    /// Who may compute the tile of a case: who knows the plan, was not asked yet and has room for the
    /// tile's weights beside its own.
    fn candidates(&self, now: f64, case: &Case) -> Vec<DeviceId> {
        let Some(current) = &self.planning.current else { return Vec::new() };
        let Some(plan) = current.plan() else { return Vec::new() };
        let Some(stage) = plan.stages.get(usize::from(case.stage)) else { return Vec::new() };
        let Some(tile) = stage.tiles.get(usize::from(case.tile)) else { return Vec::new() };
        let (eligible, _) = self.eligible(now);
        let free = |id: &&DeviceId| {
            **id != case.accused && !case.jurors.contains(id) && current.devices.contains(id)
        };
        let has_room = |id: &DeviceId| {
            let tiles = vec![Tile { device: *id, ..tile.clone() }];
            let stages = vec![Stage { tiles, ..stage.clone() }];
            let more = Plan { stages, ..plan.clone() };
            let cluster = self.cluster(&BTreeSet::from([*id]));
            fit_together(&self.model, &cluster, [plan, &more])
        };
        eligible.iter().filter(free).copied().filter(has_room).collect()
    }

    /// A page waits for the slices of the tile that it is to check.
    pub(super) fn awaits(&mut self, from: DeviceId, check: u16) {
        let Some(case) = &self.checks.case else { return };
        let asked = case.asked.get(&check).is_some_and(|(juror, _)| *juror == from);
        if asked {
            let Case { epoch, frame, stage, tile, accused, .. } = *case;
            self.send(accused, ToDevice::Account { check, epoch, frame, stage, tile, to: from });
        }
    }

    /// A page has computed a tile again, or could not.
    pub(super) fn checked(&mut self, from: DeviceId, check: u16, finding: Finding) {
        let Some(case) = &mut self.checks.case else { return };
        if case.asked.get(&check).is_some_and(|(juror, _)| *juror == from) {
            case.asked.remove(&check);
            match finding {
                Finding::Compared { deviation, seal } => {
                    case.findings.insert(from, Some((deviation, seal)));
                }
                Finding::Missing => {
                    case.findings.insert(from, None);
                }
                // Its own trouble says nothing of anybody.
                Finding::Failed { .. } => {}
            }
        }
    }

    /// Looks whether the case can be judged, and asks more pages where it must.
    pub(super) fn consider(&mut self, now: f64) {
        let Some(case) = &mut self.checks.case else { return };
        let current = self.planning.current.as_ref();
        let runs = self.planning.running && current.is_some_and(|of| of.epoch == case.epoch);
        let there = |member: &Member| member.problem.is_none() && !member.hearing.suspected;
        if !runs || !self.members.get(&case.accused).is_some_and(there) {
            // The slices are gone, or whoever has them.
            self.checks.case = None;
            return;
        }
        let members = &self.members;
        case.asked.retain(|_, (juror, since)| {
            now - *since < PATIENCE && members.get(juror).is_some_and(there)
        });
        // The word of who has left counts no more than it does itself.
        case.findings.retain(|juror, _| members.get(juror).is_some_and(is_voter));
        let ledger = self.checks.ledgers.get(&(case.epoch, case.frame));
        let Some(ledger) = ledger else {
            self.checks.case = None;
            return;
        };
        if !(ledger.is_said(true) && ledger.is_said(false)) && now - case.opened < PATIENCE {
            // Whoever takes its outputs has not said so yet.
            return;
        }
        // Where those before and after it say otherwise, one of two lies, and nobody knows which.
        let Some(agreed) = ledger.agreed() else {
            return self.conclude(now, BTreeMap::new(), None);
        };
        let opinion = |finding: &Option<(f64, Seal)>| {
            let Some((deviation, seal)) = finding else { return Opinion::Missing };
            let given = seal.took.iter().chain(&seal.made).copied();
            let same = given.collect::<BTreeMap<u16, Digest>>() == agreed;
            if same { Opinion::of(*deviation) } else { Opinion::Missing }
        };
        let opinions: BTreeMap<DeviceId, Opinion> =
            case.findings.iter().map(|(juror, finding)| (*juror, opinion(finding))).collect();
        let count = self.members.values().filter(|member| is_voter(member)).count();
        match judge(case.accused, &opinions, count, case.asked.len()) {
            Judgement::Open { more: 0 } => {}
            Judgement::Open { more } => {
                if self.ask_jurors(now, more) == 0 {
                    self.conclude(now, opinions, None);
                }
            }
            Judgement::Settled { guilty } => self.conclude(now, opinions, Some(guilty)),
        }
    }

    /// The case is over: who is guilty, or that nobody can tell.
    fn conclude(
        &mut self,
        now: f64,
        opinions: BTreeMap<DeviceId, Opinion>,
        mut guilty: Option<Vec<DeviceId>>,
    ) {
        let Some(case) = self.checks.case.take() else { return };
        self.checks.ledgers.remove(&(case.epoch, case.frame));
        let Case { epoch, frame, stage, tile, accused, .. } = case;
        if guilty.is_none() {
            let doubts = |opinion: &&Opinion| matches!(opinion, Opinion::Missing | Opinion::Wrong);
            let doubts = opinions.values().filter(doubts).count();
            let voters = self.members.values().filter(|member| is_voter(member)).count();
            if 2 * doubts > voters && self.evades(now, accused) {
                let why = "it does not account for what it makes of what it is given";
                self.quarantine(accused, why.into());
                guilty = Some(vec![accused]);
            }
        } else if let Some(member) = self.members.get_mut(&accused) {
            member.evasions = (0, 0.0);
        }
        self.pronounce((epoch, frame), (stage, tile), accused, (opinions, guilty));
    }

    /// A page has not accounted for a tile that it should have; whether for too many, one after another.
    fn evades(&mut self, now: f64, device: DeviceId) -> bool {
        let Some(member) = self.members.get_mut(&device) else { return false };
        let (count, last) = member.evasions;
        if count == 0 || now - last >= APART {
            member.evasions = (count + 1, now);
        }
        member.evasions.0 >= EVASIONS
    }

    /// Forgets what nobody will check any more, and looks who has not said what it made though all
    /// around it have.
    pub(super) fn audit(&mut self, now: f64) {
        // What was said late, as of a plan that is over, was not taken in.
        let current = self.planning.current.as_ref().map(|current| current.epoch);
        let runs = self.planning.running;
        self.checks.ledgers.retain(|(epoch, _), _| runs && Some(*epoch) == current);
        let case = self.checks.case.as_ref().map(|case| (case.epoch, case.frame));
        let old = |(of, ledger): (&(Epoch, FrameId), &Ledger)| {
            (now - ledger.since > PATIENCE && Some(*of) != case).then_some(*of)
        };
        let old: Vec<(Epoch, FrameId)> = self.checks.ledgers.iter().filter_map(old).collect();
        for of in old {
            let Some(ledger) = self.checks.ledgers.remove(&of) else { continue };
            let silent = !ledger.is_said(true) && ledger.is_said(false);
            if silent && self.evades(now, ledger.accused) {
                let why = "it does not say what it makes of what it is given".to_owned();
                self.quarantine(ledger.accused, why);
                let guilty = Some(vec![ledger.accused]);
                self.pronounce(of, ledger.tile, ledger.accused, (BTreeMap::new(), guilty));
            }
        }
    }
}

/// Whether a page counts where a majority is wanted: all that compute do, also those that are not asked or
/// cannot be.
fn is_voter(member: &Member) -> bool {
    member.computes() && member.problem.is_none()
}
