//! A server that is stopped: what is under way ends well, or with clear words, and soon.

use crate::common::device::{Device, espresso};
use crate::common::{Running, photograph};
use convoy_wire::Envelope;
use std::thread;
use std::time::{Duration, Instant};

/// Asks a server that is stopped meanwhile.
fn ask(url: &str, code: &str) -> (u16, String) {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut reply =
        agent.post(format!("{url}/api/rooms/{code}/infer")).send(&photograph()).unwrap();
    (reply.status().as_u16(), reply.body_mut().read_to_string().unwrap())
}

#[test]
fn a_picture_under_way_is_answered_before_the_page_is_told() {
    let mut server = Running::start();
    let code = server.room();
    let mut device = Device::join(&server, &code, "anna");
    let epoch = device.get_ready();
    let url = server.url.clone();
    let (asked, page) = thread::scope(|scope| {
        let asked = scope.spawn(|| ask(&url, &code));
        let page = scope.spawn(move || {
            let (frame, _) = device.image();
            // The server is being stopped by now.
            thread::sleep(Duration::from_secs(1));
            device.send(&Envelope::Answer { frame, epoch, json: &espresso() });
            device.closed()
        });
        server.wait(&code, |state| state["counters"]["in_flight"] == 1);
        server.stop();
        (asked.join().unwrap(), page.join().unwrap())
    });
    assert_eq!(asked.0, 200, "{}", asked.1);
    assert!(asked.1.contains("espresso"));
    assert_eq!(page, Some(1012));
}

#[test]
fn a_picture_that_nobody_answers_fails_clearly_and_in_time() {
    let mut server = Running::start();
    let code = server.room();
    let mut device = Device::join(&server, &code, "anna");
    let url = server.url.clone();
    let (asked, took) = thread::scope(|scope| {
        let asked = scope.spawn(|| ask(&url, &code));
        server.wait(&code, |state| state["counters"]["waiting"] == 1);
        let start = Instant::now();
        server.stop();
        (asked.join().unwrap(), start.elapsed())
    });
    assert_eq!(asked.0, 503, "{}", asked.1);
    assert!(asked.1.contains("\"stopping\""), "{}", asked.1);
    assert_eq!(device.closed(), Some(1012));
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn an_idle_server_stops_at_once_though_pages_are_there() {
    let mut server = Running::start();
    let code = server.room();
    let pages: Vec<Device> =
        (0..8).map(|index| Device::join(&server, &code, &format!("page {index}"))).collect();
    // Who reads hears of it, and the server waits for nobody else.
    let reading = pages.into_iter().map(|mut page| thread::spawn(move || page.closed()));
    let reading: Vec<_> = reading.collect();
    let start = Instant::now();
    server.stop();
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
    for page in reading {
        assert_eq!(page.join().unwrap(), Some(1012));
    }
}
