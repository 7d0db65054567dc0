//! One cell of the experiment: a network, a cluster, what is asked of them; and files of cells.

use crate::asked::Asked;
use convoy_plan::{Cluster, Device, DeviceId, Network, SCHEMES, WireFormat};
use serde::{Deserialize, Serialize};

/// MAC/s for each GHz of the paper's boards (our assumption), in 10^9.
pub const GMACS_PER_GHZ: f64 = 2.0;

/// Most devices of a cell; a room takes no more pages than that with comfort.
const MOST: usize = 32;

/// Bytes on a line for each byte between tiles: a packet of 1200 bytes at most has those of Ethernet, IP, UDP, DTLS and SCTP
/// (as measured, docs/experiments/testbed.md). On one medium what confirms them takes its time as well.
const HEADERS: [f64; 2] = [1.11, 1.16];

/// How many times slower a cell may run at least (that is faster) and at most.
const MOTION: [f64; 2] = [0.1, 100.0];

/// Why a cell makes no sense.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CellError {
    /// Not the TOML of cells.
    #[error("the grid file cannot be read: {0}")]
    Toml(String),
    /// A value that cannot be.
    #[error("cell {cell:?}: {what}")]
    Value {
        /// Which cell.
        cell: String,
        /// What is wrong, and what may be.
        what: String,
    },
    /// A grid has no cell of such a name.
    #[error("no cell of the grid has {0:?} in its name: --list names them")]
    Missing(String),
}

/// A network on a cluster, and what is measured there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// Names its file; letters, digits, `.`, `-` and `_`.
    pub name: String,
    /// Id of the network.
    pub model: String,
    /// GMAC/s that each device computes at most, one number a device.
    pub pace: Vec<f64>,
    /// Cores that each device has at most, one number a device, or none at all.
    #[serde(default)]
    pub cpu: Vec<f64>,
    /// Mbit/s (10^6 bit) of the medium, or of each line in each direction.
    #[serde(default = "fifty")]
    pub mbit: f64,
    /// Whether all share one medium.
    #[serde(default)]
    pub shared: bool,
    /// Schemes, or `all`; with a latency limit as a part of `single`'s: `best@0.66`.
    #[serde(default = "all")]
    pub schemes: Vec<String>,
    /// Rates of arrival at which latency is measured, in pictures a second.
    #[serde(default)]
    pub rates: Vec<f64>,
    /// The same as parts of what `pico` is predicted to answer a second.
    #[serde(default)]
    pub loads: Vec<f64>,
    /// Loads that follow each other without a pause, as parts of the same.
    #[serde(default)]
    pub wave: Vec<f64>,
    /// Pictures of each measurement.
    #[serde(default = "twenty")]
    pub frames: usize,
    /// How many times slower computing and lines run than is meant; below 1 they run faster.
    #[serde(default = "one")]
    pub slower: f64,
}

const fn one() -> f64 {
    1.0
}

const fn fifty() -> f64 {
    50.0
}

const fn twenty() -> usize {
    20
}

fn all() -> Vec<String> {
    vec!["all".into()]
}

impl Cell {
    /// The schemes to measure, each once, `all` being each of them but `exhaustive`, whose space is too large
    /// for clusters such as these.
    ///
    /// # Errors
    /// What is wrong with the first that cannot be read, in words.
    pub fn asked(&self) -> Result<Vec<Asked>, String> {
        let named = self.schemes.iter().flat_map(|name| match name.as_str() {
            "all" => SCHEMES.iter().filter(|name| **name != "exhaustive").copied().collect(),
            own => vec![own],
        });
        let mut all: Vec<Asked> = Vec::new();
        for name in named {
            let asked = Asked::read(name)?;
            if !all.contains(&asked) {
                all.push(asked);
            }
        }
        Ok(all)
    }

