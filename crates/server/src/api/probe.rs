//! Looks at a photograph's header: whether it is one, and how large it would become.

use crate::error::ApiError;
use axum::body::Bytes;
use axum::http::StatusCode;
use image::{ImageReader, Limits};
use std::io::Cursor;

/// Most pixels of a photograph.
const MAX_PIXELS: u64 = 50_000_000;

/// Bytes that a header may have its reader take.
const MAX_ALLOCATION: u64 = 64 << 20;

/// Refuses what is no image or has too many pixels; nothing is decoded here.
pub(super) async fn check(image: Bytes) -> Result<(), ApiError> {
    // Headers are somebody's too: where a reader trips over one, only this request ends.
    let size = tokio::task::spawn_blocking(move || size(&image)).await;
    let (width, height) = size.ok().flatten().ok_or_else(|| {
        let text =
            "this is no image that browsers can show: send a JPEG, PNG, WebP, GIF or BMP file";
        ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "no_image", text)
    })?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        let text = format!(
            "the image has {width} x {height} pixels, more than {} million: send a smaller one",
            MAX_PIXELS / 1_000_000
        );
        return Err(ApiError::too_large("too_many_pixels", text));
    }
    Ok(())
}

fn size(image: &[u8]) -> Option<(u32, u32)> {
    let mut reader = ImageReader::new(Cursor::new(image)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOCATION);
    reader.limits(limits);
    reader.into_dimensions().ok().filter(|(width, height)| *width > 0 && *height > 0)
}
