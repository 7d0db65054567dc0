//! Bad input that needs pages to be seen: it gets a clear answer and disturbs nobody.

use crate::sharing::is_espresso;
use anyhow::Result;
use convoy_harness::ApiError;
use convoy_tests::Room;

#[test]
fn a_body_that_is_no_image_is_refused_and_the_room_goes_on() -> Result<()> {
    let mut room = Room::start("squeezenet1.1", "pico")?;
    room.open(&["pace=1", "pace=0.7"])?;
    room.ready(2)?;
    let mut truncated = convoy_tests::photograph("coffee.jpg")?;
    // The header is whole, so that only the page that decodes it can tell.
    truncated.truncate(2_000);
    for body in [&b"not an image"[..], &truncated] {
        match room.api.infer(&room.code, body) {
            Err(ApiError::Refused { status: 415, message, .. }) => assert!(!message.is_empty()),
            other => panic!("{} bytes were answered {other:?}", body.len()),
        }
    }
    is_espresso(&room.infer("coffee.jpg")?);
    Ok(())
}

#[test]
fn a_picture_before_any_page_is_there_says_how_to_join() -> Result<()> {
    let room = Room::start("squeezenet1.1", "pico")?;
    match room.infer("coffee.jpg") {
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("503") && text.contains("/r/"), "{text}");
        }
        Ok(answer) => panic!("answered {answer} without a device"),
    }
    Ok(())
}
