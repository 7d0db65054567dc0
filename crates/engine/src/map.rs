//! A rectangle of a feature map with its values.

use crate::EngineError;
use convoy_model::{Region, Span};

/// Values of a region of one tensor, in row, column, channel order: the order of slices on the wire,
/// in which a strip of full rows is one run of memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// Where in the whole map this part lies.
    pub region: Region,
    /// Number of channels.
    pub channels: u32,
    /// `rows * cols * channels` values.
    pub values: Vec<f32>,
}

impl Map {
    /// A region of zeros.
    #[must_use]
    pub fn zeros(region: Region, channels: u32) -> Self {
        Self { region, channels, values: vec![0.0; (region.area() * u64::from(channels)) as usize] }
    }

    /// The part `region` of this map.
    ///
    /// # Errors
    /// A region that does not lie inside.
    pub fn cut(&self, region: Region) -> Result<Self, EngineError> {
        self.check()?;
        self.holds(region)?;
        let mut values = Vec::with_capacity((region.area() * u64::from(self.channels)) as usize);
        for row in region.rows.start..region.rows.end {
            values.extend_from_slice(&self.values[self.run(row, region.cols)]);
        }
        Ok(Self { region, channels: self.channels, values })
    }

    /// Overwrites the part that `part` covers.
    ///
    /// # Errors
    /// A part that does not lie inside, or has another number of channels.
    pub fn paste(&mut self, part: &Self) -> Result<(), EngineError> {
        self.check()?;
        part.check()?;
        if part.channels != self.channels {
            let (expected, found) = (self.region, part.region);
            return Err(EngineError::Region { expected, found, channels: part.channels });
        }
        self.holds(part.region)?;
        for row in part.region.rows.start..part.region.rows.end {
            let (to, from) = (self.run(row, part.region.cols), part.run(row, part.region.cols));
            self.values[to].copy_from_slice(&part.values[from]);
        }
        Ok(())
    }

    /// Whether the values fill the region.
    ///
    /// # Errors
    /// [`EngineError::Extent`] where not.
    pub fn check(&self) -> Result<(), EngineError> {
        if self.values.len() as u64 == self.region.area() * u64::from(self.channels) {
            return Ok(());
        }
        let (region, channels, values) = (self.region, self.channels, self.values.len());
        Err(EngineError::Extent { region, channels, values })
    }

    fn holds(&self, region: Region) -> Result<(), EngineError> {
        if self.region.contains(&region) {
            return Ok(());
        }
        let (expected, found) = (region, self.region);
        Err(EngineError::Region { expected, found, channels: self.channels })
    }

    /// Where the values of columns `cols` of row `row`, which lie inside, are.
    fn run(&self, row: u32, cols: Span) -> std::ops::Range<usize> {
        let channels = self.channels as usize;
        let row = (row - self.region.rows.start) as usize;
        let start =
            row * self.region.cols.len() as usize + (cols.start - self.region.cols.start) as usize;
        start * channels..(start + cols.len() as usize) * channels
    }
}
