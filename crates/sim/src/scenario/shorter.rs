//! Making a scenario short that the oracle complains of: whatever can be left out so that it still
//! complains is left out.

use super::{Block, Scenario, What};

/// The shortest scenario that is found by at most `tries` plays of which `fails` still says that it
/// fails. Shorter is: fewer troubles, frames, pages, layers; no odd wires; earlier times.
pub fn shrink(scenario: &Scenario, tries: usize, fails: &dyn Fn(&Scenario) -> bool) -> Scenario {
    let mut search = Search { best: scenario.clone(), left: tries, fails };
    loop {
        let before = search.best.clone();
        search.troubles();
        search.frames();
        search.pages();
        search.networks();
        search.plainer();
        if search.left == 0 || search.best == before {
            return search.best;
        }
    }
}

struct Search<'a> {
    best: Scenario,
    left: usize,
    fails: &'a dyn Fn(&Scenario) -> bool,
}

impl Search<'_> {
    /// Takes a scenario that still fails.
    fn take(&mut self, shorter: Scenario) -> bool {
        if self.left == 0 || shorter == self.best {
            return false;
        }
        self.left -= 1;
        let fails = (self.fails)(&shorter);
        if fails {
            self.best = shorter;
        }
        fails
    }

    /// Leaves out parts of a list, halves of it at first and single items at last.
    fn list<T: Clone>(&mut self, of: impl Fn(&mut Scenario) -> &mut Vec<T>) {
        let mut size = of(&mut self.best).len();
        while size > 0 && self.left > 0 {
            let mut at = 0;
            while at < of(&mut self.best).len() {
                let mut shorter = self.best.clone();
                let list = of(&mut shorter);
                let end = (at + size).min(list.len());
                list.drain(at..end);
                if !self.take(shorter) {
                    at += size;
                }
            }
            size /= 2;
        }
    }

    fn troubles(&mut self) {
        self.list(|scenario| &mut scenario.troubles);
    }

    /// Frames go one by one from the end, as troubles name them by their place.
    fn frames(&mut self) {
        let named = |scenario: &Scenario| {
            scenario
                .troubles
                .iter()
                .any(|trouble| matches!(trouble.what, What::HangUp { .. } | What::NoPicture { .. }))
        };
        if !named(&self.best) {
            return self.list(|scenario| &mut scenario.frames);
        }
        while let Some(mut shorter) = Some(self.best.clone())
            && shorter.frames.pop().is_some()
        {
            if shorter.check().is_err() || !self.take(shorter) {
                return;
            }
        }
    }

    fn pages(&mut self) {
        for page in (0..self.best.pages.len()).rev() {
            if let Some(shorter) = without_page(&self.best, page) {
                self.take(shorter);
            }
        }
    }

    fn networks(&mut self) {
        for network in 0..self.best.networks.len() {
            for block in (0..self.best.networks[network].blocks.len()).rev() {
                let mut shorter = self.best.clone();
                shorter.networks[network].blocks.remove(block);
                self.take(shorter);
            }
            for _ in 0..self.best.networks[network].classes.len() {
                let mut shorter = self.best.clone();
                shorter.networks[network].classes.pop();
                self.take(shorter);
            }
            for block in 0..self.best.networks[network].blocks.len() {
                let mut shorter = self.best.clone();
                shorter.networks[network].blocks[block] = Block::Conv(1, 3, 1);
                self.take(shorter);
            }
        }
        let changes =
            self.best.troubles.iter().any(|trouble| matches!(trouble.what, What::Network { .. }));
        if !changes && self.best.networks.len() > 1 {
            let mut shorter = self.best.clone();
            shorter.networks.truncate(1);
            self.take(shorter);
        }
    }

    /// Everything else as plain as it may be.
    fn plainer(&mut self) {
        let changes: [fn(&mut Scenario); 12] = [
            |scenario| scenario.wires.noise = (0.0, 0.0),
            |scenario| scenario.wires.shared = false,
            |scenario| scenario.wires.connect = (0.1, 1.0),
            |scenario| scenario.wires.latency = 0.002,
            |scenario| scenario.planning = 0.0,
            |scenario| scenario.scheme = "pico".into(),
            |scenario| scenario.seed = 1,
            |scenario| {
                let last = scenario.troubles.iter().map(|trouble| trouble.at);
                let last = last.chain(scenario.frames.iter().copied()).fold(0.0, f64::max);
                scenario.end = scenario.end.min(last.ceil());
            },
            |scenario| scenario.limits.1 = 64,
            |scenario| scenario.files = None,
            |scenario| scenario.checks = 0.0,
            |scenario| scenario.checks = scenario.checks.ceil(),
        ];
        for change in changes {
            let mut shorter = self.best.clone();
            change(&mut shorter);
            self.take(shorter);
        }
        for page in 0..self.best.pages.len() {
            let changes: [fn(&mut super::Page); 5] = [
                |page| page.odd.clear(),
                |page| page.machine = None,
                |page| page.line = None,
                |page| page.joins = 0.0,
                |page| page.speed = 1e7,
            ];
            for change in changes {
                let mut shorter = self.best.clone();
                change(&mut shorter.pages[page]);
                self.take(shorter);
            }
        }
    }
}

/// The scenario without a page that no trouble names; those after it move up.
fn without_page(scenario: &Scenario, gone: usize) -> Option<Scenario> {
    if scenario.pages.len() < 2 {
        return None;
    }
    let mut shorter = scenario.clone();
    shorter.pages.remove(gone);
    let moved = |page: &mut usize| {
        let named = *page == gone;
        *page -= usize::from(*page > gone);
        !named
    };
    for trouble in &mut shorter.troubles {
        let others = match &mut trouble.what {
            What::Leaves { page }
            | What::Dies { page }
            | What::Vanishes { page }
            | What::Freezes { page, .. }
            | What::Reloads { page, .. }
            | What::CutOff { page, .. }
            | What::Slows { page, .. }
            | What::Thins { page, .. }
            | What::Clock { page, .. }
            | What::Lies { page, .. }
            | What::Garbage { page, .. }
            | What::Hides { page }
            | What::WeightsSpoil { page } => moved(page),
            What::LinkBreaks { pages: (a, b) } => moved(a) && moved(b),
            What::Weather { from, to, .. } => {
                from.as_mut().is_none_or(moved) && to.as_mut().is_none_or(moved)
            }
            What::SourceDies
            | What::ServerRestarts { .. }
            | What::Network { .. }
            | What::Scheme { .. }
            | What::HangUp { .. }
            | What::NoPicture { .. } => true,
        };
        if !others {
            return None;
        }
    }
    Some(shorter)
}
