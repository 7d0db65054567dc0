//! The browser bundles, as `wasm-pack.toml` describes them: cargo, wasm-bindgen, wasm-opt; and the page's scripts,
//! joined.

mod join;
mod size;

pub(crate) use size::check as check_sizes;

use crate::setup;
use crate::shell::{self, Failure};
use crate::toolchain::{TARGET, Toolchain};
use anyhow::{Context, anyhow};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

#[derive(Deserialize)]
struct Description {
    bundle: Vec<Bundle>,
}

/// One bundle of `wasm-pack.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bundle {
    /// For people.
    name: String,
    /// The crate's folder.
    #[serde(rename = "crate")]
    folder: PathBuf,
    /// Whether it has the crate's default features.
    #[serde(default = "yes")]
    default_features: bool,
    /// Further ones.
    features: Vec<String>,
    /// As in `-C target-feature`.
    target_features: Vec<String>,
    /// As in `-C llvm-args`.
    llvm_args: Vec<String>,
    /// As in `-C link-arg`.
    #[serde(default)]
    link_arguments: Vec<String>,
    /// Cargo's profile.
    profile: String,
    /// Where the page finds it.
    out: PathBuf,
    /// Arguments of wasm-opt, such as `-O1`; empty for none.
    wasm_opt: String,
    /// Thousands of bytes that it may have, compressed by brotli.
    most_kb: usize,
}

const fn yes() -> bool {
    true
}

/// Arguments of `cargo xtask bundle`.
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Bundles of wasm-pack.toml by their names; all without.
    names: Vec<String>,
    /// Keep the names of functions, for profilers; such a bundle is larger.
    #[arg(long)]
    profiling: bool,
}

/// Builds the bundles of these names, all where there are none; one that is up to date is left alone. Joins the
/// scripts in any case.
pub(crate) fn build(args: &Args) -> Result<(), Failure> {
    let bundles = chosen(args)?;
    join::join()?;
    let toolchain = Toolchain::choose()?;
    eprintln!("bundles are compiled by {}", toolchain.name());
    // wasm-opt takes one processor a minute: meanwhile the next bundle is compiled.
    thread::scope(|scope| {
        let mut binding = Vec::new();
        for bundle in &bundles {
            let wasm = compile(bundle, toolchain)?;
            // Read before the next is compiled, perhaps to the same place.
            let module = fs::read(&wasm).context("the compiled module")?;
            binding
                .push((bundle, scope.spawn(move || bind(bundle, &wasm, module, args.profiling))));
        }
        for (bundle, bound) in binding {
            let bound = bound.join().unwrap_or_else(|_| Err(anyhow!("wasm-bindgen panicked")));
            bound.with_context(|| format!("bundle {}", bundle.name))?;
        }
        Ok(())
    })
}

/// The bundles that are asked for.
fn chosen(Args { names, .. }: &Args) -> Result<Vec<Bundle>, Failure> {
    let mut bundles = describe()?;
    if let Some(unknown) = names.iter().find(|name| bundles.iter().all(|of| of.name != **name)) {
        let known: Vec<&str> = bundles.iter().map(|bundle| bundle.name.as_str()).collect();
        let text = format!("no bundle is called {unknown}; there are: {}", known.join(", "));
        return Err(Failure::usage(anyhow!(text)));
    }
    bundles.retain(|bundle| names.is_empty() || names.contains(&bundle.name));
    Ok(bundles)
}

/// The bundles of `wasm-pack.toml`.
fn describe() -> anyhow::Result<Vec<Bundle>> {
    let file = shell::root().join("wasm-pack.toml");
    let text = fs::read_to_string(&file).context("wasm-pack.toml cannot be read")?;
    let description: Description = toml::from_str(&text).context("wasm-pack.toml")?;
    Ok(description.bundle)
}

