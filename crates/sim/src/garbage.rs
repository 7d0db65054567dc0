//! Nonsense that a broken or hostile page may send.

use crate::Room;
use crate::event::{Event, Tensor, Up};
use crate::worker::answer;
use convoy_plan::DeviceId;
use convoy_wire::{
    Benchmark, DType, Done, Epoch, FrameId, Header, LinkReport, TileDone, TileSent, ToServer, Via,
};
use std::collections::BTreeMap;

/// A kind of nonsense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Garbage {
    /// Bytes that are no tensor frame, to every device.
    Bytes,
    /// A tensor frame whose header holds anything, to every device.
    Frame,
    /// A control message that does not fit what happens.
    Control,
    /// An answer that nobody asked this device for.
    Answer,
}

impl Room {
    pub(crate) fn garbage(&mut self, device: usize, garbage: Garbage) {
        if self.machines[device].died.is_some() {
            return;
        }
        match garbage {
            Garbage::Bytes | Garbage::Frame => {
                for to in (0..self.machines.len()).filter(|to| *to != device) {
                    let bytes = self.frame(garbage);
                    let (left, via) = (self.now, Via::Direct);
                    let tensor = Tensor { from: device, to, left, via, bytes };
                    self.queue.push(self.now + self.network.latency, Event::Tensor(tensor));
                }
            }
            Garbage::Control => {
                let message = self.nonsense(device);
                self.up(device, Up::Control(message));
            }
            Garbage::Answer => {
                let frame = FrameId(self.rng.below(50) as u32);
                let epoch = Epoch(self.rng.below(4) as u32);
                self.spoilt.insert(frame);
                self.up(device, Up::Answer(frame, epoch, answer(7)));
            }
        }
    }

    fn frame(&mut self, garbage: Garbage) -> Vec<u8> {
        let length = self.rng.below(200);
        let payload: Vec<u8> = (0..length).map(|_| self.rng.next() as u8).collect();
        if garbage == Garbage::Bytes {
            return payload;
        }
        let mut small = |below| self.rng.below(below) as u32;
        let header = Header {
            epoch: Epoch(small(4)),
            frame: FrameId(small(60)),
            source: DeviceId(small(8)),
            edge: small(40) as u16,
            dtype: [DType::U8, DType::F16, DType::F32][small(3) as usize],
            // Of a part that its slice never has: one that fits could take a true one's place.
            part: 9 + small(9) as u16,
            parts: small(9) as u16,
            check: 0,
        };
        header.encode(&payload)
    }

    /// Messages that must change nothing, whoever sends them and whenever.
    fn nonsense(&mut self, device: usize) -> ToServer {
        let number = self.rng.below(2000) as u32;
        let epoch = Epoch(1000 + number);
        let frame = FrameId(100_000 + number);
        let peer = DeviceId(1000 + number);
        match self.rng.below(7) {
            0 => ToServer::Ready { epoch },
            1 => ToServer::Loading { epoch, done: 3, total: 1 },
            2 => ToServer::Unable { epoch, message: "nonsense".into() },
            3 => {
                let tile = TileDone {
                    epoch,
                    frame,
                    stage: 99,
                    seconds: 1e9,
                    receiving: -1.0,
                    waiting: f64::MAX,
                    ago: -1e300,
                };
                let sent = TileSent { epoch, frame, stage: 99, seconds: f64::MAX };
                ToServer::Done(Done { tiles: vec![tile; 3], sent: vec![sent], seals: Vec::new() })
            }
            4 => ToServer::FrameFailed { frame, message: "nonsense".into() },
            5 => {
                let (sent, received) = (0, u64::MAX);
                let (round_trip, bandwidth) = (Some(3600.0), Some(1.0));
                let (via, waited) = (Via::Direct, 1e14);
                let link = LinkReport { peer, via, round_trip, bandwidth, sent, received, waited };
                ToServer::Link(link)
            }
            _ => {
                // Before its own measurement is done a page is believed, and what is said of its
                // memory stays: of less than it has nobody could ever plan.
                let (kinds, memory) = (BTreeMap::new(), self.machines[device].spec.memory);
                ToServer::Benchmarked(Benchmark { capacity: 1e14, kinds, memory })
            }
        }
    }
}
