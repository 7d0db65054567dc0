//! The report: Markdown for people, from the same numbers as the data beside it.

mod planner;
mod tables;
mod text;

pub use planner::planning;

use crate::checks::{EACH, Kind, LONGER, PLAYS, SURE, Verdict};
use crate::claims;
use crate::plots::{Plot, Results};
use crate::setting::MIXED;
use tables::table;
use text::list;

/// Most lost comparisons that the report lists one by one.
const LISTED: usize = 40;

/// What is written about a run.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// What was run.
    pub results: Results<'a>,
    /// The plots, in the order of the report.
    pub plots: &'a [Plot],
    /// Where random times began.
    pub seed: u64,
    /// The command that makes it all again.
    pub command: &'a str,
}

impl Report<'_> {
    /// The whole text.
    #[must_use]
    pub fn text(&self) -> String {
        let sections = [
            self.opening(),
            self.checks(),
            self.comparison(),
            self.disagreements(),
            tables::by_cost_model(&self.results),
            tables::beyond(&self.results),
            self.plots(),
        ];
        sections.join("\n")
    }

    fn opening(&self) -> String {
        let grid = self.results.grid;
        let (cells, count) = (self.results.cells.len(), grid.most);
        format!(
            "# Experiments\n\n\
             The questions of PICO (Yang et al., ICDCS 2021) asked of this planner and its simulator. \
             Made by `{}`, seed {}; a rerun makes the same files, byte for byte, as long as the \
             planner is the same. What hangs on the machine stands in [planning.md](planning.md).\n\n\
             Data: [cells.csv](cells.csv), one line for each scheme of each cell; \
             [loads.csv](loads.csv), one for each scheme at each load.\n\n\
             ## The grid\n\n\
             {cells} cells. Networks: vgg16, yolov2 (with its passthrough), resnet34, inceptionv3, \
             weights seeded. 2 GMAC/s for each GHz, 2 GiB of memory a device.\n\n\
             - Equal devices: {} devices x {} GHz x {} Mbit/s, all combinations.\n\
             - Mixed devices: {} devices x {} Mbit/s; the first so many of {} GHz (our choice).\n\
             - This runtime's own wiring (a line for each device, u8 pixels, f16 maps, 2 ms a \
             message): {count} devices, equal at 1 GHz and mixed, x {} Mbit/s.\n\
             - Loads: {count} devices, equal at 1 GHz and mixed, at 50 Mbit/s, 10 to 90 % of what \
             `pico` can do by the paper's cost model.\n\n\
             Unless said otherwise the medium is shared, as the paper's Wi-Fi, and all numbers \
             travel as f32.\n\n\
             Two cost models: **the paper's**, in which a stage computes, then transfers, and each \
             stage has the whole medium to itself; and **overlap**, in which sending, receiving and \
             computing go on at once, slices that stay on a device cost nothing and all stages share \
             the medium. `best` and `replicated` plan by overlap, the others by the paper's rules.\n",
            self.command,
            self.seed,
            list(&grid.devices),
            list(&grid.ghz),
            list(&grid.mbit),
            list(&grid.devices),
            list(&grid.mbit),
            list(&MIXED),
            list(&grid.mbit),
        )
    }

    fn checks(&self) -> String {
        let mut verdict = Verdict::default();
        let mut lost = Vec::new();
        for cell in self.results.cells {
            verdict.add(&cell.verdict);
            lost.extend(cell.verdict.violations.iter().map(|it| (cell, it)));
        }
        let row = |(kind, compared): (Kind, usize)| {
            let own = || lost.iter().filter(|(_, lost)| lost.kind == kind);
            let most = own().map(|(_, lost)| lost.best / lost.other - 1.0).fold(0.0, f64::max);
            let most =
                if own().count() == 0 { "-".into() } else { format!("{:.2} %", 100.0 * most) };
            let tolerance = format!("{:.7} %", 100.0 * kind.tolerance());
            let tolerance = if kind == Kind::Played { "1 %".into() } else { tolerance };
            vec![
                kind.words().into(),
                compared.to_string(),
                tolerance,
                own().count().to_string(),
                most,
            ]
        };
        let rows = Kind::ALL.into_iter().zip(verdict.compared).map(row).collect::<Vec<_>>();
        let titles = ["compared", "times", "tolerance", "lost", "by at most"];
        let mut text = format!(
            "## Checks: `best` is never worse\n\n\
             In every cell `best` is held against every other scheme, by overlap: its period among \
             plans that answer no later than the rival's; its period where all plan under one latency \
             limit, the geometric middle of its front's; and its mean latency at 10 to 90 % of its own \
             capacity and of the rival's, by the queue formula and as played by the bare simulator. A \
             rival that does not keep up has lost, and one that the formula puts beyond 1.5 times \
             `best` is not played. All plays of a comparison have the same random arrivals, {} \
             frames. By formula only rounding is let pass, as played 1 %. What looks lost is played \
             again {LONGER} times as long. Near capacity that still says more about its random times \
             than about the plans: with others `best` may be as far ahead. So what looks lost again \
             is played {} times more with new times, each {EACH} times as long as the first, where \
             these do not tell {} times; each time both plans with the same, what the chance of these \
             times explains of each plan's wait taken off (a control variate). Lost is what is then \
             later by more than 1 %, and by more than {SURE} standard errors. The formula is the \
             queue's, corrected for every plan by trial plays, as `best` does before it chooses; of \
             plans that it weighed against its own, what it then found out.\n\n{}",
            self.results.grid.check_frames,
            PLAYS[0],
            PLAYS[1],
            table(&titles, &rows)
        );
        if verdict.chance > 0 {
            text += &format!(
                "\nOf those as played {} looked lost by more than 1 % in the longer play, and were \
                 chance.\n",
                verdict.chance
            );
        }
        if lost.is_empty() {
            text += "\nNone was lost.\n";
            return text;
        }
        text += &format!("\nLost ({} in all, the first {LISTED} listed):\n\n", lost.len());
        for (cell, violation) in lost.iter().take(LISTED) {
            text += &format!("- {}: {violation}\n", cell.setting);
        }
        text
    }

    fn comparison(&self) -> String {
        let Results { grid, cells, loads } = self.results;
        let row = |claim: claims::Claim| {
            let verdict = if claim.agrees { "agrees" } else { "disagrees" };
            vec![claim.says.into(), verdict.into(), claim.found]
        };
        let rows: Vec<_> = claims::all(cells, loads, grid).into_iter().map(row).collect();
        format!(
            "## Beside the paper\n\n\
             By the paper's cost model and queue (M/D/1), except CPU utilisation, which is played. \
             Rivals are LW (`layer-wise`), EFL (`early-fused`), OFL (`optimal-fused`) and CE \
             (`coedge`); `replicated` is not among the paper's. Throughput gains are the rival's \
             period over PICO's. Over network settings: {} equal devices of 1 GHz, every bandwidth. \
             Over frequencies: 2 devices and more at 50 Mbit/s, every frequency.\n\n{}",
            grid.most,
            table(&["the paper", "verdict", "here"], &rows)
        )
    }

    fn disagreements(&self) -> String {
        let Results { grid, cells, loads } = self.results;
        let mut text = String::from("## Where this disagrees with the paper\n\n");
        for claim in claims::all(cells, loads, grid).iter().filter(|claim| !claim.agrees) {
            text += &format!("- The paper: {}. Here: {}.\n", claim.says, claim.found);
        }
        text += &tables::remarks(&self.results);
        text
    }

    fn plots(&self) -> String {
        let mut text = String::from("## Plots\n\n");
        for plot in self.plots {
            text += &format!(
                "### {0}\n\n{1} Rerun: `{2}`.\n\n![{0}]({0}.svg)\n\n",
                plot.name, plot.shows, self.command
            );
        }
        text.truncate(text.trim_end().len());
        text + "\n"
    }
}
