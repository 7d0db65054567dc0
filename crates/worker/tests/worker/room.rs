//! A room of workers in one process: hands slices from edge to edge as the devices of a room do.

use convoy_model::catalog::Catalog;
use convoy_model::package::Folder;
use convoy_model::{Answer, Model, Segment};
use convoy_plan::{DeviceId, Edge, Plan, Port, Prediction, Stage, Tile, Turns};
use convoy_session::{Job, Outcome, Slice};
use convoy_wire::{Epoch, FrameId};
use convoy_worker::{Alone, Worker, WorkerError, dtype};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

pub(crate) const SOURCE: DeviceId = DeviceId(1);

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn photo(name: &str) -> Arc<[u8]> {
    std::fs::read(root().join(format!("www/samples/{name}.jpg"))).unwrap().into()
}

/// The networks that come with convoy.
pub(crate) fn catalog() -> Catalog {
    let mut catalog = Catalog::empty();
    catalog.add(Folder::new(root().join("www/models"))).unwrap();
    catalog
}

/// What one device says by itself, in f32 throughout.
pub(crate) fn alone(catalog: &Catalog, model: &Arc<Model>, image: &[u8]) -> Answer {
    let read = |file: &convoy_model::WeightFile| {
        Ok::<_, WorkerError>(catalog.file(&model.id, &file.file).unwrap().into_owned())
    };
    Alone::new(Arc::clone(model), read).unwrap().answer(image).unwrap()
}

/// A plan made by hand: `stages` are the end of each run of pieces with the devices that share it in
/// equal strips.
pub(crate) fn by_hand(model: &Model, stages: &[(usize, &[u32])]) -> Plan {
    let mut first = 0;
    let stages = stages.iter().map(|(end, devices)| {
        let pieces = [first, *end];
        first = *end;
        let segment = Segment::new(&model.graph, &model.pieces, pieces[0]..pieces[1]);
        let height = segment.reference(&model.graph).map_or(1, |id| model.graph.shape(id).height);
        let count = devices.len() as u32;
        let bounds: Vec<u32> = (0..=count).map(|k| height * k / count).collect();
        let strips = segment.strips(&model.graph, &bounds);
        let tile = |(device, regions)| Tile {
            device: DeviceId(device),
            group: 0,
            regions,
            macs: 0,
            input_bytes: 0,
            output_bytes: 0,
            compute: 0.0,
        };
        let tiles = devices.iter().copied().zip(strips).map(tile).collect();
        Stage { pieces, turns: vec![1], tiles, compute: 0.0, transfer: 0.0 }
    });
    Plan {
        model: model.id.clone(),
        scheme: "by hand".to_owned(),
        stages: stages.collect(),
        kernels: convoy_model::Kernels::Direct,
        period: 0.0,
        latency: 0.0,
        predicted: Prediction::new(0.0, 0.0),
    }
}

/// Workers under one plan.
pub(crate) struct Room {
    pub(crate) epoch: Epoch,
    pub(crate) plan: Arc<Plan>,
    pub(crate) edges: Vec<Edge>,
    /// The frame that is on its way: it decides which groups in turn compute.
    pub(crate) frame: FrameId,
    pub(crate) workers: BTreeMap<DeviceId, Worker>,
    /// Weight files handed over so far.
    pub(crate) fetched: usize,
}

impl Room {
    pub(crate) fn new(catalog: &Catalog, model: &Arc<Model>, plan: Plan) -> Self {
        let (epoch, plan) = (Epoch(0), Arc::new(plan));
        let (edges, workers) = (Vec::new(), BTreeMap::new());
        let mut room = Self { epoch, plan, edges, frame: FrameId(7), workers, fetched: 0 };
        let plan = Arc::clone(&room.plan);
        room.replan(catalog, model, &plan);
        room
    }

