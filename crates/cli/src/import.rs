//! `convoy import`: Makes a package of an ONNX file.

mod values;

use crate::models::Row;
use crate::{Failure, output};
use anyhow::{Context as _, anyhow};
use convoy_model::onnx::{self, Imported};
use convoy_model::package::{self, Precision, WriteError};
use convoy_model::{AnswerKind, Channels, Fit, Model, NodeId, Preprocess, WeightSource, pieces};
use std::path::PathBuf;
use std::process::ExitCode;
use values::{anchors, labels, triple};

/// Arguments of `convoy import`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The ONNX file: one image in (1 or 3 channels first), weights inside.
    #[arg(value_name = "FILE.onnx")]
    file: PathBuf,
    /// Id of the network in URLs and on the command line: a-z, 0-9, '.' and '-'.
    #[arg(long)]
    name: String,
    /// Folder of packages; the package is written to DIR/NAME.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What people read instead of the id.
    #[arg(long)]
    title: Option<String>,
    /// Subtracted from each channel (0..255), in R, G, B order whatever --channels says.
    #[arg(long, value_name = "R,G,B", default_value = "0", value_parser = triple, allow_hyphen_values = true)]
    mean: [f32; 3],
    /// Divides each channel after that, in R, G, B order; 255 brings values to 0..1.
    #[arg(long, value_name = "R,G,B", default_value = "255", value_parser = triple, allow_hyphen_values = true)]
    std: [f32; 3],
    /// Channel order of the network's input [default: rgb, or gray where it has one channel].
    #[arg(long)]
    channels: Option<ChannelOrder>,
    /// How a photograph is brought to the input's size.
    #[arg(long, default_value = "crop")]
    resize: Resize,
    /// Part of the short side that `--resize crop` keeps.
    #[arg(long, value_name = "PART", default_value_t = 0.875)]
    crop_fraction: f32,
    /// Grey of the bars of `--resize letterbox`, 0..255.
    #[arg(long, value_name = "GREY", default_value_t = 128)]
    fill: u8,
    /// Names of the classes, one a line.
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// How the outputs are read [default: boxes with --anchors, labels with --labels, else raw].
    #[arg(long)]
    kind: Option<Kind>,
    /// YOLO anchors in input pixels, "W,H W,H ...", the outputs separated by ';'.
    #[arg(long, value_name = "ANCHORS", value_parser = anchors)]
    anchors: Option<Heads>,
    /// Boxes below this score are dropped.
    #[arg(long, default_value_t = 0.3)]
    score: f32,
    /// Of two boxes of a class that overlap more than this, the weaker is dropped.
    #[arg(long, default_value_t = 0.45)]
    overlap: f32,
    /// Weights in f32 instead of f16: twice the bytes, exactly the file's numbers.
    #[arg(long)]
    f32: bool,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
}

/// Anchors of each output.
type Heads = Vec<Vec<[f32; 2]>>;

#[derive(Clone, Copy, clap::ValueEnum)]
enum ChannelOrder {
    Rgb,
    Bgr,
    Gray,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Resize {
    /// The central square.
    Crop,
    /// Whole, with grey bars.
    Letterbox,
    /// Whole, out of proportion where need be.
    Stretch,
}

#[derive(Clone, Copy, PartialEq, clap::ValueEnum)]
enum Kind {
    /// One score a class.
    Labels,
    /// YOLO boxes.
    Boxes,
    /// A grey picture in 0..1.
    Map,
    /// Numbers.
    Raw,
}

/// What was written.
#[derive(serde::Serialize)]
struct Written<'a> {
    /// The package's folder.
    folder: String,
    precision: &'static str,
    #[serde(flatten)]
    model: Row<'a>,
}

/// Runs it.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let shown = args.file.display();
    let bytes = std::fs::read(&args.file)
        .with_context(|| format!("cannot read {shown}"))
        .map_err(Failure::usage)?;
    let network =
        onnx::import(&bytes).with_context(|| shown.to_string()).map_err(Failure::usage)?;
    let (model, weights) = describe(args, network).map_err(Failure::usage)?;
    let precision = if args.f32 { Precision::F32 } else { Precision::F16 };
    let model =
        package::write(&args.out, model, &weights, precision).map_err(|error| match error {
            WriteError::Io { .. } => Failure::environment(error),
            _ => Failure::usage(error),
        })?;

    let written = Written {
        folder: args.out.join(&model.id).display().to_string(),
        precision: if args.f32 { "f32" } else { "f16" },
        model: Row::of(&model),
    };
    if args.json {
        output::json(&written);
    } else {
        output::line(format_args!(
            "wrote {}: {} layers in {} pieces, {:.3} GMAC, {:.1} MB of weights ({})",
            written.folder,
            written.model.layers,
            written.model.pieces,
            written.model.macs as f64 / 1e9,
            written.model.weight_bytes.unwrap_or(0) as f64 / 1e6,
            written.precision,
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// The network with everything that the command line says of it.
fn describe(args: &Args, network: Imported) -> anyhow::Result<(Model, convoy_model::Weights)> {
    let Imported { graph, weights } = network;
    let names = match &args.labels {
        None => Vec::new(),
        Some(file) => {
            let shown = file.display();
            let text =
                std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))?;
            labels(&text).with_context(|| shown.to_string())?
        }
    };
    let kind = args.kind.unwrap_or(match (&args.anchors, &args.labels) {
        (Some(_), _) => Kind::Boxes,
        (None, Some(_)) => Kind::Labels,
        (None, None) => Kind::Raw,
    });
    if args.labels.is_some() && !matches!(kind, Kind::Labels | Kind::Boxes) {
        return Err(anyhow!("--labels goes with --kind labels or boxes only"));
    }
    let answer = match (kind, &args.anchors) {
        (Kind::Boxes, Some(anchors)) => {
            AnswerKind::Boxes { anchors: anchors.clone(), score: args.score, overlap: args.overlap }
        }
        (Kind::Boxes, None) => return Err(anyhow!("--kind boxes needs --anchors")),
        (_, Some(_)) => return Err(anyhow!("--anchors goes with --kind boxes only")),
        (Kind::Labels, None) => AnswerKind::Labels,
        (Kind::Map, None) => AnswerKind::Map,
        (Kind::Raw, None) => AnswerKind::Raw,
    };
    let one_channel = graph.shape(NodeId::INPUT).channels == 1;
    let channels = match args.channels {
        Some(ChannelOrder::Gray) => Channels::Gray,
        Some(ChannelOrder::Bgr) => Channels::Bgr,
        Some(ChannelOrder::Rgb) => Channels::Rgb,
        None if one_channel => Channels::Gray,
        None => Channels::Rgb,
    };
    let fit = match args.resize {
        Resize::Crop => Fit::Crop { fraction: args.crop_fraction },
        Resize::Letterbox => Fit::Letterbox { fill: args.fill },
        Resize::Stretch => Fit::Stretch,
    };
    let model = Model {
        id: args.name.clone(),
        title: args.title.clone().unwrap_or_else(|| args.name.clone()),
        pieces: pieces(&graph),
        graph,
        preprocess: Preprocess { fit, channels, mean: args.mean, std: args.std },
        answer,
        labels: names,
        // Replaced by the files' names when the package is written.
        weights: WeightSource::Files { files: Vec::new() },
    };
    Ok((model, weights))
}
