//! `cargo xtask demo`: one photograph answered by several browsers together, beside the same
//! photograph on the fastest of them alone.

mod cluster;
mod measure;
mod report;

use crate::shell::{self, Failure};
use crate::{bundle, setup};
use anyhow::{Context, anyhow};
use cluster::Cluster;
use std::path::PathBuf;
use std::process::ExitCode;

/// Arguments of `cargo xtask demo`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many browser pages compute.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=16))]
    devices: u32,
    /// The network; `convoy models` lists them.
    #[arg(long, default_value = "squeezenet1.1")]
    model: String,
    /// The planner's scheme.
    #[arg(long, default_value = "best")]
    scheme: String,
    /// The photograph; else a sample that suits the network.
    #[arg(long)]
    image: Option<PathBuf>,
    /// Exit after the report: 0 only if the shared answer equals the single device's.
    #[arg(long)]
    once: bool,
    /// The report as one JSON document on stdout, everything else on stderr.
    #[arg(long)]
    json: bool,
    /// Listen on the local network too, and show a QR code for a phone.
    #[arg(long)]
    lan: bool,
    /// Pictures in the measured stream.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=200))]
    frames: u32,
    /// Speeds in GMAC/s, one a device, fastest first; unequal ones by default. 0 is unpaced.
    #[arg(long, value_delimiter = ',')]
    pace: Vec<f64>,
    /// How many of the pages never connect directly.
    #[arg(long, default_value_t = 0)]
    relay: u32,
    /// Close this computing page (1 is the first) in the middle of the stream.
    #[arg(long)]
    close: Option<usize>,
}

impl Args {
    /// Each device's speed in GMAC/s. By default they fall evenly to 0.4 of the fastest and sum
    /// to what two cores give, so that one machine can show an unequal cluster.
    fn paces(&self) -> Result<Vec<f64>, Failure> {
        const SUM: f64 = 2.4;
        let devices = self.devices as usize;
        if self.pace.is_empty() {
            let last = (devices.max(2) - 1) as f64;
            let shares: Vec<f64> = (0..devices).map(|k| 1.0 - 0.6 * k as f64 / last).collect();
            let sum: f64 = shares.iter().sum();
            let round = |pace: f64| (pace * 1000.0).round() / 1000.0;
            return Ok(shares.iter().map(|share| round(SUM * share / sum)).collect());
        }
        let sane = self.pace.iter().all(|pace| pace.is_finite() && *pace >= 0.0);
        if self.pace.len() != devices || !sane {
            let text = format!("--pace wants {devices} speeds in GMAC/s, such as 0.9,0.6");
            return Err(Failure::usage(anyhow!(text)));
        }
        Ok(self.pace.clone())
    }

    fn check(&self) -> Result<(), Failure> {
        let devices = self.devices as usize;
        if self.close.is_some_and(|page| page == 0 || page > devices) {
            let text = format!("--close wants a page from 1 to {devices}");
            return Err(Failure::usage(anyhow!(text)));
        }
        if self.close.is_some() && devices < 2 {
            return Err(Failure::usage(anyhow!("--close wants at least two devices")));
        }
        Ok(())
    }

    /// The photograph: the one named, else a sample that suits the network.
    fn photograph(&self) -> Result<(PathBuf, Vec<u8>), Failure> {
        let sample = match self.model.as_str() {
            model if model.starts_with("yolo") => "dog.jpg",
            model if model.starts_with("hed") => "chelsea.jpg",
            _ => "coffee.jpg",
        };
        let sample = shell::root().join("www/samples").join(sample);
        let path = self.image.clone().unwrap_or(sample);
        let bytes = std::fs::read(&path).with_context(|| format!("{}", path.display()));
        Ok((path, bytes.map_err(Failure::usage)?))
    }
}

/// Runs the demo.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    args.check()?;
    let paces = args.paces()?;
    let (path, photograph) = args.photograph()?;
    convoy_harness::end_all_on_interrupt()?;
    setup::for_demo()?;
    bundle::build(&bundle::Args::default())?;
    // What `cargo xtask test` builds: of the binary alone, cargo would choose other features for
    // crates that burn hangs on, and compile burn, the longest part, once for each command.
    shell::run(shell::cargo(&["build", "--workspace", "--all-features", "--bins", "--tests"]))?;

    let mut cluster = Cluster::start(args, &paces)?;
    let shared = measure::stream(&mut cluster, args, &photograph)?;
    let alone = measure::alone(&cluster, args, &photograph)?;
    let report = report::Report::new(args, &path, &paces, &cluster, &shared, &alone);
    if args.json {
        print_line(&report.json().to_string());
    } else {
        print_line(&report.text());
    }
    if let Err(difference) = &report.agreement {
        let text = format!("the shared answer differs from the single device's: {difference}");
        if args.once {
            return Err(Failure::wrong(anyhow!(text)));
        }
        eprintln!("{text}");
    }
    if !args.once {
        cluster.invite(args.lan);
        cluster.serve_until_interrupted();
    }
    Ok(ExitCode::SUCCESS)
}

/// The demo's one way to stdout.
#[expect(clippy::print_stdout, reason = "the report is what the command is for")]
fn print_line(text: &str) {
    println!("{text}");
}
