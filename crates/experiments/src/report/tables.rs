//! Tables of the report, and the sentences that explain them.

use super::text::{percent, seconds};
use crate::PAPERS;
use crate::SCHEMES;
use crate::cell::Cell;
use crate::claims::{papers, period};
use crate::grid::{GHZ, MBIT};
use crate::plots::Results;
use crate::setting::{NETWORKS, Speeds};
use convoy_plan::Cost;

/// A Markdown table.
pub(super) fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let titles: Vec<String> = titles.iter().map(ToString::to_string).collect();
    let rule = format!("|{}\n", "---|".repeat(titles.len()));
    let rows: String = rows.iter().map(|row| line(row)).collect();
    line(&titles) + &rule + &rows
}

/// The cell of the most devices at the common frequency and bandwidth.
fn standard<'a>(results: &Results<'a>, network: &str, speeds: Speeds) -> Option<&'a Cell> {
    papers(results.cells).find(|cell| {
        let at = &cell.setting;
        at.network == network
            && at.devices == results.grid.most
            && at.speeds == speeds
            && at.mbit == MBIT
    })
}

/// Every scheme's numbers on the most devices.
pub(super) fn by_cost_model(results: &Results) -> String {
    let count = results.grid.most;
    let mut text = format!(
        "## Every scheme on {count} devices\n\n\
         At {MBIT} Mbit/s, the plan of the shortest period of each scheme. Period and latency in \
         seconds; played: period where pictures always wait.\n"
    );
    for (speeds, words) in
        [(Speeds::Equal(GHZ), format!("equal, {GHZ} GHz")), (Speeds::Mixed, "mixed".into())]
    {
        for network in NETWORKS {
            let Some(cell) = standard(results, network, speeds) else { continue };
            let row = |scheme: &&'static str| {
                let of = cell.of(scheme);
                let number = |pick: fn(&crate::measure::Measures) -> f64| seconds(of.map(pick));
                let part = |pick: fn(&crate::measure::Measures) -> f64| {
                    of.map_or("-".into(), |of| percent(pick(of)))
                };
                vec![
                    (*scheme).to_owned(),
                    number(|of| of.paper.period),
                    number(|of| of.paper.latency),
                    number(|of| of.overlap.period),
                    number(|of| of.overlap.latency),
                    number(|of| of.played_period),
                    part(|of| of.utilisation),
                    part(|of| of.recomputed),
                ]
            };
            let rows: Vec<_> = SCHEMES.iter().map(row).collect();
            let titles = [
                "scheme",
                "period, paper",
                "latency, paper",
                "period, overlap",
                "latency, overlap",
                "period, played",
                "CPU utilisation",
                "recomputed",
            ];
            let bound = cell.bound;
            text += &format!(
                "\n**{network}, {words}** (no period is below {bound:.3} s)\n\n{}",
                table(&titles, &rows)
            );
        }
    }
    text
}

/// How far `best` is ahead of the paper's scheme.
pub(super) fn beyond(results: &Results) -> String {
    let row = |network: &'static str| {
        let own = || papers(results.cells).filter(move |cell| cell.setting.network == network);
        let gains: Vec<f64> = own()
            .filter_map(|cell| {
                Some(period(cell, "pico", Cost::Overlap)? / period(cell, "best", Cost::Overlap)?)
            })
            .collect();
        let mean = (gains.iter().map(|gain| gain.ln()).sum::<f64>() / gains.len() as f64).exp();
        let most = gains.iter().copied().fold(0.0, f64::max);
        let far = own().filter_map(|cell| Some(period(cell, "best", Cost::Overlap)? / cell.bound));
        let far = far.fold(0.0, f64::max) - 1.0;
        vec![network.into(), format!("{mean:.2}"), format!("{most:.2}"), percent(far)]
    };
    let rows: Vec<_> = NETWORKS.into_iter().map(row).collect();
    let titles = ["network", "gain, geometric mean", "gain, most", "above the bound, most"];
    format!(
        "## `best` beside `pico`\n\n\
         By overlap, over all cells with the paper's medium: how many times the throughput of `pico` \
         that of `best` is, and how far its period is above the bound (all work over all capacities). \
         Here every device holds the whole network, so `best` deals whole frames to whole devices \
         where throughput alone counts; at lower load it runs other plans of its front (see the plots \
         of latency).\n\n{}",
        table(&titles, &rows)
    )
}

/// What else differs from what the paper's model says.
pub(super) fn remarks(results: &Results) -> String {
    let two = || papers(results.cells).filter(|cell| cell.setting.devices > 1);
    let all = two().count();
    let slower = two()
        .filter(|cell| {
            cell.of("pico").is_some_and(|of| of.overlap.period > of.paper.period * 1.001)
        })
        .count();
    let ahead = |cost| {
        two()
            .filter(|cell| {
                let own = period(cell, "pico", cost).unwrap_or(f64::INFINITY);
                PAPERS
                    .iter()
                    .any(|rival| period(cell, rival, cost).is_some_and(|it| it < own * 0.999_999))
            })
            .count()
    };
    let replicated = two()
        .filter(|cell| {
            let of = |scheme| period(cell, scheme, Cost::Paper).unwrap_or(f64::INFINITY);
            of("replicated") < of("pico")
        })
        .count();
    format!(
        "- By overlap one medium carries the slices of all stages at once; the paper's period \
         charges each stage alone. PICO's period is therefore longer by overlap than the paper's \
         model says in {slower} of {all} cells of two devices and more.\n\
         - PICO is not the first of the paper's schemes by period in {} of these cells by the paper's \
         cost model, and in {} by overlap.\n\
         - The paper does not compare with whole frames dealt to whole devices. `replicated` has a \
         shorter period than PICO in {replicated} of {all} cells (the paper's cost model, and \
         memory for the whole network on each device); its latency is one device's.\n",
        ahead(Cost::Paper),
        ahead(Cost::Overlap),
    )
}
