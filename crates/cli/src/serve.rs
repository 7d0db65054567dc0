//! `convoy serve`: Serves the page and hosts rooms.

use crate::{Failure, output};
use anyhow::{Context as _, anyhow};
use convoy_model::catalog::Catalog;
use convoy_server::{BindError, Config, Limits, Place, Server, Shard};
use std::io::IsTerminal as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Arguments of `convoy serve`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "IP:PORT", default_value = "0.0.0.0:8080")]
    addr: SocketAddr,
    /// A folder to serve the page from, instead of the files in this program.
    #[arg(long, value_name = "DIR")]
    www: Option<PathBuf>,
    /// A folder of packages, besides those that come with convoy.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// A folder for the key by which rooms come back when the server is started anew.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// This server's part of the room codes, where several stand behind a balancer (docs/scaling.md).
    #[arg(long, value_name = "I/N", default_value_t = Shard::ALL)]
    shard: Shard,
    /// A balancer in front, whose word for whose request it passes on is taken; may be repeated.
    #[arg(long, value_name = "IP")]
    proxy: Vec<IpAddr>,
    /// A file with a token by which others than this machine may read /metrics.
    #[arg(long, value_name = "FILE")]
    metrics_token: Option<PathBuf>,
    /// How the log on stderr is written; what is in it says RUST_LOG.
    #[arg(long, value_enum, default_value_t = Log::Text)]
    log: Log,
}

/// How the log is written.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Log {
    /// Lines for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// Runs it.
pub(crate) fn run(args: Args) -> Result<ExitCode, Failure> {
    let words = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,convoy_server=info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(words)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match args.log {
        Log::Text => log.init(),
        Log::Json => log.json().flatten_event(true).init(),
    }
    let catalog = Catalog::standard(args.models.as_deref()).map_err(Failure::catalog)?;
    let metrics_token = args.metrics_token.as_deref().map(token).transpose()?;
    let Args { addr, www, state, shard, proxy, .. } = args;
    let place = Place { shard, proxies: proxy, metrics_token };
    let config = Config { addr, www, catalog, state, limits: Limits::default(), place };
    // Each page is an open file, and the usual soft limit is a thousand.
    #[cfg(unix)]
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "no more pages can connect than this system lets files be open");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::environment)?;
    let result = runtime.block_on(serve(config));
    // A file that is still being read must not keep the program from ending.
    runtime.shutdown_background();
    result.map(|()| ExitCode::SUCCESS)
}

/// The token in `file`, without the white space around it.
fn token(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} cannot be read", file.display()))
        .map_err(Failure::usage)?;
    match text.trim() {
        "" => Err(Failure::usage(anyhow!("{} holds no token", file.display()))),
        token => Ok(token.to_owned()),
    }
}

async fn serve(config: Config) -> Result<(), Failure> {
    let stop = stop().map_err(Failure::environment)?;
    let server = Server::bind(config).await.map_err(|error| match error {
        BindError::NoPage(_) | BindError::State { .. } => Failure::usage(error),
        _ => Failure::environment(error),
    })?;
    output::line(format_args!("listening on {}", server.url()));
    for url in server.lan_urls() {
        output::line(url);
    }
    server.serve(stop).await.map_err(Failure::environment)
}

/// Resolves once somebody wants the server to end.
#[cfg(unix)]
fn stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Resolves once somebody wants the server to end.
#[cfg(not(unix))]
fn stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Nobody can ask then; the server runs until it is killed.
            std::future::pending::<()>().await;
        }
    })
}
