//! Jobs, from the page to the worker.

use super::{MessageError, Packed, SliceHead, slice_blocks, slice_heads, slices};
use convoy_model::Model;
use convoy_plan::{DeviceId, Plan};
use convoy_session::Job;
use convoy_wire::{Epoch, FrameId};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;
use std::vec::IntoIter;

/// A job without its bulk, and the page's number for it.
#[derive(Debug, Serialize, Deserialize)]
struct Head<'a> {
    number: u32,
    job: JobHead<'a>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum JobHead<'a> {
    Benchmark,
    Load(Box<LoadHead<'a>>),
    Cut {
        epoch: Epoch,
        frame: FrameId,
        edges: Cow<'a, [u16]>,
    },
    Compute {
        epoch: Epoch,
        frame: FrameId,
        stage: u16,
        tile: u16,
        slices: Vec<SliceHead>,
        edges: Cow<'a, [u16]>,
    },
    Check {
        check: u16,
        epoch: Epoch,
        frame: FrameId,
        stage: u16,
        tile: u16,
        taken: Vec<SliceHead>,
        made: Vec<SliceHead>,
    },
    Decode {
        epoch: Epoch,
        frame: FrameId,
        slices: Vec<SliceHead>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct LoadHead<'a> {
    epoch: Epoch,
    model: Cow<'a, Model>,
    plan: Cow<'a, Plan>,
    device: DeviceId,
    during: Option<Epoch>,
}

/// Job `number` as a message.
///
/// # Errors
/// Where the head cannot be written.
pub(crate) fn pack_job(number: u32, job: &Job) -> Result<Packed<'_>, MessageError> {
    let (job, blocks) = match job {
        Job::Benchmark => (JobHead::Benchmark, Vec::new()),
        Job::Load { epoch, model, plan, device, during } => {
            let (model, plan) = (Cow::Borrowed(&**model), Cow::Borrowed(&**plan));
            let (device, during) = (*device, *during);
            let load = LoadHead { epoch: *epoch, model, plan, device, during };
            (JobHead::Load(Box::new(load)), Vec::new())
        }
        Job::Cut { epoch, frame, image, edges } => {
            let edges = Cow::Borrowed(edges.as_slice());
            (JobHead::Cut { epoch: *epoch, frame: *frame, edges }, vec![&**image])
        }
        Job::Compute { epoch, frame, stage, tile, slices, edges } => {
            let head = JobHead::Compute {
                epoch: *epoch,
                frame: *frame,
                stage: *stage,
                tile: *tile,
                slices: slice_heads(slices),
                edges: Cow::Borrowed(edges.as_slice()),
            };
            (head, slice_blocks(slices))
        }
        Job::Check { check, epoch, frame, stage, tile, taken, made } => {
            let mut blocks = slice_blocks(taken);
            blocks.extend(slice_blocks(made));
            let head = JobHead::Check {
                check: *check,
                epoch: *epoch,
                frame: *frame,
                stage: *stage,
                tile: *tile,
                taken: slice_heads(taken),
                made: slice_heads(made),
            };
            (head, blocks)
        }
        Job::Decode { epoch, frame, image, slices } => {
            let mut blocks = vec![&**image];
            blocks.extend(slice_blocks(slices));
            let slices = slice_heads(slices);
            (JobHead::Decode { epoch: *epoch, frame: *frame, slices }, blocks)
        }
    };
    Ok(Packed { head: serde_json::to_string(&Head { number, job })?, blocks })
}

/// The job in a message, with its number.
///
/// # Errors
/// A head that is none, or blocks that are missing.
pub(crate) fn unpack_job(head: &str, blocks: Vec<Vec<u8>>) -> Result<(u32, Job), MessageError> {
    let mut blocks = blocks.into_iter();
    let Head { number, job } = serde_json::from_str(head)?;
    let image = |blocks: &mut IntoIter<Vec<u8>>| -> Result<Arc<[u8]>, MessageError> {
        Ok(blocks.next().ok_or(MessageError::Block)?.into())
    };
    let job = match job {
        JobHead::Benchmark => Job::Benchmark,
        JobHead::Load(load) => Job::Load {
            epoch: load.epoch,
            model: Arc::new(load.model.into_owned()),
            plan: Arc::new(load.plan.into_owned()),
            device: load.device,
            during: load.during,
        },
        JobHead::Cut { epoch, frame, edges } => {
            Job::Cut { epoch, frame, image: image(&mut blocks)?, edges: edges.into_owned() }
        }
        JobHead::Compute { epoch, frame, stage, tile, slices: heads, edges } => Job::Compute {
            epoch,
            frame,
            stage,
            tile,
            slices: slices(heads, &mut blocks)?,
            edges: edges.into_owned(),
        },
        JobHead::Check { check, epoch, frame, stage, tile, taken, made } => {
            let taken = slices(taken, &mut blocks)?;
            let made = slices(made, &mut blocks)?;
            Job::Check { check, epoch, frame, stage, tile, taken, made }
        }
        JobHead::Decode { epoch, frame, slices: heads } => Job::Decode {
            epoch,
            frame,
            image: image(&mut blocks)?,
            slices: slices(heads, &mut blocks)?,
        },
    };
    Ok((number, job))
}
