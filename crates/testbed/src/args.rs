//! What the command line says.

use crate::cell::{self, Cell, CellError};
use crate::grid;
use clap::Parser;
use std::path::PathBuf;

/// Measures schemes on a cluster of headless browsers on this machine, as root.
#[derive(Debug, Clone, Parser)]
#[command(name = "cargo xtask testbed")]
pub struct Args {
    /// Devices.
    #[arg(long, value_name = "COUNT", default_value_t = 8)]
    pub devices: usize,
    /// GMAC/s that each device computes at most: one number for all, or one each.
    #[arg(long, value_name = "G,...", value_delimiter = ',', default_value = "2")]
    pub pace: Vec<f64>,
    /// Cores that each device has at most: one number for all, or one each.
    #[arg(long, value_name = "CORES,...", value_delimiter = ',')]
    pub cpu: Vec<f64>,
    /// Mbit/s (10^6 bit) of each device's line in each direction, or of the medium.
    #[arg(long, value_name = "MBIT", default_value_t = 50.0)]
    pub mbit: f64,
    /// One medium for all devices rather than a line each.
    #[arg(long)]
    pub shared_medium: bool,
    /// The network.
    #[arg(long, value_name = "ID", default_value = "vgg16")]
    pub model: String,
    /// Schemes; `all` is each but `exhaustive`. `best@0.66` may take 0.66 of `single`'s latency at most.
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', default_value = "all")]
    pub scheme: Vec<String>,
    /// Pictures a second at which latency is measured.
    #[arg(long, value_name = "R,...", value_delimiter = ',')]
    pub rate: Vec<f64>,
    /// The same as parts of what `pico` is predicted to answer a second.
    #[arg(long, value_name = "PART,...", value_delimiter = ',')]
    pub load: Vec<f64>,
    /// Loads that follow each other without a pause, as such parts.
    #[arg(long, value_name = "PART,...", value_delimiter = ',')]
    pub wave: Vec<f64>,
    /// Pictures of each measurement.
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub frames: usize,
    /// Whether pictures come at random or evenly.
    #[arg(long, value_name = "HOW", default_value = "poisson")]
    pub arrivals: Arriving,
    /// Where random times begin.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// The picture; a sample where left out.
    #[arg(long, value_name = "FILE")]
    pub image: Option<PathBuf>,
    /// Cells of a file, or `paper`: those of the paper's questions. One JSON a cell in --out; a cell that
    /// is there already is passed over.
    #[arg(long, value_name = "FILE|paper", conflicts_with_all = [
        "devices", "pace", "cpu", "mbit", "shared_medium", "model", "scheme", "rate", "load", "wave", "frames",
    ])]
    pub grid: Option<String>,
    /// Only cells of the grid whose name, as `--list` tells it, has this in it.
    #[arg(long, value_name = "TEXT", requires = "grid")]
    pub only: Option<String>,
    /// Pictures of each measurement of the grid, where not what the cell says.
    #[arg(long, value_name = "COUNT", requires = "grid")]
    pub grid_frames: Option<usize>,
    /// Says which cells there are, which are done and how long the others take, and measures none.
    #[arg(long, requires = "grid")]
    pub list: bool,
    /// In slow motion: computing and lines this many times slower. Every plan is as good or bad as before; what
    /// the machine needs for each message weighs so many times less. Below 1 in fast motion, for few devices.
    #[arg(long, value_name = "TIMES")]
    pub slower: Option<f64>,
    /// Folder of the JSON files.
    #[arg(long, value_name = "DIR", default_value = "target/testbed")]
    pub out: PathBuf,
    /// One JSON document on stdout.
    #[arg(long)]
    pub json: bool,
    /// Milliseconds of traffic that wait before a shaper at most; what is more is dropped.
    #[arg(long, value_name = "MS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub queue_ms: u32,
    /// What the browsers weigh against whatever else the machine does, where it does something else.
    #[arg(long, value_name = "TIMES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub weight: u32,
    /// Does not measure first whether the machine can do what all devices together are asked for.
    #[arg(long)]
    pub unchecked: bool,
    /// Writes what all cells in --out measured into docs/experiments, and measures none.
    #[arg(long)]
    pub summary: bool,
    /// Only takes down what a testbed that was killed has left.
    #[arg(long)]
    pub clean: bool,
    /// The program `convoy`.
    #[arg(long, hide = true, default_value = "target/release/convoy")]
    pub convoy: PathBuf,
    /// The repository, for the sample and the summary.
    #[arg(long, hide = true, default_value = ".")]
    pub root: PathBuf,
}

/// How pictures come in at a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Arriving {
    /// At random.
    Poisson,
    /// Evenly.
    Constant,
}

impl Args {
    /// The cells to measure.
    ///
    /// # Errors
    /// One that makes no sense, or a file that cannot be read.
    pub fn cells(&self) -> Result<Vec<Cell>, CellError> {
        let Some(grid) = &self.grid else { return Ok(vec![self.cell()?.in_motion()]) };
        let mut cells = if grid == "paper" {
            grid::paper()
        } else {
            let text = std::fs::read_to_string(grid);
            cell::read(&text.map_err(|cause| CellError::Toml(format!("{grid}: {cause}")))?)?
        };
        for cell in &mut cells {
            cell.frames = self.grid_frames.unwrap_or(cell.frames);
            cell.slower = self.slower.unwrap_or(cell.slower);
            cell.check()?;
        }
        let mut cells: Vec<Cell> = cells.into_iter().map(Cell::in_motion).collect();
        if let Some(text) = &self.only {
            cells.retain(|cell| cell.name.contains(text.as_str()));
            if cells.is_empty() {
                return Err(CellError::Missing(text.clone()));
            }
        }
        Ok(cells)
    }

