//! A server that speaks https.

use crate::common::Running;
use convoy_server::Tls;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

/// What the server answers to a browser that trusts the certificate in `folder` and knows the server
/// by `name`.
fn get(server: &Running, folder: &Path, name: &'static str, path: &str) -> std::io::Result<String> {
    let cert = std::fs::read(folder.join("cert.pem")).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&cert).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name).unwrap();
    let client = ClientConnection::new(Arc::new(config), name).unwrap();
    let host = server.url.strip_prefix("https://").unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(host).unwrap());
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut text = Vec::new();
    // The server may close without a good-bye once it has said everything.
    let ended = stream.read_to_end(&mut text);
    if text.is_empty() {
        ended?;
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn the_page_comes_by_https_to_whoever_trusts_the_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::secure(Tls::Own(Some(folder.path().to_owned())));
    for name in ["127.0.0.1", "localhost"] {
        let answer = get(&server, folder.path(), name, "/app.js").unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.contains("cross-origin-opener-policy: same-origin"), "{answer}");
    }
    let answer = get(&server, folder.path(), "127.0.0.1", "/api/rooms/ZZZZZZ").unwrap();
    assert!(answer.contains("no_room"), "{answer}");
    // The certificate is for this machine, not for whoever claims to be another.
    assert!(get(&server, folder.path(), "bank.example", "/").is_err());
}

#[test]
fn whoever_speaks_http_or_nothing_hinders_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::secure(Tls::Own(Some(folder.path().to_owned())));
    let host = server.url.strip_prefix("https://").unwrap();
    let _silent = TcpStream::connect(host).unwrap();
    let mut plain = TcpStream::connect(host).unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let answer = get(&server, folder.path(), "localhost", "/healthz").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn whoever_has_a_certificate_of_an_authority_serves_its_whole_chain() {
    let folder = tempfile::tempdir().unwrap();
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let trusted = authority.self_signed(&authority_key).unwrap().pem();
    let between_key = KeyPair::generate().unwrap();
    let mut between = CertificateParams::new(Vec::new()).unwrap();
    between.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = Issuer::new(authority, authority_key);
    let middle = between.signed_by(&between_key, &authority).unwrap().pem();
    let own_key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["room.example".to_owned()]).unwrap();
    let own = own.signed_by(&own_key, &Issuer::new(between, between_key)).unwrap().pem();
    let [cert, key] = ["chain.pem", "own-key.pem"].map(|file| folder.path().join(file));
    std::fs::write(&cert, own + &middle).unwrap();
    std::fs::write(&key, own_key.serialize_pem()).unwrap();
    // All that the browser trusts.
    std::fs::write(folder.path().join("cert.pem"), trusted).unwrap();

    let server = Running::secure(Tls::Files { cert, key });
    let answer = get(&server, folder.path(), "room.example", "/healthz").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(get(&server, folder.path(), "localhost", "/healthz").is_err());
}
