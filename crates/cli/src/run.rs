//! `convoy run`: a network on this machine alone, undivided and in f32: the yardstick.

mod layers;
mod tensors;

use crate::{Failure, output};
use anyhow::{Context, anyhow};
use convoy_engine::{OneThread, Parallel, Threads};
use convoy_model::catalog::{Catalog, CatalogError};
use convoy_model::{Answer, WeightFile};
use convoy_worker::{Alone, WorkerError};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Arguments of `convoy run`.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("input").required(true)))]
pub(crate) struct Args {
    /// A network's id (see `convoy models`) or the folder of a package.
    #[arg(long, value_name = "DIR|ID")]
    model: String,
    /// A folder of packages, besides those that come with convoy.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// The photograph to answer.
    #[arg(long, value_name = "FILE", group = "input")]
    image: Option<PathBuf>,
    /// A safetensors file with the exact input, `input`: f32, 1 x channels x rows x columns.
    #[arg(long, value_name = "IN.safetensors", group = "input", requires = "out")]
    tensor: Option<PathBuf>,
    /// Where the exact outputs go, each as `output.NAME`: f32, 1 x channels x rows x columns, or
    /// 1 x channels where there is one row and one column.
    #[arg(long, value_name = "OUT.safetensors")]
    out: Option<PathBuf>,
    /// Threads that compute.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    /// Each layer's time: the least of a few runs, layer by layer.
    #[arg(long)]
    layers: bool,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
}

/// What `--json` shows.
#[derive(serde::Serialize)]
struct Report {
    model: String,
    /// Seconds that the network took, without loading it and without reading the photograph.
    compute: f64,
    /// Absent with `--tensor`.
    #[serde(flatten)]
    answer: Option<Answer>,
    /// With `--layers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    layers: Option<Vec<layers::Row>>,
    /// Where the outputs were written.
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<PathBuf>,
}

/// Runs it.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let alone = load(args)?;
    let (input, photo) = match (&args.image, &args.tensor) {
        (Some(file), _) => {
            let (input, photo) = alone
                .input(&read(file)?)
                .with_context(|| file.display().to_string())
                .map_err(Failure::usage)?;
            (input, Some(photo))
        }
        (None, Some(file)) => {
            let input = tensors::input(alone.model(), &read(file)?);
            (input.with_context(|| file.display().to_string()).map_err(Failure::usage)?, None)
        }
        (None, None) => return Err(Failure::usage(anyhow!("--image or --tensor is needed"))),
    };
    let parallel: Box<dyn Parallel> = match args.threads {
        1 => Box::new(OneThread),
        count => Box::new(Threads::new(count.into()).map_err(Failure::environment)?),
    };
    let start = Instant::now();
    let outputs = alone.run_with(&*parallel, input).map_err(Failure::usage)?;
    let compute = start.elapsed().as_secs_f64();
    if let Some(file) = &args.out {
        let bytes = tensors::outputs(alone.model(), &outputs).map_err(Failure::environment)?;
        std::fs::write(file, bytes)
            .with_context(|| format!("cannot write {}", file.display()))
            .map_err(Failure::environment)?;
    }
    let answer = match photo {
        Some(photo) => Some(alone.read(&outputs, photo).map_err(Failure::usage)?),
        None => None,
    };
    let layers = if args.layers {
        let clock = || start.elapsed().as_secs_f64();
        let times = alone.profile(&*parallel, layers::RUNS, &clock).map_err(Failure::usage)?;
        Some(times.into_iter().map(layers::Row::from).collect())
    } else {
        None
    };
    let (model, out) = (alone.model().id.clone(), args.out.clone());
    let report = Report { model, compute, answer, layers, out };
    if args.json {
        output::json(&report);
    } else {
        show(&report);
    }
    Ok(ExitCode::SUCCESS)
}

fn load(args: &Args) -> Result<Alone, Failure> {
    let mut catalog = Catalog::standard(args.models.as_deref()).map_err(Failure::catalog)?;
    let model = catalog.resolve(&args.model).map_err(Failure::catalog)?;
    let content = |file: &WeightFile| -> Result<Vec<u8>, LoadError> {
        Ok(catalog.file(&model.id, &file.file)?.into_owned())
    };
    Alone::new(model.clone(), content).map_err(|error| match error {
        LoadError::Catalog(cause) => Failure::catalog(cause),
        LoadError::Worker(cause) => Failure::usage(cause),
    })
}

/// Why a network cannot be made ready.
enum LoadError {
    Catalog(CatalogError),
    Worker(WorkerError),
}

impl From<CatalogError> for LoadError {
    fn from(cause: CatalogError) -> Self {
        Self::Catalog(cause)
    }
}

impl From<WorkerError> for LoadError {
    fn from(cause: WorkerError) -> Self {
        Self::Worker(cause)
    }
}

/// A file that the command line names: one that is not there is the caller's mistake.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .with_context(|| format!("cannot read {}", file.display()))
        .map_err(Failure::usage)
}

fn show(report: &Report) {
    match &report.answer {
        Some(Answer::Labels { labels }) => {
            for label in labels {
                output::line(format_args!("{:6.4}  {}", label.score, label.label));
            }
        }
        Some(Answer::Boxes { boxes }) => {
            for found in boxes {
                let (x, y) = (found.x, found.y);
                let (w, h, label) = (found.w, found.h, &found.label);
                output::line(format_args!(
                    "{:6.4}  {label}  at ({x:.0}, {y:.0}), {w:.0} x {h:.0}",
                    found.score
                ));
            }
            if boxes.is_empty() {
                output::line("nothing found");
            }
        }
        Some(Answer::Map { map }) => {
            output::line(format_args!(
                "a map of {} x {} (its PNG with --json)",
                map.width, map.height
            ));
        }
        Some(Answer::Raw { outputs }) => {
            for tensor in outputs {
                output::line(format_args!("{} {:?}: {:?}", tensor.name, tensor.shape, tensor.top));
            }
        }
        None => {}
    }
    if let Some(rows) = &report.layers {
        layers::show(rows);
    }
    if let Some(file) = &report.out {
        output::line(format_args!("wrote {}", file.display()));
    }
    output::line(format_args!("{} in {:.3} s on this machine alone", report.model, report.compute));
}