    /// Clusters and loads of other kinds have other names, so that none takes another's place on disk.
    fn name(&self) -> String {
        let one = |values: &[f64]| match values {
            [first, others @ ..] if others.iter().all(|it| it == first) => first.to_string(),
            _ => "unequal".into(),
        };
        let part = |is: bool, word: String| if is { word } else { String::new() };
        let cpu = part(!self.cpu.is_empty(), format!("-cpu{}", one(&self.cpu)));
        let shared = part(self.shared_medium, "-shared".into());
        let wave = part(!self.wave.is_empty(), "-wave".into());
        let (model, devices, pace, mbit) = (&self.model, self.devices, one(&self.pace), self.mbit);
        format!("{model}-{devices}x{pace}{cpu}-{mbit}{shared}{wave}")
    }

    fn cell(&self) -> Result<Cell, CellError> {
        let name = self.name();
        let each = |what: &str, values: &[f64]| match values {
            [one] => Ok(vec![*one; self.devices]),
            all if all.len() == self.devices || (all.is_empty() && what == "cpu") => {
                Ok(all.to_vec())
            }
            all => {
                let (given, wanted) = (all.len(), self.devices);
                let what = format!("--{what} has {given} numbers; give 1 or {wanted}");
                Err(CellError::Value { cell: name.clone(), what })
            }
        };
        let (pace, cpu) = (each("pace", &self.pace)?, each("cpu", &self.cpu)?);
        let cell = Cell {
            name: name.clone(),
            model: self.model.clone(),
            pace,
            cpu,
            mbit: self.mbit,
            shared: self.shared_medium,
            schemes: self.scheme.clone(),
            rates: self.rate.clone(),
            loads: self.load.clone(),
            wave: self.wave.clone(),
            frames: self.frames,
            slower: self.slower.unwrap_or(1.0),
        };
        cell.check()?;
        Ok(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Args, clap::Error> {
        Args::try_parse_from(std::iter::once("testbed").chain(words.split_whitespace()))
    }

    fn cell(words: &str) -> Result<Cell, CellError> {
        parse(words).unwrap().cells().map(|mut cells| cells.remove(0))
    }

    #[test]
    fn cells_of_other_clusters_have_other_names() {
        let name = |words| cell(words).unwrap().name;
        assert_eq!(name("--devices 3 --pace 2 --model resnet34"), "resnet34-3x2-50");
        let mixed = "--devices 2 --pace 2,1.2 --cpu 0.5 --shared-medium --wave 0.3,0.6";
        assert_eq!(name(mixed), "vgg16-2xunequal-cpu0.5-50-shared-wave");
    }

    #[test]
    fn one_pace_is_every_devices() {
        let one = cell("--devices 3 --pace 2").unwrap();
        assert_eq!(one.pace, [2.0; 3]);
        assert!(one.cpu.is_empty());
        let each =
            cell("--devices 2 --pace 2,1.2 --cpu 0.5 --rate 0.1,0.2 --shared-medium").unwrap();
        assert_eq!((each.pace, each.cpu), (vec![2.0, 1.2], vec![0.5; 2]));
        assert_eq!(each.rates, [0.1, 0.2]);
        assert!(each.shared && each.name.ends_with("-shared"));
    }

    #[test]
    fn numbers_that_do_not_fit_the_devices_are_refused() {
        let error = cell("--devices 3 --pace 2,1").unwrap_err().to_string();
        assert!(error.contains("--pace has 2 numbers; give 1 or 3"), "{error}");
        let error = cell("--devices 0").unwrap_err().to_string();
        assert!(error.contains("0 devices"), "{error}");
        let error = cell("--model vgg17").unwrap_err().to_string();
        assert!(error.contains("no network is called \"vgg17\""), "{error}");
        assert!(parse("--queue-ms 0").is_err());
        let error = cell("--slower 0.05").unwrap_err().to_string();
        assert!(error.contains("slower is 0.05; it must be at least 0.1"), "{error}");
        assert_eq!(cell("--devices 2 --slower 2").unwrap().pace, [1.0; 2]);
        assert!(parse("--arrivals sometimes").is_err());
    }

    #[test]
    fn a_grid_has_its_own_cells() {
        assert!(parse("--grid paper --devices 3").is_err(), "one or the other");
        assert!(parse("--only vgg16").is_err(), "of what?");
        let args = parse("--grid paper --only vgg16-8x --grid-frames 3").unwrap();
        let cells = args.cells().unwrap();
        assert!(!cells.is_empty());
        assert!(cells.iter().all(|cell| cell.name.contains("vgg16-8x") && cell.frames == 3));
        let slow = parse("--grid paper --only vgg16-8xmixed-10-slower2 --slower 2").unwrap();
        assert_eq!(slow.cells().unwrap().len(), 1, "as --list tells it");
        let none = parse("--grid paper --only vgg61").unwrap().cells().unwrap_err().to_string();
        assert!(none.contains("vgg61"), "{none}");
        let error = parse("--grid nowhere.toml").unwrap().cells().unwrap_err().to_string();
        assert!(error.contains("nowhere.toml"), "{error}");
    }
}
