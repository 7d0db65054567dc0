//! What the server knows of a page's links already: heartbeats of a page whose links carry nothing are short.

use convoy_plan::DeviceId;
use convoy_wire::LinkReport;
use std::collections::BTreeMap;

/// With every such heartbeat the server is told of all links, whether anything has changed or not.
const ALL: u32 = 10;

/// What was told last.
#[derive(Debug, Default)]
pub(super) struct Told {
    links: BTreeMap<DeviceId, LinkReport>,
    beats: u32,
}

impl Told {
    /// Of all links those that the next heartbeat is to tell of.
    pub(super) fn news(&mut self, mut links: Vec<LinkReport>) -> Vec<LinkReport> {
        if self.beats.is_multiple_of(ALL) {
            self.links.clear();
        }
        self.beats = self.beats.wrapping_add(1);
        self.links.retain(|peer, _| links.iter().any(|link| link.peer == *peer));
        links.retain(|link| self.links.insert(link.peer, link.clone()).as_ref() != Some(link));
        links
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_wire::Via;

    fn link(peer: u32, sent: u64) -> LinkReport {
        LinkReport {
            peer: DeviceId(peer),
            via: Via::Direct,
            round_trip: Some(0.002),
            bandwidth: Some(1e7),
            sent,
            received: 0,
            waited: 0.0,
        }
    }

    #[test]
    fn links_are_told_when_they_change_and_all_of_them_now_and_then() {
        let mut told = Told::default();
        let both = || vec![link(1, 0), link(2, 0)];
        assert_eq!(told.news(both()), both());
        assert_eq!(told.news(vec![link(1, 0), link(2, 7)]), [link(2, 7)]);
        for beat in 2..ALL {
            assert!(told.news(vec![link(1, 0), link(2, 7)]).is_empty(), "beat {beat}");
        }
        assert_eq!(told.news(both()), both());
    }

    #[test]
    fn a_link_that_is_new_is_told_of() {
        let mut told = Told::default();
        told.news(vec![link(1, 0)]);
        assert_eq!(told.news(vec![link(1, 0), link(3, 0)]), [link(3, 0)]);
        // One that is there again, too.
        told.news(vec![link(1, 0)]);
        assert_eq!(told.news(vec![link(1, 0), link(3, 0)]), [link(3, 0)]);
    }
}
