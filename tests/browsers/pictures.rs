//! Pictures that people give a page themselves.

use crate::page::{hold_the_room, shows, with_page};
use anyhow::Result;
use std::time::Duration;

/// A photograph as phones make them, chosen as a file: its bytes, and those of what the room shows of it.
const CHOOSE: &str = "const done = arguments[arguments.length - 1];
    (async () => {
        const canvas = new OffscreenCanvas(3000, 2000);
        const pen = canvas.getContext('2d');
        pen.drawImage(await createImageBitmap(await (await fetch('/samples/coffee.jpg')).blob()), 0, 0, 3000, 2000);
        // Grain, which no file can leave out.
        const grain = pen.getImageData(0, 0, 3000, 2000);
        for (let at = 0; at < grain.data.length; at += 1) if (at % 4 < 3) grain.data[at] += (at * 2654435761 % 31) - 15;
        pen.putImageData(grain, 0, 0);
        const large = await canvas.convertToBlob({type: 'image/jpeg', quality: 0.95});
        const chosen = new DataTransfer();
        chosen.items.add(new File([large], 'phone.jpg', {type: 'image/jpeg'}));
        const file = document.getElementById('file');
        file.files = chosen.files;
        file.dispatchEvent(new Event('change'));
        const picture = `/api/rooms/${arguments[0]}/picture`;
        for (let turn = 0; turn < 300; turn += 1) {
            const reply = await fetch(picture);
            if (reply.ok) return [large.size, (await reply.blob()).size];
            await new Promise((wait) => setTimeout(wait, 200));
        }
        return [large.size, 0];
    })().then(done, (error) => done(String(error)));";

#[test]
fn a_large_photograph_is_sent_smaller_and_all_pages_can_show_it() -> Result<()> {
    with_page(&["pace=0.7"], |driver, room| async move {
        hold_the_room(&driver, &room).await?;
        driver.goto(format!("{}/r/{}?role=watch", room.url, room.code)).await?;
        room.wait("a running plan", |state| state["plan"]["running"] == true)?;
        shows(&driver, "Answer").await?;
        driver.set_script_timeout(Duration::from_secs(120)).await?;
        let code = vec![serde_json::json!(room.code)];
        let (large, shown): (usize, usize) = driver.execute_async(CHOOSE, code).await?.convert()?;
        assert!(large > 1 << 20, "{large} bytes are not many");
        assert!((1..=1 << 20).contains(&shown), "{shown} of {large} bytes");
        shows(&driver, "espresso").await?;
        Ok(())
    })
}