    /// The cell as it runs, in slow or fast motion: computing and lines [`Self::slower`] times slower, so that every plan is
    /// as good or bad as before and takes so many times longer. What the machine needs for each message stays as it is,
    /// and weighs so many times less.
    #[must_use]
    pub fn in_motion(mut self) -> Self {
        let times = self.slower;
        if times != 1.0 {
            let word = if times > 1.0 { "slower" } else { "faster" };
            // A third more is 1.33.
            let shown = (100.0 * times.max(1.0 / times)).round() / 100.0;
            self.name = format!("{}-{word}{shown}", self.name);
            self.mbit /= times;
            let speeds = [&mut self.pace, &mut self.rates];
            speeds.into_iter().flatten().for_each(|speed| *speed /= times);
        }
        self
    }

    /// The cluster as it is meant to be, its lines carrying headers, too, with these numbers of its pages, bytes of memory, and seconds
    /// that a message takes; a shared medium carries one thing at a time.
    #[must_use]
    pub fn cluster(&self, ids: &[DeviceId], memory: &[u64], latency: f64) -> Cluster {
        let devices = self.pace.iter().zip(ids).zip(memory).enumerate();
        let device = |(index, ((pace, id), memory)): (usize, ((&f64, &DeviceId), &u64))| {
            Device::new(*id, &device_name(index + 1), pace * 1e9, *memory)
        };
        let headers = if self.shared { HEADERS[1] } else { HEADERS[0] };
        let network = Network {
            bandwidth: self.mbit * 1e6 / 8.0 / headers,
            shared: self.shared,
            latency,
            wire: WireFormat::Compact,
        };
        Cluster { devices: devices.map(device).collect(), network }
    }

    /// Refuses what cannot be measured.
    ///
    /// # Errors
    /// The first value that cannot be, in words.
    pub fn check(&self) -> Result<(), CellError> {
        let no = |what: String| Err(CellError::Value { cell: self.name.clone(), what });
        let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
        if self.name.is_empty() || self.name.starts_with('.') || !self.name.chars().all(plain) {
            return no("its name names a file: letters, digits, \".\", \"-\" and \"_\"".into());
        }
        if convoy_model::zoo::model(&self.model).is_none() {
            return no(format!(
                "no network is called {:?} here; `convoy models` lists those with seeded weights",
                self.model
            ));
        }
        if self.pace.is_empty() || self.pace.len() > MOST {
            return no(format!("it has {} devices; 1 to {MOST} may be", self.pace.len()));
        }
        let range = |what: &str, values: &[f64], most: f64| {
            let wrong = values.iter().find(|value| !(**value > 0.0 && **value <= most));
            wrong.map_or(Ok(()), |value| {
                no(format!("{what} is {value}; it must be above 0 and at most {most}"))
            })
        };
        range("a pace in GMAC/s", &self.pace, 1000.0)?;
        if !self.cpu.is_empty() && self.cpu.len() != self.pace.len() {
            return no(format!("{} quotas for {} devices", self.cpu.len(), self.pace.len()));
        }
        range("a quota in cores", &self.cpu, 64.0)?;
        range("mbit", &[self.mbit], 10_000.0)?;
        range("slower", &[self.slower], MOTION[1])?;
        if self.slower < MOTION[0] {
            return no(format!("slower is {}; it must be at least {}", self.slower, MOTION[0]));
        }
        range("a rate in pictures a second", &self.rates, 1000.0)?;
        range("a load", &self.loads, 10.0)?;
        range("a load of the wave", &self.wave, 10.0)?;
        if !(1..=10_000).contains(&self.frames) {
            return no(format!("frames is {}; 1 to 10000 may be", self.frames));
        }
        self.asked().map(drop).or_else(no)
    }
}

/// What a device is called, from 1.
#[must_use]
pub fn device_name(number: usize) -> String {
    format!("device-{number}")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    cell: Vec<Cell>,
}

