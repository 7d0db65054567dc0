//! Installing what is missing, saying what and why; without the right to, the exact command.

use crate::shell::{self, Failure};
use crate::toolchain::Toolchain;
use anyhow::{Context, anyhow};
use std::path::Path;

/// Version of npm's binaryen, whose wasm-opt makes the bundle smaller and faster.
pub(crate) const BINARYEN: &str = "132.0.0";

/// Version of npm's esbuild, which joins the page's scripts.
pub(crate) const ESBUILD: &str = "0.28.2";

/// What checks the page: its types, slips, and whether everybody can use it.
const CHECKERS: [(&str, &str); 4] = [
    ("typescript", "5.9.3"),
    ("eslint", "9.39.5"),
    ("@eslint/js", "9.39.5"),
    ("axe-core", "4.14.1"),
];

/// What `cargo xtask bench page` measures by.
const AUDIT: [(&str, &str); 1] = [("lighthouse", "12.8.2")];

/// What `cargo xtask bench engine --peers` measures beside our engine.
const PEERS: [(&str, &str); 3] = [
    ("onnxruntime-web", "1.30.0"),
    ("@tensorflow/tfjs-core", "4.22.0"),
    ("@tensorflow/tfjs-backend-wasm", "4.22.0"),
];

/// What the browser bundle needs.
pub(crate) fn for_bundle() -> Result<(), Failure> {
    let toolchain = Toolchain::choose()?;
    if !toolchain.is_ready() {
        match toolchain {
            Toolchain::Debian => apt(
                "a compiler for WebAssembly",
                &[
                    "rustc-web",
                    "cargo-web",
                    "rust-web-src",
                    "libstd-rust-web-dev",
                    "rust-web-llvm",
                    "lld-19",
                ],
            )?,
            Toolchain::Rustup => {
                say("rustup's wasm32 target", "the browser bundle is WebAssembly");
                let add = ["target", "add", crate::toolchain::TARGET];
                shell::run(shell::command("rustup", &add))?;
                if !crate::toolchain::rustup_has_std_source() {
                    say("rustup's rust-src", "std is built anew for threads that share memory");
                    shell::run(shell::command("rustup", &["component", "add", "rust-src"]))?;
                }
            }
        }
    }
    if !shell::succeeds(shell::command("npm", &["--version"])) {
        apt("npm, for wasm-opt and esbuild", &["npm"])?;
    }
    let tools = [("binaryen", BINARYEN), ("esbuild", ESBUILD)];
    npm(&tools, "wasm-opt makes the bundles smaller, esbuild joins the page's scripts")
}

/// What the benchmark needs; with `peers` the libraries that are measured beside our engine too.
pub(crate) fn for_bench(peers: bool) -> Result<(), Failure> {
    for_demo()?;
    if peers {
        npm(&PEERS, "they are measured beside the engine")?;
    }
    Ok(())
}

/// What the page's benchmark needs.
pub(crate) fn for_page() -> Result<(), Failure> {
    for_demo()?;
    if !shell::succeeds(shell::command("node", &["--version"])) {
        apt("node, which measures the page", &["nodejs"])?;
    }
    npm(&AUDIT, "it measures the page")
}

/// Installs npm's packages under target/tools, where one is missing.
fn npm(packages: &[(&str, &str)], why: &str) -> Result<(), Failure> {
    let folder = shell::root().join("target/tools");
    let is_there = |(name, version): &(&str, &str)| {
        let file = folder.join("node_modules").join(name).join("package.json");
        let installed = std::fs::read_to_string(file).unwrap_or_default();
        installed.contains(&format!("\"version\": \"{version}\""))
    };
    if packages.iter().all(is_there) {
        return Ok(());
    }
    let packages: Vec<String> =
        packages.iter().map(|(name, version)| format!("{name}@{version}")).collect();
    say(&format!("{} from npm", packages.join(" ")), why);
    std::fs::create_dir_all(&folder).context("target/tools cannot be made")?;
    // Written down in the folder's package.json: npm removes what stands neither there nor in the call, and
    // one task is to leave another's tools alone.
    let mut npm = shell::command("npm", &["install", "--save-exact", "--no-audit", "--no-fund"]);
    npm.args(["--ignore-scripts", "--prefix"]).arg(&folder).args(packages);
    shell::run(npm)?;
    Ok(())
}

