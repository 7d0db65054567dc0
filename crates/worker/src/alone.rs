//! A whole network on one device, undivided and in f32 throughout: the yardstick that shared answers
//! are held against.

use crate::WorkerError;
use crate::store::Store;
use convoy_engine::{LayerTime, Map, OneThread, Parallel, TileEngine};
use convoy_model::{Answer, Kernels, Model, NodeId, Region, Segment, WeightFile, WeightSource};
use convoy_picture::answer::{self, Output};
use convoy_picture::{Dimensions, Photo, fit, normalise};
use std::sync::Arc;

/// A network that is ready to run.
#[derive(Debug)]
pub struct Alone {
    model: Arc<Model>,
    segment: Segment,
    engine: TileEngine,
}

impl Alone {
    /// Readies all of a network for direct kernels; `read` gives the content of its weight files.
    ///
    /// # Errors
    /// What `read` says, weights that are not what the manifest says, or a network that cannot run.
    pub fn new<E: From<WorkerError>>(
        model: Arc<Model>,
        read: impl FnMut(&WeightFile) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        Self::with_kernels(model, Kernels::Direct, read)
    }

    /// As [`Alone::new`], for these kernels.
    ///
    /// # Errors
    /// As [`Alone::new`].
    pub fn with_kernels<E: From<WorkerError>>(
        model: Arc<Model>,
        kernels: Kernels,
        mut read: impl FnMut(&WeightFile) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let mut store = Store::default();
        if let WeightSource::Files { files } = &model.weights {
            for (piece, file) in files.iter().enumerate() {
                store.supply(&model, piece, read(file)?)?;
            }
        }
        let pieces = 0..model.pieces.len();
        let segment = Segment::new(&model.graph, &model.pieces, pieces.clone());
        let whole = |id: &NodeId| Region::whole(model.graph.shape(*id));
        let wanted: Vec<Region> = segment.outputs.iter().map(whole).collect();
        let weights = store.weights(&model, pieces, &segment.trace(&model.graph, &wanted))?;
        let engine = TileEngine::new(&model.graph, &segment, &wanted, &weights, kernels)
            .map_err(WorkerError::from)?;
        Ok(Self { model, segment, engine })
    }

    /// The network.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// From the input, whole and in the network's own numbers, to the outputs in the order of the
    /// graph's.
    ///
    /// # Errors
    /// An input of another extent than the network's.
    pub fn run(&self, input: Map) -> Result<Vec<Map>, WorkerError> {
        self.run_with(&OneThread, input)
    }

    /// As [`Alone::run`], the same values, with the threads of `parallel`.
    ///
    /// # Errors
    /// As [`Alone::run`].
    pub fn run_with(&self, parallel: &dyn Parallel, input: Map) -> Result<Vec<Map>, WorkerError> {
        let made = self.engine.run_with(parallel, &[input])?;
        let find = |id: &NodeId| {
            let mut pairs = self.segment.outputs.iter().zip(&made);
            pairs.find(|(made, _)| *made == id).map(|(_, map)| map.clone())
        };
        Ok(self.model.graph.outputs.iter().filter_map(find).collect())
    }

    /// The least time of every layer in `runs` runs, with the threads of `parallel`; `clock` gives
    /// seconds of any monotonic clock.
    ///
    /// # Errors
    /// None that a sound network could cause.
    pub fn profile(
        &self,
        parallel: &dyn Parallel,
        runs: usize,
        clock: &dyn Fn() -> f64,
    ) -> Result<Vec<LayerTime>, WorkerError> {
        let inputs = self.engine.ramps(&self.model.graph);
        Ok(self.engine.layer_times(parallel, &inputs, runs, clock)?)
    }

    /// The input that an image file becomes, and the photograph's extent.
    ///
    /// # Errors
    /// A file that is no image, or a network whose input is none.
    pub fn input(&self, image: &[u8]) -> Result<(Map, Dimensions), WorkerError> {
        let preprocess = &self.model.preprocess;
        let photo = Photo::decode(image)?;
        let shape = self.model.graph.shape(NodeId::INPUT);
        let values = normalise(&fit(&photo, preprocess, shape)?, preprocess);
        let input = Map { region: Region::whole(shape), channels: shape.channels, values };
        Ok((input, photo.dimensions()))
    }

    /// What the outputs of [`Alone::run`] say of a photograph of this extent.
    ///
    /// # Errors
    /// Outputs that do not fit the model's kind of answer.
    pub fn read(&self, outputs: &[Map], photo: Dimensions) -> Result<Answer, WorkerError> {
        let graph = &self.model.graph;
        let outputs: Vec<Output<'_>> = graph
            .outputs
            .iter()
            .zip(outputs)
            .map(|(id, map)| Output { shape: graph.shape(*id), values: &map.values })
            .collect();
        Ok(answer::decode(&self.model, &outputs, photo)?)
    }

    /// What the network says of an image file.
    ///
    /// # Errors
    /// As [`Alone::input`], [`Alone::run`] and [`Alone::read`].
    pub fn answer(&self, image: &[u8]) -> Result<Answer, WorkerError> {
        let (input, photo) = self.input(image)?;
        self.read(&self.run(input)?, photo)
    }
}
