//! What the browser is told of those who help with direct links.

use convoy_wire::{Ice, IceServer};
use js_sys::Array;
use web_sys::{RtcConfiguration, RtcIceServer};

/// The configuration of a peer connection. The server's own STUN responder is asked where the page
/// came from.
pub(crate) fn configuration(ice: &Ice) -> RtcConfiguration {
    let configuration = RtcConfiguration::new();
    let host = web_sys::window().and_then(|window| window.location().hostname().ok());
    let own = host.zip(ice.stun).map(|(host, port)| IceServer {
        url: format!("stun:{host}:{port}"),
        username: None,
        credential: None,
    });
    let servers: Array = own.iter().chain(&ice.servers).map(server).collect();
    configuration.set_ice_servers(&servers);
    configuration
}

fn server(server: &IceServer) -> RtcIceServer {
    let made = RtcIceServer::new();
    made.set_urls(&server.url.as_str().into());
    if let Some(username) = &server.username {
        made.set_username(username);
    }
    if let Some(credential) = &server.credential {
        made.set_credential(credential);
    }
    made
}
