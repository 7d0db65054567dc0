//! Two servers behind nginx, by the configuration of docs/scaling.md as it stands there.

use crate::common::Running;
use crate::common::device::{Device, Heard, connect};
use convoy_server::Place;
use convoy_wire::Envelope;
use std::net::{IpAddr, Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A running nginx; ended when dropped.
struct Nginx {
    process: Child,
    url: String,
    _folder: TempDir,
}

impl Nginx {
    /// In front of two servers.
    fn start(servers: [&str; 2]) -> Self {
        let program = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"]
            .into_iter()
            .find(|path| Path::new(path).exists())
            .unwrap_or_else(|| panic!("nginx is missing: cargo xtask setup installs it"));
        let folder = tempfile::tempdir().unwrap();
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let front = free.local_addr().unwrap();
        drop(free);
        let configuration = configuration()
            .replace("listen 80;", &format!("listen {front};"))
            .replace("127.0.0.1:8081", servers[0])
            .replace("127.0.0.1:8082", servers[1])
            // Debian's own folders are root's.
            .replace(
                "http {",
                "http { client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; \
                 uwsgi_temp_path u; scgi_temp_path s;",
            );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, configuration).unwrap();
        let process = Command::new(program)
            .arg("-p")
            .arg(folder.path())
            .arg("-c")
            .arg(&file)
            .args(["-e", "stderr", "-g", "daemon off; pid nginx.pid; user root;"])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let nginx = Self { process, url: format!("http://{front}"), _folder: folder };
        for _ in 0..500 {
            if TcpStream::connect(front).is_ok() {
                return nginx;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("nginx does not listen");
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // By its signal, so that the workers go with it.
        let asked = Command::new("kill").arg(self.process.id().to_string()).status();
        if asked.is_ok_and(|status| status.success()) {
            let _ = self.process.wait();
        }
    }
}

/// The first block of nginx in the document.
fn configuration() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scaling.md");
    let text = std::fs::read_to_string(file).unwrap();
    let (_, block) = text.split_once("```nginx\n").unwrap();
    block.split_once("```").unwrap().0.to_owned()
}

/// Two pages of one room, one of which relays to the other.
fn meet(pages: &mut [Device; 2], words: &[u8]) {
    let [one, other] = pages;
    one.send(&Envelope::Relay { peer: other.id, bytes: words });
    assert_eq!(other.relayed(), (one.id, words.to_vec()));
}

#[test]
fn rooms_are_found_by_their_codes_and_those_of_a_server_that_stops_end_alone() {
    let place = |shard: &str| Place {
        shard: shard.parse().unwrap(),
        proxies: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        metrics_token: None,
    };
    let mut servers = ["1/2", "2/2"].map(|shard| Running::placed(place(shard)));
    let nginx = Nginx::start([servers[0].host(), servers[1].host()]);
    let front = Running::elsewhere(nginx.url.clone());

    let codes: Vec<String> = (0..12).map(|_| front.room()).collect();
    let has = |server: &Running, code: &str| server.get(&format!("/api/rooms/{code}")).status;
    let (first, second): (Vec<&String>, Vec<&String>) =
        codes.iter().partition(|code| has(&servers[0], code) == 200);
    assert!(first.len() >= 3 && second.len() >= 3, "nginx takes turns: {codes:?}");
    for code in &second {
        assert_eq!(has(&servers[1], code), 200);
        let refused = servers[0].get(&format!("/api/rooms/{code}"));
        assert_eq!(refused.refusal(421), "another_server");
    }
    // Codes are alike in upper and lower case, on the way too.
    assert_eq!(
        front.state(&first[0].to_lowercase())["url"],
        format!("{}/r/{}", nginx.url, first[0])
    );

    let join = |code: &String| ["anna", "bert"].map(|name| Device::join(&front, code, name));
    let mut ours: Vec<[Device; 2]> = first.iter().map(|code| join(code)).collect();
    let mut theirs: Vec<[Device; 2]> = second.iter().map(|code| join(code)).collect();
    for pages in ours.iter_mut().chain(&mut theirs) {
        meet(pages, b"hello");
    }
    assert_eq!(front.get("/metrics").status, 404);

    servers[0].stop();
    for page in ours.iter_mut().flatten() {
        assert_eq!(page.closed(), Some(1012), "it comes back by itself");
    }
    for code in first {
        assert_eq!(front.get(&format!("/api/rooms/{code}")).refusal(503), "server_away");
        let page = front.get(&format!("/r/{code}"));
        assert_eq!((page.status, page.header("retry-after")), (503, "5"));
        assert!(page.text().contains("is away"), "{}", page.text());
        match tungstenite::connect(format!("ws://{}/ws/{code}", front.host())) {
            Err(tungstenite::Error::Http(response)) => assert_eq!(response.status(), 503),
            other => panic!("{other:?}"),
        }
    }
    // The others do not notice, and new rooms are theirs.
    for pages in &mut theirs {
        meet(pages, b"still here");
    }
    for _ in 0..6 {
        let code = front.room();
        assert_eq!(has(&servers[1], &code), 200);
        drop(connect(&front, &code));
    }
    let [one, _] = &mut theirs[0];
    one.until(|_, heard| matches!(heard, Heard::Control(_)).then_some(()));
}

#[test]
fn a_balancer_is_believed_where_it_is_named_alone() {
    let asked = |server: &Running, address: &str| {
        let headers = [("x-forwarded-for", address)];
        server.ask("POST", "/api/rooms", &headers, b"").status
    };
    let proxies = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
    let named = Running::placed(Place { proxies, ..Place::default() });
    // 64 rooms an address.
    assert!((0..64).all(|_| asked(&named, "6.6.6.6, 10.0.0.1") == 201));
    assert_eq!(asked(&named, "7.7.7.7, 10.0.0.1"), 429);
    assert_eq!(asked(&named, "10.0.0.1, 10.0.0.2"), 201);

    let unnamed = Running::start();
    assert!((0..64).all(|index| asked(&unnamed, &format!("10.0.0.{index}")) == 201));
    assert_eq!(asked(&unnamed, "10.0.1.1"), 429, "anybody may say that");
}
