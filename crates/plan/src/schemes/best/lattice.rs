//! Subsets of a cluster, devices of one class being the same: the states of the exact programme.

use crate::{Cluster, Device, Link};

/// Subsets by their number; 0 is the empty one, the last holds every device.
pub(super) struct Lattice<'a> {
    /// Devices of each class, the strongest class first.
    classes: Vec<Vec<&'a Device>>,
    /// For each subset its non-empty parts, each with what remains.
    parts: Vec<Vec<(u32, u32)>>,
}

impl<'a> Lattice<'a> {
    /// `None` where there are more than `most` pairs of a subset and a part.
    pub(super) fn new(cluster: &'a Cluster, devices: &[&'a Device], most: usize) -> Option<Self> {
        let mut classes: Vec<Vec<&Device>> = Vec::new();
        let same = |a: &Device, b: &Device| {
            let (a_link, b_link): (Link, Link) = (cluster.link(a), cluster.link(b));
            a.capacity == b.capacity && a.memory == b.memory && a_link == b_link
        };
        for device in devices {
            match classes.iter_mut().find(|class| same(class[0], device)) {
                Some(class) => class.push(device),
                None => classes.push(vec![device]),
            }
        }
        classes.sort_by(|a, b| b[0].capacity.total_cmp(&a[0].capacity));
        let pairs: f64 = classes
            .iter()
            .map(|class| ((class.len() + 1) * (class.len() + 2) / 2) as f64)
            .product();
        if pairs > most as f64 {
            return None;
        }
        let mut lattice = Self { classes, parts: Vec::new() };
        let states: usize = lattice.classes.iter().map(|class| class.len() + 1).product();
        let counts: Vec<Vec<usize>> = (0..states).map(|state| lattice.counts(state)).collect();
        lattice.parts = (0..states)
            .map(|state| {
                let inside = |part: &usize| {
                    counts[*part].iter().zip(&counts[state]).all(|(part, all)| part <= all)
                };
                // Numbers are counts in mixed radix, so what remains is their difference.
                let part = |part| (part as u32, (state - part) as u32);
                (1..=state).filter(inside).map(part).collect()
            })
            .collect();
        Some(lattice)
    }

    /// Number of subsets.
    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    /// The non-empty parts of a subset, each with what remains.
    pub(super) fn parts(&self, state: usize) -> &[(u32, u32)] {
        &self.parts[state]
    }

    /// How many devices of each class.
    fn counts(&self, mut state: usize) -> Vec<usize> {
        let digit = |class: &Vec<&Device>| {
            let base = class.len() + 1;
            let digit = state % base;
            state /= base;
            digit
        };
        self.classes.iter().map(digit).collect()
    }

    /// Devices of a subset, the strongest first.
    pub(super) fn members(&self, state: usize) -> Vec<&'a Device> {
        self.take(&mut vec![0; self.classes.len()], state)
    }

    /// Devices of a subset that were not taken before; `taken` counts those of each class.
    pub(super) fn take(&self, taken: &mut [usize], state: usize) -> Vec<&'a Device> {
        let mut devices = Vec::new();
        for ((class, count), taken) in self.classes.iter().zip(self.counts(state)).zip(taken) {
            devices.extend(&class[*taken..*taken + count]);
            *taken += count;
        }
        devices
    }

    /// Nobody taken yet.
    pub(super) fn untouched(&self) -> Vec<usize> {
        vec![0; self.classes.len()]
    }
}