/// The cells of a grid file: `[[cell]]` with the fields of [`Cell`].
///
/// # Errors
/// No such file's text, a cell that makes no sense, or two of one name.
pub fn read(text: &str) -> Result<Vec<Cell>, CellError> {
    let file: File = toml::from_str(text).map_err(|error| CellError::Toml(error.to_string()))?;
    if file.cell.is_empty() {
        return Err(CellError::Toml("it has no [[cell]]".into()));
    }
    for (index, cell) in file.cell.iter().enumerate() {
        cell.check()?;
        if file.cell[..index].iter().any(|other| other.name == cell.name) {
            let what = "another has the same name".into();
            return Err(CellError::Value { cell: cell.name.clone(), what });
        }
    }
    Ok(file.cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "[[cell]]\nname = \"a\"\nmodel = \"vgg16\"\npace = [2, 1.2]\n";

    #[test]
    fn a_grid_file_needs_little() {
        let cells = read(ONE).unwrap();
        assert_eq!(cells[0].pace, [2.0, 1.2]);
        assert_eq!((cells[0].mbit, cells[0].frames, cells[0].shared), (50.0, 20, false));
        let schemes: Vec<String> =
            cells[0].asked().unwrap().into_iter().map(|it| it.scheme).collect();
        assert!(schemes.contains(&"best".to_owned()));
        assert!(!schemes.contains(&"exhaustive".to_owned()));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_cell_and_the_reason() {
        for (more, wanted) in [
            ("mbit = 0\n", "mbit is 0"),
            ("cpu = [0.5]\n", "1 quotas for 2 devices"),
            ("frames = 0\n", "frames is 0"),
            ("schemes = [\"fast\"]\n", "no scheme is called \"fast\""),
            ("schemes = [\"best@-1\"]\n", "no latency limit behind its @"),
            ("loads = [-0.5]\n", "a load is -0.5"),
            ("slower = 0.01\n", "slower is 0.01; it must be at least 0.1"),
            ("slower = 1000\n", "slower is 1000; it must be above 0 and at most 100"),
            ("speed = 3\n", "unknown field `speed`"),
            (ONE, "another has the same name"),
        ] {
            let error = read(&format!("{ONE}{more}")).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
        assert!(read("").unwrap_err().to_string().contains("no [[cell]]"));
        let outside = ONE.replace("\"a\"", "\"../a\"");
        assert!(read(&outside).unwrap_err().to_string().contains("names a file"));
    }

    #[test]
    fn schemes_are_measured_once_each() {
        let mut cell = read(ONE).unwrap().remove(0);
        cell.schemes = vec!["best".into(), "all".into(), "pico".into()];
        let schemes = cell.asked().unwrap();
        assert_eq!(schemes[0].scheme, "best");
        assert_eq!(schemes.len(), SCHEMES.len() - 1);
        cell.schemes.push("best@0.5".into());
        assert_eq!(cell.asked().unwrap().len(), SCHEMES.len(), "with a limit it is another");
    }

    #[test]
    fn motion_slows_computing_and_lines_alike() {
        let mut cell = read(ONE).unwrap().remove(0);
        cell.rates = vec![0.5];
        assert_eq!(cell.clone().in_motion(), cell);
        let slow = Cell { slower: 4.0, ..cell.clone() }.in_motion();
        assert_eq!((slow.name.as_str(), slow.mbit), ("a-slower4", 12.5));
        assert_eq!((slow.pace, slow.rates), (vec![0.5, 0.3], vec![0.125]));
        let third = Cell { slower: 0.75, ..cell.clone() }.in_motion();
        assert_eq!(third.name, "a-faster1.33");
        let fast = Cell { slower: 0.25, ..cell }.in_motion();
        assert_eq!((fast.name.as_str(), fast.mbit, fast.pace[0]), ("a-faster4", 200.0, 8.0));
    }

    #[test]
    fn the_cluster_is_what_was_asked_for() {
        let mut cell = read(ONE).unwrap().remove(0);
        cell.shared = true;
        let cluster = cell.cluster(&[DeviceId(4), DeviceId(7)], &[1 << 30, 2 << 30], 0.002);
        assert_eq!(cluster.devices[1].id, DeviceId(7));
        assert_eq!(cluster.devices[1].capacity, 1.2e9);
        assert!((cluster.network.bandwidth - 6.25e6 / 1.16).abs() < 1.0, "headers take their part");
        assert!(cluster.network.shared);
    }
}