    /// Makes every device that the plan names, and the source, ready for it.
    pub(crate) fn replan(&mut self, catalog: &Catalog, model: &Arc<Model>, plan: &Arc<Plan>) {
        self.epoch = Epoch(self.epoch.0 + 1);
        self.plan = Arc::clone(plan);
        self.edges = convoy_plan::edges(model, plan).unwrap();
        let named = plan.stages.iter().flat_map(|stage| &stage.tiles).map(|tile| tile.device);
        let devices: Vec<DeviceId> = named.chain([SOURCE]).collect();
        for device in devices {
            let worker = self.workers.entry(device).or_insert_with(|| Worker::new(1 << 30));
            for (piece, file) in worker.wanted(model, plan, device) {
                let bytes = catalog.file(&model.id, &file.file).unwrap().into_owned();
                worker.supply(model, piece, bytes).unwrap();
                self.fetched += 1;
            }
            let (epoch, model, plan) = (self.epoch, Arc::clone(model), Arc::clone(plan));
            let job = Job::Load { epoch, model, plan, device, during: None };
            let outcome = worker.run(&job, &|| 0.0);
            assert!(matches!(outcome, Outcome::Loaded { .. }), "{outcome:?}");
        }
    }

    /// The numbers of the edges that the frame uses and for which `which` holds.
    pub(crate) fn numbers(&self, which: impl Fn(&Edge) -> bool) -> Vec<u16> {
        let used = |edge: &Edge| self.serves(edge.from) && self.serves(edge.to);
        let edges = (0..).zip(&self.edges);
        edges.filter(|(_, edge)| used(edge) && which(edge)).map(|(number, _)| number).collect()
    }

    /// Whether the frame passes through `port`.
    fn serves(&self, port: Port) -> bool {
        Turns::new(&self.plan).serves(port, self.frame.0)
    }

    /// The source's slices of a photograph.
    pub(crate) fn cut(&mut self, image: &Arc<[u8]>) -> Outcome {
        let edges = self.numbers(|edge| edge.from == Port::Source);
        let (epoch, frame, image) = (self.epoch, self.frame, Arc::clone(image));
        let worker = self.workers.get_mut(&SOURCE).unwrap();
        worker.run(&Job::Cut { epoch, frame, image, edges }, &|| 0.0)
    }

    /// The job of one tile, with the slices that have arrived for it.
    pub(crate) fn compute_job(&self, stage: u16, tile: u16, sent: &BTreeMap<u16, Slice>) -> Job {
        let port = Port::Tile { stage, tile };
        let slices = self.numbers(|edge| edge.to == port);
        let slices = slices.iter().map(|number| sent[number].clone()).collect();
        let edges = self.numbers(|edge| edge.from == port);
        Job::Compute { epoch: self.epoch, frame: self.frame, stage, tile, slices, edges }
    }

    /// The answer to a photograph, tile after tile.
    pub(crate) fn answer(&mut self, image: &Arc<[u8]>) -> Answer {
        let outcome = self.cut(image);
        let Outcome::Cut { slices, .. } = outcome else { panic!("{outcome:?}") };
        let mut sent = BTreeMap::new();
        self.send(&mut sent, slices);
        let plan = Arc::clone(&self.plan);
        for (stage, tiles) in (0..).zip(plan.stages.iter().map(|stage| &stage.tiles)) {
            for (tile, owner) in (0..).zip(tiles) {
                if !self.serves(Port::Tile { stage, tile }) {
                    continue;
                }
                let job = self.compute_job(stage, tile, &sent);
                let worker = self.workers.get_mut(&owner.device).unwrap();
                // A plan by hand says nothing of the work.
                assert!([0, worker.macs(&job)].contains(&owner.macs), "stage {stage}, tile {tile}");
                let outcome = worker.run(&job, &|| 0.0);
                let Outcome::Computed { slices, .. } = outcome else { panic!("{outcome:?}") };
                self.send(&mut sent, slices);
            }
        }
        let slices = self.numbers(|edge| edge.to == Port::Source);
        let slices = slices.iter().map(|number| sent[number].clone()).collect();
        let (epoch, frame, image) = (self.epoch, self.frame, Arc::clone(image));
        let worker = self.workers.get_mut(&SOURCE).unwrap();
        let outcome = worker.run(&Job::Decode { epoch, frame, image, slices }, &|| 0.0);
        let Outcome::Decoded { answer, .. } = outcome else { panic!("{outcome:?}") };
        answer
    }

    /// Each slice travels once, in the stated number format.
    fn send(&self, sent: &mut BTreeMap<u16, Slice>, slices: Vec<Slice>) {
        for slice in slices {
            assert_eq!(slice.dtype, dtype(&self.edges[usize::from(slice.edge)]));
            assert!(sent.insert(slice.edge, slice).is_none());
        }
    }
}
