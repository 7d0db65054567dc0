//! The server that is loaded: the one of `convoy serve`, with room for as many pages as are to come.

use convoy_model::catalog::Catalog;
use convoy_model::package::Folder;
use convoy_server::{Config, Limits, Place, Server, Stun};
use std::net::SocketAddr;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// The networks that come with convoy.
const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../www/models");

/// Arguments of the server's process.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to listen.
    #[arg(long)]
    addr: SocketAddr,
    /// Most rooms.
    #[arg(long)]
    rooms: usize,
    /// Most pages.
    #[arg(long)]
    sockets: usize,
}

/// Serves until it is asked to end.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let words = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error"));
    tracing_subscriber::fmt().with_env_filter(words).with_writer(std::io::stderr).init();
    // Limits per address stay as they are.
    let limits = Limits { rooms: args.rooms, sockets: args.sockets, ..Limits::default() };
    let mut catalog = Catalog::zoo();
    catalog.add(Folder::new(MODELS))?;
    let config = Config {
        addr: args.addr,
        www: None,
        catalog,
        state: None,
        tls: None,
        stun: Stun::Off,
        ice_servers: Vec::new(),
        limits,
        place: Place::default(),
    };
    convoy_server::prepare();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let server = Server::bind(config).await?;
        println!("listening on {}", server.url());
        server
            .serve(async move {
                terminate.recv().await;
            })
            .await?;
        Ok(())
    });
    runtime.shutdown_background();
    result
}
