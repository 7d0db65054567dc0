//! The page itself, driven over WebDriver: what it shows, `window.convoy`, and what it says to a
//! browser that lacks something. Screenshots go to `tests/out`, for people to look at.

use crate::sharing::is_espresso;
use anyhow::{Context, Result, anyhow, ensure};
use convoy_harness::Driver;
use convoy_tests::Room;
use serde_json::{Value, json};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};
use thirtyfour::{ChromiumLikeCapabilities, DesiredCapabilities, WebDriver};

/// A page under a driver; `action` gets it and the room, and the browser ends in any case.
pub(crate) fn with_page<F>(
    queries: &[&str],
    action: impl FnOnce(WebDriver, Rc<Room>) -> F,
) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    with_page_of(&[], queries, action)
}

/// As [`with_page`], by a server with these arguments.
pub(crate) fn with_page_of<F>(
    arguments: &[&str],
    queries: &[&str],
    action: impl FnOnce(WebDriver, Rc<Room>) -> F,
) -> Result<()>
where
    F: Future<Output = Result<()>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut room = Room::start_with("squeezenet1.1", "pico", arguments)?;
        room.open(queries)?;
        let chromedriver = Driver::start()?;
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in convoy_harness::chromium_arguments() {
            capabilities.add_arg(&argument)?;
        }
        // A camera that films a moving ball, and nobody to ask whether the page may use it.
        for argument in ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"] {
            capabilities.add_arg(argument)?;
        }
        capabilities.set_binary(&convoy_harness::find_chromium()?.to_string_lossy())?;
        let driver = WebDriver::new(&chromedriver.url, capabilities).await?;
        let room = Rc::new(room);
        let result = action(driver.clone(), Rc::clone(&room)).await;
        driver.quit().await?;
        result
    })
}

/// The page's visible text.
async fn text(driver: &WebDriver) -> Result<String> {
    // What is out of sight has no innerText, though readers and searching find it.
    let all = "for (const part of document.querySelectorAll('.room > section, .room > .pair > *'))
        part.style.contentVisibility = 'visible';
        return document.body.innerText";
    Ok(driver.execute(all, Vec::new()).await?.convert()?)
}

/// Waits until the page's text has `wanted`.
pub(crate) async fn shows(driver: &WebDriver, wanted: &str) -> Result<String> {
    let start = Instant::now();
    loop {
        let text = text(driver).await?;
        if text.to_lowercase().contains(&wanted.to_lowercase()) {
            return Ok(text);
        }
        if start.elapsed() > Duration::from_secs(60) {
            return Err(anyhow!("the page never showed \"{wanted}\" but:\n{text}"));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Gives the page's tab what whoever started the room has.
pub(crate) async fn hold_the_room(driver: &WebDriver, room: &Room) -> Result<()> {
    driver.goto(&room.url).await?;
    let keep = "sessionStorage.setItem(`convoy-token-${arguments[0]}`, arguments[1])";
    driver.execute(keep, vec![json!(room.code), json!(room.token)]).await?;
    Ok(())
}

pub(crate) async fn screenshots(driver: &WebDriver, name: &str) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("out");
    std::fs::create_dir_all(&folder)?;
    let tools = driver.cdp();
    for (scheme, width) in [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)] {
        let feature = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        tools.send_raw("Emulation.setEmulatedMedia", feature).await?;
        let metrics =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500});
        tools.send_raw("Emulation.setDeviceMetricsOverride", metrics).await?;
        fits(driver, name, width).await?;
        let file = folder.join(format!("{name}-{scheme}-{width}.png"));
        driver.screenshot(&file).await?;
    }
    // The narrowest phones there are, with everything opened.
    let metrics = json!({"width": 320, "height": 640, "deviceScaleFactor": 2, "mobile": true});
    tools.send_raw("Emulation.setDeviceMetricsOverride", metrics).await?;
    fits(driver, name, 320).await?;
    open_all(driver).await?;
    fits(driver, name, 320).await
}

/// Opens everything that whoever wants more may open.
pub(crate) async fn open_all(driver: &WebDriver) -> Result<()> {
    let open = "document.querySelectorAll('details').forEach((part) => { part.open = true; })";
    driver.execute(open, Vec::new()).await?;
    Ok(())
}

