//! `convoy models`: Lists the networks there are.

use crate::{Failure, output};
use convoy_model::catalog::Catalog;
use convoy_model::{AnswerKind, Model, Node, NodeId, Region, Shape, WeightSource, macs};
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `convoy models`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A folder of packages, besides those that come with convoy.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
}

/// One network, as `--json` shows it.
#[derive(serde::Serialize)]
pub(crate) struct Row<'a> {
    pub(crate) id: &'a str,
    pub(crate) title: &'a str,
    /// How its outputs are read.
    pub(crate) kind: &'static str,
    /// Channels, rows, columns of the input.
    pub(crate) input: Shape,
    /// Runs of layers that a plan may hand to different devices.
    pub(crate) pieces: usize,
    /// Layers without the input.
    pub(crate) layers: usize,
    /// Multiply-accumulates of one frame.
    pub(crate) macs: u64,
    /// Length of all weight files; null where each device makes the weights from a seed.
    pub(crate) weight_bytes: Option<u64>,
}

/// Runs it.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let catalog = Catalog::standard(args.models.as_deref()).map_err(Failure::catalog)?;
    let rows: Vec<Row<'_>> = catalog.models().map(|model| Row::of(model)).collect();
    if args.json {
        output::json(&serde_json::json!({ "models": rows }));
        return Ok(ExitCode::SUCCESS);
    }
    let width = rows.iter().map(|row| row.id.len()).max().unwrap_or(0);
    for row in &rows {
        let weights = row.weight_bytes.map_or_else(
            || "seeded weights".to_owned(),
            |bytes| format!("{:.1} MB", bytes as f64 / 1e6),
        );
        output::line(format_args!(
            "{:width$}  {:6}  {:>11}  {:>6.2} GMAC  {:>3} pieces  {:>14}  {}",
            row.id,
            row.kind,
            row.input.to_string(),
            row.macs as f64 / 1e9,
            row.pieces,
            weights,
            row.title,
        ));
    }
    Ok(ExitCode::SUCCESS)
}

impl<'a> Row<'a> {
    pub(crate) fn of(model: &'a Model) -> Self {
        let graph = &model.graph;
        let layer = |(id, node): (NodeId, &Node)| macs(graph, id, Region::whole(node.shape));
        Self {
            id: &model.id,
            title: &model.title,
            kind: match model.answer {
                AnswerKind::Labels => "labels",
                AnswerKind::Boxes { .. } => "boxes",
                AnswerKind::Map => "map",
                AnswerKind::Raw => "raw",
            },
            input: graph.shape(NodeId::INPUT),
            pieces: model.pieces.len(),
            layers: graph.nodes.len().saturating_sub(1),
            macs: graph.iter().map(layer).sum(),
            weight_bytes: match &model.weights {
                WeightSource::Files { files } => Some(files.iter().map(|file| file.bytes).sum()),
                WeightSource::Seeded { .. } => None,
            },
        }
    }
}
