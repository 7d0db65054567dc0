//! What may happen to tensor frames on their way. A data channel and the relay behind it keep frames
//! and their bytes, late as they may be; [`Mishap::Lost`] and those that change bytes are worse than
//! what a browser does, for what the session makes of them.

use crate::Room;
use crate::event::{Event, Tensor, Weather};
use convoy_wire::{FrameId, Header};

/// What happens to a tensor frame.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mishap {
    /// It comes up to so many seconds later, so that others overtake it.
    Late(f64),
    /// It comes twice, the second time up to so many seconds later.
    Twice(f64),
    /// It does not come.
    Lost,
    /// Some of its bytes are others.
    Corrupt,
    /// Its end is missing.
    Truncated,
}

impl Room {
    /// Sends a tensor frame on its way, whose first byte is there at `first` and whose last not
    /// before `last`, through the weather that there is.
    pub(crate) fn travel(&mut self, mut tensor: Tensor, first: f64, last: f64) {
        let mut late = 0.0;
        for at in 0..self.weather.len() {
            let Weather { from, to, what, chance, until } = self.weather[at];
            let meant = from.is_none_or(|from| self.newest(from) == tensor.from)
                && to.is_none_or(|to| self.newest(to) == tensor.to);
            if self.now > until || !meant || !self.rng.chance(chance) {
                continue;
            }
            self.happened(match what {
                Mishap::Late(_) => "late slice",
                Mishap::Twice(_) => "doubled slice",
                Mishap::Lost => "lost slice",
                Mishap::Corrupt => "corrupt slice",
                Mishap::Truncated => "truncated slice",
            });
            match what {
                Mishap::Late(most) => late += self.rng.between(0.0, most),
                Mishap::Twice(most) => {
                    let later = self.rng.between(0.0, most);
                    let again = Event::Begun(tensor.clone(), last + later);
                    self.queue.push(first + later, again);
                }
                Mishap::Lost => {
                    self.spoil(&tensor.bytes);
                    let peer = self.machines[tensor.to].id;
                    let from = &mut self.machines[tensor.from];
                    if let Some(link) = peer.and_then(|peer| from.links.get_mut(&peer)) {
                        link.waits.end(self.now, tensor.left);
                    }
                    return;
                }
                Mishap::Corrupt => {
                    self.spoil(&tensor.bytes);
                    for _ in 0..=self.rng.below(3) {
                        let at = self.rng.below(tensor.bytes.len());
                        tensor.bytes[at] ^= 1 << self.rng.below(8);
                    }
                    self.spoil(&tensor.bytes);
                }
                Mishap::Truncated => {
                    self.spoil(&tensor.bytes);
                    tensor.bytes.truncate(self.rng.below(tensor.bytes.len()));
                    self.spoil(&tensor.bytes);
                }
            }
        }
        self.queue.push(first + late, Event::Begun(tensor, last + late));
    }

    /// Nobody can say what becomes of the frame that these bytes are of.
    fn spoil(&mut self, bytes: &[u8]) {
        if let Ok((header, _)) = Header::decode(bytes) {
            self.spoilt.insert(header.frame);
        }
    }

    /// Whether a frame may rightly have no answer, or a wrong one, for what happened to its slices.
    pub(crate) fn is_spoilt(&self, frame: FrameId) -> bool {
        self.spoilt.contains(&frame)
    }
}