/// Waits until the script says yes.
pub(crate) async fn until(driver: &WebDriver, what: &str, script: &str) -> Result<()> {
    let began = Instant::now();
    while !driver.execute(script, Vec::new()).await?.convert::<bool>()? {
        ensure!(began.elapsed() < Duration::from_secs(60), "it never came to {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Nothing of the page stands beyond the window's edge.
async fn fits(driver: &WebDriver, name: &str, width: u32) -> Result<()> {
    let script = "return document.documentElement.scrollWidth - innerWidth";
    let overflow: i64 = driver.execute(script, Vec::new()).await?.convert()?;
    assert!(overflow <= 0, "{name} is {overflow} px too wide at {width} px");
    Ok(())
}

/// Asks axe-core, in light and dark, and looks whether every control is reached by Tab.
async fn nobody_is_shut_out(driver: &WebDriver) -> Result<()> {
    breaks_no_rule(driver).await?;
    keys_reach_everything(driver).await
}

/// Asks axe-core, in light and dark, for what is serious or worse.
pub(crate) async fn breaks_no_rule(driver: &WebDriver) -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/node_modules");
    let axe = std::fs::read_to_string(folder.join("axe-core/axe.min.js"))
        .context("axe-core is missing: `cargo xtask test` installs it")?;
    driver.set_script_timeout(Duration::from_secs(120)).await?;
    for scheme in ["light", "dark"] {
        let feature = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        driver.cdp().send_raw("Emulation.setEmulatedMedia", feature).await?;
        let script = format!(
            "{axe}; const done = arguments[arguments.length - 1];
            axe.run().then(({{violations}}) => done(violations
                .filter(({{impact}}) => impact === 'serious' || impact === 'critical')
                .map(({{id, help, nodes}}) => `${{id}}: ${{help}}: ${{nodes.map(({{html}}) => html).join(' ')}}`)),
                (error) => done([String(error)]));"
        );
        let found: Vec<String> = driver.execute_async(script, Vec::new()).await?.convert()?;
        assert!(found.is_empty(), "{scheme}: {found:#?}");
    }
    Ok(())
}

/// Presses Tab through the whole page, everything opened: every control that is shown gets the focus.
/// Of radio buttons one does, and arrows go on from it.
async fn keys_reach_everything(driver: &WebDriver) -> Result<()> {
    let shown = "const controls = () => [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
        .filter((control) => !control.disabled && control.getClientRects().length > 0 && getComputedStyle(control).visibility !== 'hidden');";
    open_all(driver).await?;
    let begin = format!(
        "{shown}
        document.activeElement?.blur();
        return controls().length;"
    );
    let count: usize = driver.execute(begin, Vec::new()).await?.convert()?;
    assert!(count > 5, "{count} controls");
    let tools = driver.cdp();
    let key =
        |kind: &str| json!({"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9});
    let left = format!(
        "{shown} return controls()
            .filter((control) => !control.hasAttribute('data-reached'))
            .filter((control) => control.type !== 'radio' || !document.querySelector(`[name=\"${{control.name}}\"][data-reached]`))
            .map((control) => control.outerHTML.slice(0, 300));"
    );
    let mut found = Vec::new();
    // What has come while keys were pressed is reached by the next round.
    for _ in 0..2 {
        // The browser's own places lie between.
        for _ in 0..count + 20 {
            tools.send_raw("Input.dispatchKeyEvent", key("keyDown")).await?;
            tools.send_raw("Input.dispatchKeyEvent", key("keyUp")).await?;
            let mark = "document.activeElement?.setAttribute('data-reached', '')";
            driver.execute(mark, Vec::new()).await?;
        }
        found = driver.execute(left.as_str(), Vec::new()).await?.convert::<Vec<String>>()?;
        if found.is_empty() {
            return Ok(());
        }
    }
    Err(anyhow!("no key reaches {found:#?}"))
}

#[test]
fn a_room_page_answers_through_window_convoy() -> Result<()> {
    with_page(&["pace=0.7"], |driver, room| async move {
        // With all that is the host's alone.
        hold_the_room(&driver, &room).await?;
        driver.goto(format!("{}/r/{}?name=teacher&role=host", room.url, room.code)).await?;
        shows(&driver, &room.code).await?;
        room.ready(2)?;
        let script = "const done = arguments[arguments.length - 1];
            (async () => {
                const photo = await (await fetch('/samples/coffee.jpg')).blob();
                const answer = await window.convoy.infer(photo);
                const state = await window.convoy.state();
                return {answer, state};
            })().then(done, (error) => done({error: String(error)}));";
        driver.set_script_timeout(Duration::from_secs(120)).await?;
        let result: Value = driver.execute_async(script, Vec::new()).await?.convert()?;
        assert!(result["error"].is_null(), "{}", result["error"]);
        is_espresso(&result["answer"]);
        assert_eq!(result["state"]["devices"].as_array().context("devices")?.len(), 2);
        let shown = shows(&driver, "Who does what").await?;
        assert!(shown.contains(&room.code), "{shown}");
        // Whoever computes has a part of the picture and a node of the plan, in their colours.
        let count = "return [...document.querySelectorAll(arguments[0])].length";
        for (selector, least) in [(".card", 2), (".node .flag", 1), (".wires path", 2)] {
            // While one plan takes over from another there may be none to draw.
            let start = Instant::now();
            loop {
                let found: i64 = driver.execute(count, vec![json!(selector)]).await?.convert()?;
                if found >= least {
                    break;
                }
                assert!(start.elapsed() < Duration::from_secs(60), "{found} of {selector}");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
        nobody_is_shut_out(&driver).await?;
        screenshots(&driver, "room").await
    })
}

#[test]
fn whoever_watches_computes_or_looks_back_is_not_shut_out() -> Result<()> {
    with_page(&["pace=0.7"], |driver, room| async move {
        let page = format!("{}/r/{}", room.url, room.code);
        driver.goto(format!("{page}?role=watch")).await?;
        shows(&driver, "Who does what").await?;
        breaks_no_rule(&driver).await?;
        driver.goto(format!("{page}?pace=0.7&name=phone")).await?;
        room.ready(2)?;
        shows(&driver, "phone").await?;
        nobody_is_shut_out(&driver).await?;
        screenshots(&driver, "phone").await?;
        driver.goto(format!("{}/?run=/runs/room.json", room.url)).await?;
        shows(&driver, "Who does what").await?;
        nobody_is_shut_out(&driver).await?;
        driver.goto(format!("{}/r/ZZZZZZ", room.url)).await?;
        shows(&driver, "ZZZZZZ").await?;
        breaks_no_rule(&driver).await
    })
}

#[test]
fn the_first_page_starts_a_room() -> Result<()> {
    with_page(&[], |driver, room| async move {
        driver.goto(&room.url).await?;
        shows(&driver, "Start a room").await?;
        nobody_is_shut_out(&driver).await?;
        screenshots(&driver, "start").await
    })
}

#[test]
fn the_simulator_plays_a_room_without_devices() -> Result<()> {
    with_page(&[], |driver, room| async move {
        driver.goto(format!("{}/?whatif", room.url)).await?;
        // A plan runs and pictures are computed by devices that are nowhere.
        let seen = "return document.querySelector('.phase')?.dataset.running === 'true'
            && document.querySelectorAll('.card').length === Number(arguments[0])
            && document.querySelectorAll('.gantt .computing').length > 0";
        let plays = async |devices: u32| -> Result<()> {
            let start = Instant::now();
            while !driver.execute(seen, vec![json!(devices)]).await?.convert::<bool>()? {
                if start.elapsed() > Duration::from_secs(60) {
                    return Err(anyhow!("it never played:\n{}", text(&driver).await?));
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Ok(())
        };
        plays(6).await?;
        let add = "[...document.querySelectorAll('.cluster button')].pop().click()";
        driver.execute(add, Vec::new()).await?;
        plays(7).await?;
        let choose = "const room = document.querySelector('#whatif-room');
            room.value = 'many'; room.dispatchEvent(new Event('change'));";
        driver.execute(choose, Vec::new()).await?;
        plays(16).await?;
        nobody_is_shut_out(&driver).await?;
        screenshots(&driver, "whatif").await
    })
}

#[test]
fn a_browser_that_lacks_something_is_told_what() -> Result<()> {
    for (script, wanted) in [
        ("delete window.RTCPeerConnection", "WebRTC"),
        ("WebAssembly.validate = () => false", "SIMD"),
    ] {
        with_page(&["pace=0.7"], |driver, room| async move {
            let tools = driver.cdp();
            let early = json!({"source": script});
            let command = "Page.addScriptToEvaluateOnNewDocument";
            tools.send_raw(command, early).await?;
            driver.goto(format!("{}/r/{}", room.url, room.code)).await?;
            shows(&driver, wanted).await?;
            screenshots(&driver, &format!("without-{}", wanted.to_lowercase())).await
        })?;
    }
    Ok(())
}

#[test]
fn a_wrong_room_code_gets_a_page_that_says_so() -> Result<()> {
    with_page(&[], |driver, room| async move {
        driver.goto(format!("{}/r/ZZZZZZ", room.url)).await?;
        shows(&driver, "ZZZZZZ").await?;
        screenshots(&driver, "wrong-code").await
    })
}
