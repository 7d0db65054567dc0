//! `convoy serve`: Serves the page and hosts rooms.

use crate::limits::LimitArgs;
use crate::{Failure, output};
use convoy_model::catalog::Catalog;
use convoy_server::{BindError, Config, Server};
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::PathBuf;
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
    #[command(flatten)]
    limits: LimitArgs,
}

/// Runs it.
pub(crate) fn run(args: Args) -> Result<ExitCode, Failure> {
    let words = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("warn,convoy_server=info"));
    tracing_subscriber::fmt()
        .with_env_filter(words)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let catalog = Catalog::standard(args.models.as_deref()).map_err(Failure::catalog)?;
    let Args { addr, www, state, limits, .. } = args;
    let config = Config { addr, www, catalog, state, limits: limits.limits() };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::environment)?;
    let result = runtime.block_on(serve(config));
    // A file that is still being read must not keep the program from ending.
    runtime.shutdown_background();
    result.map(|()| ExitCode::SUCCESS)
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
