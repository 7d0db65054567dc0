//! The server goes away and comes back: so do its rooms, and nothing that was asked is lost.

use crate::sharing::{FOUR, is_espresso};
use anyhow::{Context, Result};
use convoy_tests::Room;

#[test]
fn a_killed_server_comes_back_to_its_room_and_every_picture_is_answered_once() -> Result<()> {
    let state = tempfile::tempdir()?;
    let folder = state.path().to_str().context("a path of letters")?;
    let mut room = Room::start_with("squeezenet1.1", "pico", &["--state", folder])?;
    room.open(&FOUR[..3])?;
    room.ready(3)?;
    room.api.set_scheme(&room.code, "coedge")?;
    room.ready(3)?;
    let mut restarted = Ok(());
    let answers = room.stream_at_last("coffee.jpg", 8, |room| restarted = room.restart())?;
    restarted?;
    answers.iter().for_each(is_espresso);

    let after = room.ready(3)?;
    assert_eq!((&after["scheme"], &after["model"]), (&"coedge".into(), &"squeezenet1.1".into()));
    // The first server answered one at least; what it had not answered the second was asked once.
    let counters = &after["counters"];
    let answered = counters["answered"].as_u64().context("a count")?;
    assert!((1..=7).contains(&answered), "{counters}");
    assert_eq!((&counters["submitted"], &counters["failed"]), (&answered.into(), &0.into()));
    Ok(())
}
