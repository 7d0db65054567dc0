//! The arithmetic of layers on slices of f32, in row, column, channel order (NHWC with a batch of
//! one): the order in which a strip of a map is one run of memory and channels fill vector lanes.
//!
//! Every kernel reads a [`View`], a rectangle of a map that may lie inside a larger one, so that a
//! tile is computed without copying its input. Padding is asymmetric throughout: a [`Window`] says
//! what lies before the first tap, and whatever it reaches beyond the view is padding.
//!
//! **Exactness.** Every value is summed in an order that hangs on its own taps alone, never on its
//! neighbours or on how many there are. So a tile equals the same part of the whole map bit for bit.
//!
//! **Threads.** There are none here: a [`Parallel`] that the caller has runs the parts of a layer side by
//! side. How a layer is cut changes no value.
//!
//! The only `unsafe` code of the project is here: vector loads and stores, and the choice of a
//! processor's instructions at run time.

mod activation;
mod broadcast;
mod combine;
mod conv;
mod depthwise;
mod direct;
mod global;
mod lanes;
mod pack;
mod parallel;
mod pool;
mod rearrange;
mod runs;
mod transform;
mod transposed;
mod view;
mod winograd;
mod workspace;

pub use activation::Activation;
pub use broadcast::{Combine, normalize, p_relu};
pub use combine::{add, affine, concat};
pub use conv::Conv;
pub use global::{global_average, global_max, moments};
pub use parallel::{OneThread, Parallel, Part};
pub use pool::{Average, max_pool, max_pool_with};
pub use rearrange::{depth_to_space, select, shuffle_channels};
pub use transposed::{ConvTranspose, Spread};
pub use view::{View, Window};
pub use workspace::Workspace;
