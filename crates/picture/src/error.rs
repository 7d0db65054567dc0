//! Why a photograph cannot be used, in words for the person who sent it.

/// Longest image file in bytes (20 MB).
pub const MAX_BYTES: usize = 20_000_000;

/// Most pixels of a photograph (50 megapixels).
pub const MAX_PIXELS: u64 = 50_000_000;

/// Why a photograph cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The bytes are of no image format that is read here.
    #[error("this is no image that can be read here; send a JPEG, PNG, WebP, GIF or BMP file")]
    NotAnImage,
    /// The file is longer than [`MAX_BYTES`].
    #[error(
        "the image file has {bytes} bytes, more than the 20 MB there may be; send a smaller one"
    )]
    TooManyBytes {
        /// Its length.
        bytes: usize,
    },
    /// The picture has more than [`MAX_PIXELS`].
    #[error(
        "the picture has {width} x {height} pixels, more than the 50 megapixels there may be; \
         scale it down first"
    )]
    TooManyPixels {
        /// Columns.
        width: u32,
        /// Rows.
        height: u32,
    },
    /// The format is known, the content is damaged.
    #[error("the image file is damaged ({cause}); send it again or save it anew")]
    Broken {
        /// What the decoder said.
        cause: String,
    },
    /// The network's input is not what its preprocessing makes.
    #[error(
        "the network reads {expected} channels but its preprocessing makes {made}; \
         import it again with the right --channels"
    )]
    Channels {
        /// Channels of the network's input.
        expected: u32,
        /// Channels the preprocessing makes.
        made: u32,
    },
}

impl PictureError {
    /// Whether the picture is refused for its size alone (HTTP 413; every other cause is a 415).
    #[must_use]
    pub const fn is_too_large(&self) -> bool {
        matches!(self, Self::TooManyBytes { .. } | Self::TooManyPixels { .. })
    }
}
