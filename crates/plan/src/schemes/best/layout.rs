//! How a group shares a run: where the rows and columns of its output are cut.

use super::costing::Costing;
use super::split;
use crate::schemes::run::Work;
use crate::{Device, rows};
use std::rc::Rc;

/// How the devices of a group share a run of pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Fused horizontal strips that finish together.
    Strips,
    /// A fused grid: rows of cells by capacity, cells of a row by capacity.
    Grid,
    /// Blocks of pieces one after another, each in strips by capacity, halos exchanged between them.
    Blocks,
}

impl Layout {
    /// How a group shares a run whose blocks end here: of several, whatever it does with one alone, each
    /// is in strips.
    pub(super) const fn through(self, ends: &[usize]) -> Self {
        if ends.len() > 1 { Self::Blocks } else { self }
    }
}

impl Costing<'_> {
    /// Bounds of rows, and in each of columns, that a layout gives a group; `None` where it cannot
    /// have that layout. Cells are dealt row by row.
    pub(super) fn bounds(
        &self,
        start: usize,
        end: usize,
        group: &[&Device],
        layout: Layout,
    ) -> Option<Vec<([u32; 2], [u32; 2])>> {
        let run = self.run(start, end.min(self.body));
        let width = [0, run.width];
        let capacities: Vec<f64> = group.iter().map(|device| device.capacity).collect();
        let rows = |bounds: Vec<u32>| -> Vec<([u32; 2], [u32; 2])> {
            bounds.windows(2).map(|rows| ([rows[0], rows[1]], width)).collect()
        };
        match layout {
            Layout::Blocks => Some(rows(rows::proportional(run.height, &capacities))),
            Layout::Strips => {
                let head = if end > self.body { self.head } else { 0.0 };
                let seconds = |k: usize, start, end| {
                    let work = run.strip(start, end);
                    let head = if k == 0 { head } else { 0.0 };
                    self.busy(group[k], work, head)
                };
                let guess = rows::proportional(run.height, &capacities);
                split::together(run.height, group.len(), guess, seconds).map(rows)
            }
            Layout::Grid => {
                let of = columns(group.len())?;
                let sums: Vec<f64> = capacities.chunks(of).map(|row| row.iter().sum()).collect();
                let bounds = rows::proportional(run.height, &sums);
                let row = |(rows, capacities): (&[u32], &[f64])| {
                    let rows = [rows[0], rows[1]];
                    let cols = rows::proportional(run.width, capacities);
                    let cell = |cols: &[u32]| (rows, [cols[0], cols[1]]);
                    cols.windows(2).map(cell).collect::<Vec<_>>()
                };
                let cells: Vec<([u32; 2], [u32; 2])> =
                    bounds.windows(2).zip(capacities.chunks(of)).flat_map(row).collect();
                let has = |[start, end]: [u32; 2]| start < end;
                cells.iter().all(|(rows, cols)| has(*rows) && has(*cols)).then_some(cells)
            }
        }
    }

    pub(super) fn tiles(
        &self,
        start: usize,
        end: usize,
        group: &[&Device],
        layout: Layout,
    ) -> Option<Vec<Rc<Work>>> {
        let run = self.run(start, end.min(self.body));
        let bounds = self.bounds(start, end, group, layout)?;
        Some(bounds.into_iter().map(|(rows, cols)| run.cell(rows, cols)).collect())
    }

    /// Seconds that a device or its line is busy with a tile, and `more` multiply-accumulates.
    fn busy(&self, device: &Device, work: &Work, more: f64) -> f64 {
        let compute = (work.effort + more) / device.capacity;
        if self.costs.cluster.network.shared {
            return compute;
        }
        let link = self.link(device);
        compute.max(work.input / link.down).max(work.output / link.up)
    }
}

/// Columns of the grid of so many cells: as square as can be, at least two columns.
fn columns(cells: usize) -> Option<usize> {
    let cols = (2..=cells).take_while(|cols| cols * cols <= cells);
    cols.filter(|cols| cells.is_multiple_of(*cols)).max()
}
