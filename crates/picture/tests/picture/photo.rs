//! Files as strangers send them: every format, turned, transparent, damaged, too large.

use convoy_picture::{Dimensions, MAX_BYTES, Photo, PictureError, probe};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use std::io::Cursor;

const SIZE: Dimensions = Dimensions { width: 40, height: 24 };

/// Left half red, right half blue.
fn picture() -> DynamicImage {
    DynamicImage::ImageRgb8(RgbImage::from_fn(SIZE.width, SIZE.height, |x, _| {
        if x < SIZE.width / 2 { Rgb([250, 5, 5]) } else { Rgb([5, 5, 250]) }
    }))
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A JPEG with the EXIF segment that a phone held upright writes.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0".to_vec();
    tiff.extend([orientation, 0, 0, 0, 0, 0, 0, 0]);
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend((tiff.len() as u16 + 8).to_be_bytes());
    bytes.extend(b"Exif\0\0");
    bytes.extend(tiff);
    bytes.extend(&jpeg[2..]);
    bytes
}

#[test]
fn every_format_named_in_the_error_is_read() {
    for format in
        [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp]
    {
        let bytes = encoded(&picture(), format);
        assert_eq!(probe(&bytes), Ok(SIZE), "{format:?}");
        assert_eq!(Photo::decode(&bytes).unwrap().dimensions(), SIZE, "{format:?}");
    }
}

#[test]
fn a_phones_upright_photograph_is_turned_as_its_exif_says() {
    let bytes = with_orientation(&encoded(&picture(), ImageFormat::Jpeg), 6);
    let upright = Dimensions { width: SIZE.height, height: SIZE.width };
    assert_eq!(probe(&bytes), Ok(upright));
    let photo = Photo::decode(&bytes).unwrap();
    assert_eq!(photo.dimensions(), upright);
    // Turned clockwise by a quarter, what was left (red) is on top.
    let rgb = convoy_picture::fit(&photo, &stretch(), upright_shape(upright)).unwrap();
    assert!(rgb[0] > 200 && rgb[2] < 60, "the top is {:?}", &rgb[..3]);
    let last = &rgb[rgb.len() - 3..];
    assert!(last[0] < 60 && last[2] > 200, "the bottom is {last:?}");
}

#[test]
fn transparent_pixels_lie_on_white() {
    let clear = DynamicImage::ImageRgba8(RgbaImage::from_pixel(4, 4, Rgba([0, 0, 0, 0])));
    let photo = Photo::decode(&encoded(&clear, ImageFormat::Png)).unwrap();
    let shape = convoy_model::Shape::new(3, 4, 4);
    assert_eq!(convoy_picture::fit(&photo, &stretch(), shape).unwrap(), vec![255; 48]);
}

#[test]
fn what_is_no_image_is_refused_by_probe_and_decode_alike() {
    let texts: [&[u8]; 4] = [b"", b"hello", b"<html></html>", &[0; 4096]];
    for text in texts {
        assert_eq!(probe(text), Err(PictureError::NotAnImage));
        assert_eq!(Photo::decode(text), Err(PictureError::NotAnImage));
    }
    // A known format that is not read here.
    assert_eq!(probe(b"II*\0\x08\0\0\0"), Err(PictureError::NotAnImage));
}

#[test]
fn a_jpeg_that_breaks_off_is_damaged_wherever_it_does() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www/samples/coffee.jpg");
    let whole = std::fs::read(path).unwrap();
    Photo::decode(&whole).unwrap();
    for length in [2_000, whole.len() / 2, whole.len() - 2] {
        let error = Photo::decode(&whole[..length]).unwrap_err();
        assert!(matches!(error, PictureError::Broken { .. }), "{length} bytes: {error}");
    }
    // What some cameras append after the end does no harm.
    Photo::decode(&[&whole[..], b"appended"].concat()).unwrap();
}

#[test]
fn damaged_files_are_told_from_no_image() {
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp] {
        let bytes = encoded(&picture(), format);
        let cut = Photo::decode(&bytes[..bytes.len() / 2]);
        assert!(matches!(cut, Err(PictureError::Broken { .. })), "{format:?}: {cut:?}");
    }
    let headless = probe(&encoded(&picture(), ImageFormat::Jpeg)[..40]);
    assert!(matches!(headless, Err(PictureError::Broken { .. })), "{headless:?}");
}

#[test]
fn a_small_file_that_claims_a_huge_picture_is_refused_before_it_is_decoded() {
    // A BMP header alone: 60,000 x 60,000 pixels of 24 bits.
    let mut bomb = b"BM".to_vec();
    bomb.extend([0; 8]);
    bomb.extend(54u32.to_le_bytes());
    bomb.extend(40u32.to_le_bytes());
    bomb.extend(60_000i32.to_le_bytes());
    bomb.extend(60_000i32.to_le_bytes());
    bomb.extend([1, 0, 24, 0]);
    bomb.extend([0; 24]);
    let expected = PictureError::TooManyPixels { width: 60_000, height: 60_000 };
    assert_eq!(probe(&bomb), Err(expected.clone()));
    assert_eq!(Photo::decode(&bomb), Err(expected.clone()));
    assert!(expected.is_too_large());
}

#[test]
fn a_file_over_twenty_megabytes_is_refused_unread() {
    let mut bytes = encoded(&picture(), ImageFormat::Png);
    bytes.resize(MAX_BYTES + 1, 0);
    let error = probe(&bytes).unwrap_err();
    assert_eq!(error, PictureError::TooManyBytes { bytes: MAX_BYTES + 1 });
    assert!(error.is_too_large() && error.to_string().contains("20 MB"));
    bytes.truncate(MAX_BYTES);
    assert_eq!(probe(&bytes), Ok(SIZE));
}

fn stretch() -> convoy_model::Preprocess {
    convoy_model::Preprocess {
        fit: convoy_model::Fit::Stretch,
        channels: convoy_model::Channels::Rgb,
        mean: [0.0; 3],
        std: [1.0; 3],
    }
}

fn upright_shape(size: Dimensions) -> convoy_model::Shape {
    convoy_model::Shape::new(3, size.height, size.width)
}
