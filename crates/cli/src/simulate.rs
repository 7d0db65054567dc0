//! `convoy simulate`: Plays a network's frames on a cluster in virtual time, by each scheme's plan.

mod arrivals;
mod row;
mod table;

use crate::{Failure, output, plan};
use anyhow::anyhow;
use arrivals::Coming;
use convoy_model::Model;
use convoy_model::catalog::Catalog;
use convoy_plan::{Cluster, DEFAULT_SCHEME, SCHEMES};
use row::Row;
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Most pages of a room.
const ROOM: usize = 32;

/// Arguments of `convoy simulate`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Id of a network (`convoy models` lists them), or the folder of a package.
    #[arg(long, value_name = "ID|DIR")]
    model: String,
    /// A folder of packages, besides those that come with convoy.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// Devices and network, as for `convoy plan`.
    #[arg(long, value_name = "FILE.toml")]
    cluster: PathBuf,
    /// How to plan; `all` compares the schemes.
    #[arg(long, value_name = "SCHEME|all", default_value = DEFAULT_SCHEME,
          value_parser = schemes)]
    scheme: Schemes,
    /// Pictures a second: each scheme runs its plan of least expected latency at this rate. May be
    /// left out where --arrivals names a file.
    #[arg(long, value_name = "RATE", value_parser = rate)]
    rate: Option<f64>,
    /// How many pictures come in.
    #[arg(long, value_name = "COUNT", default_value = "10000",
          value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    frames: u32,
    /// Where random numbers begin.
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    seed: u64,
    /// When pictures come in: at random, evenly, or at the times of a file, one number of seconds a
    /// line.
    #[arg(long, value_name = "poisson|constant|FILE", default_value = "poisson")]
    arrivals: String,
    /// Seconds within which each picture must be answered.
    #[arg(long, value_name = "SECONDS", value_parser = plan::seconds)]
    latency_limit: Option<f64>,
    /// Seconds that each scheme may plan.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = plan::seconds)]
    budget: f64,
    /// Play in a whole room: the real coordinator, which plans for itself, and the real devices.
    #[arg(long, conflicts_with = "latency_limit")]
    room: bool,
    /// One JSON document on stdout.
    #[arg(long)]
    json: bool,
}

/// What is asked for, the same for every scheme.
pub(crate) struct Task {
    model: Arc<Model>,
    cluster: Cluster,
    coming: Coming,
    seed: u64,
    latency_limit: Option<f64>,
    budget: f64,
    room: bool,
}

/// What `--json` shows.
#[derive(Serialize)]
struct Document<'a> {
    model: &'a str,
    /// Pictures a second.
    rate: f64,
    frames: usize,
    seed: u64,
    /// Whether the real coordinator played.
    room: bool,
    schemes: &'a [Row],
}

/// Runs it.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let mut catalog = Catalog::standard(args.models.as_deref()).map_err(Failure::catalog)?;
    let model = catalog.resolve(&args.model).map_err(Failure::catalog)?;
    let cluster = plan::read(&args.cluster)?;
    if args.room && cluster.devices.len() > ROOM {
        let count = cluster.devices.len();
        let text = format!("a room holds at most {ROOM} devices, the cluster has {count}");
        return Err(Failure::usage(anyhow!(text)));
    }
    let coming = Coming::new(&args.arrivals, args.rate, args.frames as usize, args.seed)?;
    let (seed, latency_limit, budget) = (args.seed, args.latency_limit, args.budget);
    let task = Task { model, cluster, coming, seed, latency_limit, budget, room: args.room };
    let rows: Vec<Row> = args.scheme.0.iter().map(|scheme| Row::new(&task, scheme)).collect();
    if args.json {
        let Coming { rate, ref times } = task.coming;
        let (model, frames, room) = (task.model.id.as_str(), times.len(), task.room);
        output::json(&Document { model, rate, frames, seed, room, schemes: &rows });
    } else {
        table::lines(&task, &rows).iter().for_each(output::line);
    }
    // Where nothing could be played, what was asked for makes no sense; each row says why.
    let none = rows.iter().all(|row| row.outcome.is_err());
    Ok(if none { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// The schemes to compare.
#[derive(Clone)]
struct Schemes(Vec<&'static str>);

fn schemes(name: &str) -> Result<Schemes, String> {
    let known = SCHEMES.iter().copied().find(|known| *known == name);
    match (known, name) {
        (_, "all") => Ok(Schemes(SCHEMES.to_vec())),
        (Some(known), _) => Ok(Schemes(vec![known])),
        _ => Err(format!("there are: all, {}", SCHEMES.join(", "))),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate > 0.0 && rate <= 1e6 => Ok(rate),
        _ => Err("it must be a number of pictures a second above 0 and at most 10^6".into()),
    }
}
