#![allow(warnings)]
use convoy_experiments::{cell::network, setting::*};
use convoy_model::{Region, macs, weights};
use convoy_plan::*;
use convoy_sim::Rng;
struct Instant(f64);
fn cpu() -> f64 { let t = std::fs::read_to_string("/proc/self/schedstat").unwrap(); 1e-9 * t.split(' ').next().unwrap().parse::<f64>().unwrap() }
fn main() {
    let args: Vec<String> = std::env::args().collect();
    for id in args[1].split(',') { for mbit in args[2].split(',') {
        let mbit: f64 = mbit.parse().unwrap();
        let model = network(id).unwrap();
        let budget: f64 = args[3].parse().unwrap();
        let seed: u64 = args.get(4).map_or(1, |s| s.parse().unwrap());
        let memory = model.pieces.iter().map(|p| 4 * weights::parameter_count(&model.graph, p.first.0..p.end.0)).sum::<u64>() / 4;
        let mut rng = Rng::new(seed);
        let devices: Vec<Device> = (0..64u32).map(|i| Device::new(DeviceId(i), &format!("d{i}"), MACS_PER_GHZ * rng.between(0.6, 1.5), memory)).collect();
        let fastest = devices.iter().map(|d| d.capacity).fold(0.0, f64::max);
        let all: f64 = devices.iter().map(|d| d.capacity).sum();
        let network = Network { bandwidth: mbit * 1e6 / 8.0, shared: false, latency: 0.002, wire: WireFormat::Compact };
        let cluster = Cluster { devices, network };
        let graph = &model.graph;
        let work: u64 = graph.iter().map(|(id, node)| macs(graph, id, Region::whole(node.shape))).sum();
        let limit = work as f64 / fastest / 2.0;
        let t0 = cpu();
        let clock = || cpu() - t0;
        let f = front("best", &model, &cluster, &Options { latency_limit: Some(limit), budget, clock: &clock });
        match f {
            Err(e) => println!("{id} {mbit}: {e} {:.1} s", clock()),
            Ok(f) => {
                let p = &f.plans[0];
                let b = f.bound.period;
                println!("{id} {mbit}: limit {limit:.3} W/C {:.5} bound {b:.5} period {:.5} latency {:.3} above {:.1} % ({} plans) {:.1} s", work as f64/all, p.predicted.period, p.predicted.latency, 100.0*(p.predicted.period/b-1.0), f.plans.len(), clock());
                let mut macs_all = 0.0;
                for s in &p.stages {
                    let seg = convoy_model::Segment::new(graph, &model.pieces, s.pieces[0]..s.pieces[1]);
                    let sizes: Vec<usize> = (0..s.turns.len() as u16).map(|g| s.group(g).count()).collect();
                    let mut w = 0.0; 
                    for g in 0..s.turns.len() as u16 { for t in s.group(g) { w += seg.all_macs(graph, &seg.trace(graph, &t.regions)) as f64 * s.share(g); } }
                    macs_all += w;
                    println!("   {:?} groups {:?} turns {:?} work x{:.3}", s.pieces, sizes, s.turns, w / work as f64);
                }
                let played = play::saturate(&model, &cluster, p, 512).unwrap();
                let n = 512.0; let bw = mbit * 1e6 / 8.0;
                let top = |f: &dyn Fn(&play::Use) -> f64| played.uses.iter().map(|u| (f(u) / n, u.device)).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
                println!("   busy {:?} sent {:?} received {:?}; played period {:?}", top(&|u| u.busy), top(&|u| u.sent / bw), top(&|u| u.received / bw), played.period());
                let who = top(&|u| u.sent / bw).1; for (i, st) in p.stages.iter().enumerate() { for t in &st.tiles { if Some(t.device) == who { println!("     sender in stage {i} group {} of {:?}, pieces {:?}, {:?}", t.group, st.turns, st.pieces, t.regions); } } }
                println!("   work in all x{:.4}, mean of busy {:.4}", macs_all / work as f64, macs_all / all / p.predicted.period);
            }
        }
    } }
}