/// What the demo needs: the bundle's parts and a browser.
pub(crate) fn for_demo() -> Result<(), Failure> {
    for_bundle()?;
    if convoy_harness::find_chromium().is_err() {
        apt("headless browsers as devices", &["chromium"])?;
    }
    Ok(())
}

/// What the test command needs: the demo's parts and cargo's checkers.
pub(crate) fn for_tests() -> Result<(), Failure> {
    for_demo()?;
    if !shell::succeeds(shell::command("node", &["--version"])) {
        apt("node, which runs the page's own tests", &["nodejs"])?;
    }
    npm(&CHECKERS, "they check the page")?;
    if !shell::succeeds(shell::command("chromedriver", &["--version"])) {
        apt("page tests, which drive a browser", &["chromium-driver"])?;
    }
    if !["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"]
        .iter()
        .any(|path| Path::new(path).exists())
    {
        apt(
            "nginx, which stands before two servers in a test (its service is not needed)",
            &["nginx"],
        )?;
    }
    if convoy_harness::find_firefox().is_err() {
        apt("another browser, for tests of the main path", &["firefox-esr"])?;
    }
    for (tool, version, why) in [
        ("cargo-nextest", "0.9.143", "it runs the tests"),
        ("cargo-deny", "0.20.2", "it checks licences and sources of our dependencies"),
    ] {
        let subcommand = tool.trim_start_matches("cargo-");
        if !shell::succeeds(shell::cargo(&[subcommand, "--version"])) {
            say(&format!("{tool} {version}"), why);
            // Not optimised: it works for seconds, and would be compiled for minutes.
            let install = ["install", tool, "--version", version, "--locked", "--debug"];
            shell::run(shell::cargo(&install))?;
        }
    }
    for component in ["rustfmt", "clippy"] {
        let subcommand = component.trim_start_matches("rust");
        if !shell::succeeds(shell::cargo(&[subcommand, "--version"])) {
            say(component, "code is formatted and linted");
            shell::run(shell::command("rustup", &["component", "add", component]))?;
        }
    }
    Ok(())
}

fn say(what: &str, why: &str) {
    eprintln!("installing {what}: {why}");
}

/// Installs Debian packages as root or by sudo without a password.
fn apt(why: &str, packages: &[&str]) -> Result<(), Failure> {
    let packages_text = packages.join(" ");
    let by_hand = format!("apt-get update && apt-get install -y {packages_text}");
    if !shell::succeeds(shell::command("apt-get", &["--version"])) {
        let text = format!(
            "this machine lacks {why} and has no apt-get; install what the Debian packages \
             {packages_text} hold, then try again"
        );
        return Err(anyhow!(text).into());
    }
    let root = shell::output(shell::command("id", &["-u"])).is_some_and(|id| id.trim() == "0");
    let prefix: &[&str] = match root {
        true => &["env"],
        false if shell::succeeds(shell::command("sudo", &["-n", "true"])) => &["sudo", "-n"],
        false => {
            let text = format!("this machine lacks {why}; run: sudo sh -c '{by_hand}'");
            return Err(anyhow!(text).into());
        }
    };
    say(&packages_text, why);
    let apt = |arguments: &[&str]| {
        let mut command = shell::command(prefix[0], &prefix[1..]);
        command.arg("apt-get").args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        shell::run(command)
    };
    apt(&["update", "-q"])
        .and_then(|()| {
            let fixed = ["install", "-y", "-q", "--no-install-recommends"];
            apt(&[&fixed, packages].concat())
        })
        .with_context(|| format!("installing {why}; by hand: {by_hand}"))?;
    Ok(())
}
