//! `convoy serve`: Serves the page and hosts rooms.

use crate::{Failure, output};
use convoy_model::catalog::Catalog;
use convoy_server::{BindError, Config, Limits, Server, Tls};
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
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
    /// Speak https, with a certificate of the server's own for the machine's addresses. Browsers warn
    /// of it once; then camera, wake lock and threads work on phones too.
    #[arg(long)]
    tls: bool,
    /// Speak https with this certificate (PEM, the chain with it).
    #[arg(long, value_name = "FILE", requires = "key")]
    cert: Option<PathBuf>,
    /// The certificate's private key (PEM).
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
}

impl Args {
    /// Whether and how to speak https. A certificate of its own is kept beside the state, or where
    /// this user's programs keep their data.
    fn https(&self) -> Option<Tls> {
        if let (Some(cert), Some(key)) = (self.cert.clone(), self.key.clone()) {
            return Some(Tls::Files { cert, key });
        }
        let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share"));
        let data = || std::env::var_os("XDG_DATA_HOME").map(PathBuf::from).or_else(home);
        let folder = self.state.clone().or_else(|| data().map(|data| data.join("convoy")));
        self.tls.then_some(Tls::Own(folder))
    }
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
    let tls = args.https();
    let Args { addr, www, state, .. } = args;
    let config = Config { addr, www, catalog, state, tls, limits: Limits::default() };
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
        BindError::NoPage(_) | BindError::State { .. } | BindError::Tls(_) => Failure::usage(error),
        _ => Failure::environment(error),
    })?;
    output::line(format_args!("listening on {}", server.url()));
    for url in server.lan_urls() {
        output::line(url);
    }
    // For people alone: programs read the addresses.
    if std::io::stdout().is_terminal()
        && let Some(url) = server.lan_urls().first()
        && let Ok(code) = QrCode::new(url)
    {
        output::line(code.render::<Dense1x2>().build());
        output::line("open the address on this network's phones and laptops, or scan it");
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
