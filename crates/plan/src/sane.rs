//! Numbers that a plan can be made with. A capacity of nothing or a bandwidth that is no number would
//! come back as a plan of infinite or no duration, so they are refused first.

use crate::{Cluster, PlanError};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// Capacities that make sense, in MAC/s.
pub(crate) const CAPACITY: RangeInclusive<f64> = 1.0..=1e18;
/// What [`CAPACITY`] means, for people.
pub(crate) const CAPACITY_WANTED: &str = "it must be above 0 and at most 10^9 GMAC/s";
/// What reading a weight may cost, in multiply-accumulates.
pub(crate) const READING: RangeInclusive<f64> = 0.0..=1000.0;
/// What [`READING`] means, for people.
pub(crate) const READING_WANTED: &str = "it must not be negative, and at most 1000";
/// What passing on a tile may cost, in multiply-accumulates.
pub(crate) const PASSING: RangeInclusive<f64> = 0.0..=1e18;
/// What [`PASSING`] means, for people.
pub(crate) const PASSING_WANTED: &str = "it must not be negative, and at most 10^18";
/// Bandwidths that make sense, in bytes a second.
pub(crate) const BANDWIDTH: RangeInclusive<f64> = 1.0..=1e15;
/// What [`BANDWIDTH`] means, for people.
pub(crate) const BANDWIDTH_WANTED: &str = "it must be above 0 and at most 10^10 Mbit/s";
/// Latencies of a message that make sense, in seconds.
pub(crate) const LATENCY: RangeInclusive<f64> = 0.0..=3600.0;
/// What [`LATENCY`] means, for people.
pub(crate) const LATENCY_WANTED: &str = "it must not be negative, and at most an hour";

/// Refuses a cluster that no plan can be made for.
pub(crate) fn check(cluster: &Cluster) -> Result<(), PlanError> {
    if cluster.devices.is_empty() {
        return Err(PlanError::NoDevice);
    }
    let value = |what: &str, value: f64, unit: &str, wanted| {
        let (what, value) = (what.to_owned(), format!("{value} {unit}"));
        Err(PlanError::Value { what, value, wanted })
    };
    let mut ids = BTreeSet::new();
    for device in &cluster.devices {
        if !CAPACITY.contains(&device.capacity) {
            let what = format!("the capacity of device {:?}", device.name);
            return value(&what, device.capacity, "MAC/s", CAPACITY_WANTED);
        }
        if !PASSING.contains(&device.passing) {
            let what = format!("what passing on a tile costs device {:?}", device.name);
            return value(&what, device.passing, "multiply-accumulates", PASSING_WANTED);
        }
        if !READING.contains(&device.reading) {
            let what = format!("what reading a weight costs device {:?}", device.name);
            return value(&what, device.reading, "multiply-accumulates", READING_WANTED);
        }
        let lines = device.link.map_or([1.0; 2], |link| [link.up, link.down]);
        if let Some(line) = lines.into_iter().find(|line| !BANDWIDTH.contains(line)) {
            let what = format!("the line of device {:?}", device.name);
            return value(&what, line, "bytes/s", BANDWIDTH_WANTED);
        }
        if !ids.insert(device.id) {
            return Err(PlanError::Twice { id: device.id, name: device.name.clone() });
        }
    }
    let network = &cluster.network;
    if !BANDWIDTH.contains(&network.bandwidth) {
        return value("the network's bandwidth", network.bandwidth, "bytes/s", BANDWIDTH_WANTED);
    }
    if !LATENCY.contains(&network.latency) {
        return value("the network's latency", network.latency, "s", LATENCY_WANTED);
    }
    Ok(())
}
