//! Control messages as a page may send them: all that passes [`convoy_wire::ToServer::parse`].

use super::host::Host;
use super::{device, epoch, frame};
use crate::script::Script;
use convoy_wire::{
    Benchmark, Digest, Done, Finding, LinkReport, Seal, Sealed, Signal, Stats, TileDone, TileSent,
    ToServer, Via,
};
use std::collections::BTreeMap;

/// Any message, its numbers among those that mean something or are just allowed.
pub(super) fn any(host: &Host, script: &mut Script) -> ToServer {
    match script.below(13) {
        0 => ToServer::Benchmarked(benchmark(script)),
        1 => {
            let signal = Signal::Offer { attempt: 0, sdp: "sdp".into() };
            ToServer::Signal { to: device(host, script), signal }
        }
        2 => ToServer::Link(link(host, script)),
        3 => {
            let (done, total) = script.of(&[(0, 0), (1, 2), (3, 1), (u64::MAX, u64::MAX)]);
            ToServer::Loading { epoch: epoch(host, script), done, total }
        }
        4 => ToServer::Ready { epoch: epoch(host, script) },
        5 => {
            let message = script.of(&["out of memory", ""]).into();
            ToServer::Unable { epoch: epoch(host, script), message }
        }
        6 => {
            let tiles = (0..script.below(4)).map(|_| TileDone {
                frame: frame(script),
                epoch: epoch(host, script),
                stage: script.of(&[0, 1, 99]),
                seconds: script.of(&[0.0, 0.02, 3.0, 1e300]),
                receiving: script.of(&[0.0, 3.0, -1.0]),
                waiting: script.of(&[0.0, 3.0, f64::MAX]),
                ago: script.of(&[0.0, 0.25, -3.0, f64::MAX]),
            });
            let tiles: Vec<_> = tiles.collect();
            let sent = tiles.iter().map(|tile: &TileDone| TileSent {
                frame: tile.frame,
                epoch: tile.epoch,
                stage: tile.stage,
                seconds: tile.ago,
            });
            ToServer::Done(Done { sent: sent.collect(), tiles, seals: Vec::new() })
        }
        7 => ToServer::FrameFailed { frame: frame(script), message: "no image".into() },
        8 => {
            let links = (0..script.below(4)).map(|_| link(host, script)).collect();
            let refused = script.of(&[0, 1 << 40, u64::MAX]);
            let received_while_computing = script.of(&[0, 7, u64::MAX]);
            let stats = Stats { links, refused, received_while_computing, ..Stats::default() };
            ToServer::Stats(stats)
        }
        9 => {
            let digests = |script: &mut Script| -> Vec<(u16, Digest)> {
                (0..script.below(12) as u16).map(|edge| (edge, Digest::of(&[edge as u8]))).collect()
            };
            let (frame, epoch) = (frame(script), epoch(host, script));
            let seal = Seal { took: digests(script), made: digests(script) };
            let seals = vec![Sealed { epoch, frame, seal }; script.of(&[1, 2])];
            ToServer::Done(Done { seals, ..Done::default() })
        }
        10 => ToServer::Awaits { check: script.below(8) as u16 },
        11 => {
            let digests = 0..script.below(12) as u16;
            let took = digests.map(|edge| (edge, Digest::of(&[edge as u8]))).collect();
            let (deviation, seal) = (script.of(&[0.0, 0.01, 1.0]), Seal { took, made: Vec::new() });
            let compared = Finding::Compared { deviation, seal };
            let finding = if script.flag() { Finding::Missing } else { compared };
            ToServer::Checked { check: script.below(8) as u16, finding }
        }
        _ => ToServer::Leaving,
    }
}

fn benchmark(script: &mut Script) -> Benchmark {
    let capacity = script.of(&[1e7, 2e7, 3e9, 1.0, 9.9e14]);
    let memory = script.of(&[1 << 30, 1 << 40, 1000, 0]);
    Benchmark { capacity, kinds: BTreeMap::new(), memory }
}

fn link(host: &Host, script: &mut Script) -> LinkReport {
    let peer = device(host, script);
    let via = script.of(&[Via::Direct, Via::Relayed]);
    let round_trip = script.of(&[Some(0.004), None, Some(0.0), Some(3600.0)]);
    let bandwidth = script.of(&[Some(1e7), None, Some(1.0), Some(9.9e14)]);
    // As nonsensical as the rest.
    let waited = bandwidth.unwrap_or_default();
    LinkReport { peer, via, round_trip, bandwidth, sent: 0, received: 0, waited }
}