impl Bundle {
    /// What its files' names begin with: its crate's name.
    fn stem(&self) -> anyhow::Result<String> {
        let manifest = shell::root().join(&self.folder).join("Cargo.toml");
        let text = fs::read_to_string(&manifest).context("the bundle's crate")?;
        let manifest: toml::Table = toml::from_str(&text).context("the bundle's Cargo.toml")?;
        let name = manifest.get("package").and_then(|package| package.get("name"));
        let name =
            name.and_then(toml::Value::as_str).ok_or_else(|| anyhow!("a crate without a name"))?;
        Ok(name.replace('-', "_"))
    }
}

/// Compiles and gives the module's path.
fn compile(bundle: &Bundle, toolchain: Toolchain) -> anyhow::Result<PathBuf> {
    // One folder for all: cargo tells what was compiled with which flags, and macros are compiled once.
    let folder = shell::root().join("target/wasm");
    let manifest = shell::root().join(&bundle.folder).join("Cargo.toml");
    let shares_memory = bundle.target_features.iter().any(|feature| feature == "+atomics");
    let mut cargo = toolchain.cargo_build(shares_memory);
    cargo.args(["--lib", "--profile", &bundle.profile, "--target-dir"]).arg(&folder);
    cargo.arg("--manifest-path").arg(&manifest);
    cargo.arg("--features").arg(bundle.features.join(","));
    if !bundle.default_features {
        cargo.arg("--no-default-features");
    }
    let mut flags = vec![format!("-Ctarget-feature={}", bundle.target_features.join(","))];
    flags.extend(bundle.llvm_args.iter().map(|argument| format!("-Cllvm-args={argument}")));
    flags.extend(bundle.link_arguments.iter().map(|argument| format!("-Clink-arg={argument}")));
    // Cargo's separator.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    shell::run(cargo)?;

    let module = format!("{}.wasm", bundle.stem()?);
    // Cargo keeps the profile `dev` in a folder called `debug`.
    let profile = if bundle.profile == "dev" { "debug" } else { &bundle.profile };
    Ok(folder.join(TARGET).join(profile).join(module))
}

/// Makes the JavaScript side and the final module of what was compiled to `wasm`, unless this very
/// module was bound before.
fn bind(bundle: &Bundle, wasm: &Path, module: Vec<u8>, named: bool) -> anyhow::Result<()> {
    let out = shell::root().join(&bundle.out);
    let stamp_file = out.join("built-from");
    let stamp = stamp(bundle, &module, named);
    let name = wasm.file_stem().unwrap_or_default().to_string_lossy();
    if fs::read_to_string(&stamp_file).is_ok_and(|built| built == stamp) {
        eprintln!("{} is up to date", bundle.out.display());
        return Ok(());
    }
    if out.exists() {
        fs::remove_dir_all(&out).context("the old bundle cannot be removed")?;
    }
    wasm_bindgen_cli_support::Bindgen::new()
        .input_bytes(&name, module)
        .web(true)?
        .typescript(true)
        .remove_name_section(!named)
        .remove_producers_section(true)
        .generate(&out)?;
    if !bundle.wasm_opt.is_empty() {
        let module = fs::read_dir(&out)?
            .filter_map(|entry| Some(entry.ok()?.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "wasm"))
            .ok_or_else(|| anyhow!("wasm-bindgen made no module"))?;
        let tool = shell::root().join("target/tools/node_modules/binaryen/bin/wasm-opt");
        if !tool.exists() {
            return Err(anyhow!("wasm-opt of binaryen {} is missing", setup::BINARYEN));
        }
        let mut optimise = shell::command("node", &[]);
        optimise
            .arg(&tool)
            .args(bundle.wasm_opt.split_whitespace())
            .args(named.then_some("-g"))
            .arg(&module)
            .arg("-o")
            .arg(&module);
        shell::run(optimise)?;
    }
    fs::write(stamp_file, stamp)?;
    Ok(())
}

/// Changes whenever the module or what is made of it does.
fn stamp(bundle: &Bundle, module: &[u8], named: bool) -> String {
    let hash = Sha256::digest(module);
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let names = if named { ", with names" } else { "" };
    format!("{hash} wasm-opt {} of binaryen {}{names}\n", bundle.wasm_opt, setup::BINARYEN)
}
