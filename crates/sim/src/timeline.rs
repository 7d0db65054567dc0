//! What devices do when, as lines of text.

use crate::{Doing, Interval};
use convoy_plan::{Cluster, DeviceId};

/// Columns of time.
const COLUMNS: usize = 84;

/// Most characters of a device's name.
const NAME: usize = 12;

/// What each device did during these intervals: a line a device, columns of time from 0 to the last
/// interval's end, at most 100 characters wide, below them the seconds and what the signs mean. A
/// device that did nothing has no line; without intervals there are none at all.
///
/// A column shows what most of its time was spent on, and computing before all else, as the
/// frame's last digit.
#[must_use]
pub fn timeline(cluster: &Cluster, intervals: &[Interval]) -> Vec<String> {
    let end = intervals.iter().map(|interval| interval.end).fold(0.0, f64::max);
    if end <= 0.0 {
        return Vec::new();
    }
    let devices = cluster.devices.iter().map(|device| (Some(device.id), device.name.as_str()));
    let rows: Vec<(&str, String)> = [(None, "source")]
        .into_iter()
        .chain(devices)
        .filter(|(device, _)| intervals.iter().any(|of| of.device == *device))
        .map(|(device, name)| (name, signs(intervals, device, end)))
        .collect();
    let cut = |name: &str| name.chars().take(NAME).collect::<String>();
    let width = rows.iter().map(|(name, _)| cut(name).chars().count()).max().unwrap_or(0);
    let mut lines: Vec<String> =
        rows.iter().map(|(name, signs)| format!("{:<width$}  {signs}", cut(name))).collect();
    lines.push(format!("{:width$}  {}", "", axis(end)));
    lines.push(format!(
        "{:width$}  a digit: the frame it computes; <: receives, >: sends, .: idle",
        ""
    ));
    lines
}

/// A device's line.
fn signs(intervals: &[Interval], device: Option<DeviceId>, end: f64) -> String {
    let column = end / COLUMNS as f64;
    // Seconds of each column for receiving, sending, and the frame that was computed longest.
    let mut spent = vec![[0.0; 2]; COLUMNS];
    let mut computed = vec![(0.0, 0); COLUMNS];
    for interval in intervals.iter().filter(|interval| interval.device == device) {
        let first = (interval.start / column) as usize;
        for at in first..COLUMNS {
            let (from, to) = (at as f64 * column, (at + 1) as f64 * column);
            let seconds = interval.end.min(to) - interval.start.max(from);
            if seconds <= 0.0 && at > first {
                break;
            }
            match interval.doing {
                Doing::Receiving => spent[at][0] += seconds,
                Doing::Sending => spent[at][1] += seconds,
                Doing::Computing if seconds > computed[at].0 => {
                    computed[at] = (seconds, interval.frame);
                }
                Doing::Computing => {}
            }
        }
    }
    let sign = |(spent, (computing, frame)): (&[f64; 2], &(f64, u32))| {
        let digit = char::from_digit(frame % 10, 10).unwrap_or('?');
        match spent {
            // A short job is shown before a long silence, but not before a longer transfer.
            _ if *computing >= 0.5 * column => digit,
            [received, sent] if received.max(*sent) > *computing => {
                if received >= sent {
                    '<'
                } else {
                    '>'
                }
            }
            _ if *computing > 0.0 => digit,
            _ => '.',
        }
    };
    spent.iter().zip(&computed).map(sign).collect()
}

/// The seconds below the columns, about every twelve.
fn axis(end: f64) -> String {
    const EVERY: usize = 12;
    let decimals = (1.0 - (end / 10.0).log10().floor()).clamp(0.0, 6.0) as usize;
    let mut axis = String::new();
    for at in (0..COLUMNS).step_by(EVERY) {
        let seconds = at as f64 * end / COLUMNS as f64;
        axis.push_str(&format!("{:<EVERY$}", format!("|{seconds:.decimals$}")));
    }
    format!("{} s", axis.trim_end())
}
