//! `convoy serve`: Serves the page and hosts rooms.

use crate::limits::LimitArgs;
use crate::{Failure, output};
use anyhow::{Context as _, anyhow};
use convoy_model::catalog::Catalog;
use convoy_server::{BindError, Config, Place, Server, Shard, Stun, Tls};
use convoy_wire::IceServer;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use std::io::IsTerminal as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Directive;

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
    /// UDP port on which pages are told their addresses, so that they find each other where mDNS does
    /// not work; without, the server's own port where it is free.
    #[arg(long, value_name = "PORT|off", value_parser = stun)]
    stun: Option<Stun>,
    /// A STUN or TURN server for the pages of rooms, such as turn:HOST:3478,USER,CREDENTIAL; may be
    /// given several times.
    #[arg(long = "ice-server", value_name = "URL[,USER,CREDENTIAL]", value_parser = ice_server)]
    ice_servers: Vec<IceServer>,
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
    #[command(flatten)]
    limits: LimitArgs,
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

fn stun(text: &str) -> Result<Stun, String> {
    match text.parse() {
        _ if text == "off" => Ok(Stun::Off),
        Ok(port) if port > 0 => Ok(Stun::Port(port)),
        _ => Err("a UDP port or \"off\" is wanted".into()),
    }
}

fn ice_server(text: &str) -> Result<IceServer, String> {
    let parts: Vec<&str> = text.splitn(3, ',').collect();
    let (url, secret) = match parts[..] {
        [url] => (url, None),
        [url, user, credential] => (url, Some((user.to_owned(), credential.to_owned()))),
        _ => return Err("a user needs a credential: URL,USER,CREDENTIAL".into()),
    };
    let (scheme, host) = url.split_once(':').unwrap_or_default();
    // A browser makes no connection at all where one of these is wrong.
    match (scheme, &secret) {
        ("turn" | "turns", None) => Err("a TURN server needs URL,USER,CREDENTIAL".into()),
        ("stun" | "stuns" | "turn" | "turns", _) if !host.is_empty() => {
            let (username, credential) = secret.unzip();
            Ok(IceServer { url: url.into(), username, credential })
        }
        _ => Err("the URL must be stun:HOST[:PORT], or the same with stuns, turn or turns".into()),
    }
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
    // Below that they write whole messages, with codes and tokens in them.
    let quiet = ["tungstenite=info", "tokio_tungstenite=info", "hyper=info", "hyper_util=info"];
    let quiet = quiet.into_iter().filter_map(|directive| directive.parse::<Directive>().ok());
    let words = quiet.fold(words, EnvFilter::add_directive);
    let log = tracing_subscriber::fmt()
        .with_env_filter(words)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match args.log {
        Log::Text => log.init(),
        Log::Json => log.json().flatten_event(true).init(),
    }
    let catalog = Catalog::standard(args.models.as_deref()).map_err(Failure::catalog)?;
    let tls = args.https();
    let metrics_token = args.metrics_token.as_deref().map(token).transpose()?;
    let Args { addr, www, state, stun, ice_servers, shard, proxy, limits, .. } = args;
    let (stun, limits) = (stun.unwrap_or_default(), limits.limits());
    let place = Place { shard, proxies: proxy, metrics_token };
    let config = Config { addr, www, catalog, state, tls, stun, ice_servers, limits, place };
    convoy_server::prepare();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_of_direct_links_are_named_by_url_and_where_needed_user_and_credential() {
        let plain = ice_server("stun:stun.school.example").unwrap();
        assert_eq!((plain.username, plain.credential), (None, None));
        let turn = ice_server("turn:10.0.0.1:3478?transport=udp,class 7,a,b").unwrap();
        assert_eq!(turn.url, "turn:10.0.0.1:3478?transport=udp");
        assert_eq!(turn.username.as_deref(), Some("class 7"));
        assert_eq!(turn.credential.as_deref(), Some("a,b"), "a credential may have commas");
        for wrong in ["", "stun:", "http://a", "turn:a", "turn:a,user", "10.0.0.1:3478"] {
            assert!(ice_server(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_stun_port_is_a_port_or_off() {
        assert_eq!(stun("off"), Ok(Stun::Off));
        assert_eq!(stun("3478"), Ok(Stun::Port(3478)));
        for wrong in ["0", "65536", "on", ""] {
            assert!(stun(wrong).is_err(), "{wrong}");
        }
    }
}
