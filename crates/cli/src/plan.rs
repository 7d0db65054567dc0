//! `convoy plan`: Plans a network on a cluster and shows who computes what.

mod choice;
mod table;
mod timeline;
mod view;

use crate::{Failure, output};
use anyhow::{Context as _, anyhow};
use choice::Choice;
use convoy_model::catalog::Catalog;
use convoy_plan::{Cluster, DEFAULT_SCHEME, Options, SCHEMES, front};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use view::PlanView;

/// Longest cluster file; one that is longer is none.
const MAX_FILE: u64 = 1 << 20;

/// Arguments of `convoy plan`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Id of a network (`convoy models` lists them), or the folder of a package.
    #[arg(long, value_name = "ID|DIR")]
    model: String,
    /// A folder of packages, besides those that come with convoy.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Devices and network: `[network]` with mbit, shared, latency_ms, then `[[device]]` entries with
    /// name, gmacs, memory_mb, count, and mbit or up_mbit and down_mbit for a line of its own.
    #[arg(long, value_name = "FILE.toml")]
    cluster: PathBuf,
    /// How to plan; of several plans, that of the shortest period is shown.
    #[arg(long, value_name = "SCHEME", default_value = DEFAULT_SCHEME, value_parser = scheme)]
    scheme: &'static str,
    /// Seconds within which each picture must be answered.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    latency_limit: Option<f64>,
    /// Seconds that planning may take.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    budget: f64,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
}

/// Runs it.
pub(crate) fn run(args: Args) -> Result<ExitCode, Failure> {
    let Args { model, models, cluster, scheme, latency_limit, budget, json } = args;
    let mut catalog = Catalog::standard(models.as_deref()).map_err(Failure::catalog)?;
    let model = catalog.resolve(&model).map_err(Failure::catalog)?;
    let cluster = read(&cluster)?;
    // Model and cluster make sense each; together they may not: too little memory, too tight a
    // limit. That too is for the user to change.
    let start = Instant::now();
    let clock = || start.elapsed().as_secs_f64();
    let options = Options { latency_limit, budget, clock: &clock };
    let mut front = front(scheme, &model, &cluster, &options).map_err(Failure::usage)?;
    let choice = Choice::of(&front);
    let plan = front.plans.swap_remove(0);
    let view = PlanView::new(&model, &cluster, &plan, choice);
    if json {
        output::json(&view);
    } else {
        table::lines(&view).iter().for_each(output::line);
        view.front.lines().iter().for_each(output::line);
        timeline::lines(&model, &cluster, &plan).iter().for_each(output::line);
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a cluster file: one that cannot be opened is the machine's fault, one that says nonsense
/// the user's.
pub(crate) fn read(path: &Path) -> Result<Cluster, Failure> {
    let place = path.display();
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read the cluster file {place}; {}", others(path)))
        .map_err(Failure::environment)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Failure::usage(anyhow!("{place} is no cluster file: it is longer than 1 MB")));
    }
    let text = std::str::from_utf8(&bytes)
        .with_context(|| format!("{place} is no cluster file: it is not text"))
        .map_err(Failure::usage)?;
    Cluster::from_toml(text).with_context(|| place.to_string()).map_err(Failure::usage)
}

/// Which cluster files lie beside one that cannot be read: its name may be a slip.
fn others(path: &Path) -> String {
    let beside = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = fs::read_dir(beside.unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    let short = |path: &PathBuf| fs::metadata(path).is_ok_and(|of| of.len() <= MAX_FILE);
    let says = |path: &PathBuf| {
        fs::read_to_string(path).is_ok_and(|text| Cluster::from_toml(&text).is_ok())
    };
    let files = entries.map(|entry| entry.path());
    let files = files.filter(|path| path.extension().is_some_and(|of| of == "toml"));
    let files = files.filter(|path| short(path) && says(path));
    let mut known: Vec<String> = files.map(|path| path.display().to_string()).collect();
    known.sort();
    match known.is_empty() {
        true => "there is none beside it; docs/cluster.toml is one to begin with".into(),
        false => format!("there are: {}", known.join(", ")),
    }
}

fn scheme(name: &str) -> Result<&'static str, String> {
    let known = SCHEMES.iter().copied().find(|known| *known == name);
    known.ok_or_else(|| format!("there are: {}", SCHEMES.join(", ")))
}

pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds.is_finite() => Ok(seconds),
        _ => Err("it must be a number of seconds above 0".into()),
    }
}
