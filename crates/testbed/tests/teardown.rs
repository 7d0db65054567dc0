//! A small cluster is built and taken down again. It needs root, `ip` and `tc`; where these are not, it
//! says so.

use convoy_testbed::lab::{Lab, SERVER, Wiring};
use convoy_testbed::name::{Name, processes};
use convoy_testbed::{group, tool, usage};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Whether clusters can be built here; says why not.
fn possible(test: &str) -> bool {
    match tool::check() {
        Ok(()) => true,
        Err(error) => {
            eprintln!("{test} was NOT run: {error}");
            false
        }
    }
}

fn wiring(shared: bool) -> Wiring {
    Wiring { mbit: 20.0, shared, queue_ms: 100 }
}

/// Seconds in which a device gets this many bytes from the switch, through whatever shapes them.
fn download(lab: &Lab, bytes: usize) -> anyhow::Result<f64> {
    let listener = TcpListener::bind((SERVER, 0))?;
    let port = listener.local_addr()?.port();
    let script = format!("exec 3<>/dev/tcp/{SERVER}/{port} && head -c {bytes} <&3 >/dev/null");
    let mut child = Command::new("ip")
        .args(["netns", "exec", &lab.name().device(1), "bash", "-c", &script])
        .stdin(Stdio::null())
        .spawn()?;
    let (mut stream, _) = listener.accept()?;
    let start = Instant::now();
    stream.write_all(&vec![7; bytes])?;
    stream.shutdown(Shutdown::Write)?;
    // The device closes once it has everything.
    let left = stream.read(&mut [0; 1])?;
    anyhow::ensure!(left == 0 && child.wait()?.success(), "the device did not take everything");
    Ok(start.elapsed().as_secs_f64())
}

#[test]
fn what_was_built_is_shaped_and_nothing_of_it_is_left() {
    if !possible("what_was_built_is_shaped_and_nothing_of_it_is_left") {
        return;
    }
    for shared in [false, true] {
        // Of its own thread, which is in the switch's namespace until it ends.
        let built = thread::spawn(move || {
            let name = Name::part(if shared { "-shared" } else { "-lines" });
            let lab = Lab::build(name.clone(), 2, &wiring(shared)).unwrap();
            assert_eq!(name.namespaces().len(), 3, "a switch and two devices");
            lab.enter().unwrap();
            let before = usage::interfaces();
            assert!(before.contains_key("d1") && before.contains_key("d2"));
            assert!(!before.contains_key("eth0"), "nothing of the machine's own network");
            let bytes = 1_000_000;
            let seconds = download(&lab, bytes).unwrap();
            let least = bytes as f64 * 8.0 / 20e6;
            assert!(seconds > 0.9 * least, "{bytes} bytes in {seconds} s at 20 Mbit/s");
            let after = usage::interfaces();
            assert!(after["d1"][1] - before["d1"][1] >= bytes as u64);
            assert!(after["d2"][1] - before["d2"][1] < 100_000, "the other got none of it");
            drop(lab);
            name
        });
        let name = built.join().unwrap();
        assert_eq!(name.namespaces(), Vec::<String>::new());
    }
}

#[test]
fn processes_groups_and_folders_go_with_the_namespaces() {
    if !possible("processes_groups_and_folders_go_with_the_namespaces") {
        return;
    }
    let name = Name::part("-left");
    let lab = Lab::build(name.clone(), 2, &wiring(false)).unwrap();
    std::fs::create_dir_all(name.folder().join("page-1")).unwrap();
    let groups = group::Groups::new(name.group(), 1);
    if let Err(error) = &groups {
        eprintln!("groups were NOT tried: {error}");
    }
    let file = groups.ok().map(|groups| groups.add("device-1", Some(0.2)).unwrap());
    let into = file.as_ref().map_or("/dev/null".into(), |file| file.display().to_string());
    let script = format!("echo $$ > {into} && exec ip netns exec {} sleep 600", name.device(1));
    let mut child = Command::new("sh").args(["-c", &script]).spawn().unwrap();
    let start = Instant::now();
    while processes(&name.device(1)).is_empty() && start.elapsed() < Duration::from_secs(20) {
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(processes(&name.device(1)), [child.id()]);
    // As after a kill: nobody drops the lab, only names are known.
    std::mem::forget(lab);
    let taken = thread::spawn({
        let name = name.clone();
        move || name.take_down()
    });
    // A child of ours is gone only once it was waited for.
    assert!(!child.wait().unwrap().success(), "it was killed");
    taken.join().unwrap();
    assert_eq!(name.namespaces(), Vec::<String>::new());
    assert!(!name.folder().exists());
    assert!(file.is_none_or(|file| !file.exists()), "the group is gone");
    name.take_down();
}
