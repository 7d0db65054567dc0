//! `cargo xtask bench server`: a real server in a process of its own, and thousands of pages without
//! browsers that say on real WebSockets what idle pages say, negotiate links, relay tensor frames, or
//! do not read.
//!
//! The pages share the machine with the server, so that what is measured is a bound from above on delays
//! and from below on rates. Each comes from an address of its own in 127.0.0.0/8: the server's limits
//! per address hold as they are.

#![allow(clippy::print_stdout)]

mod address;
mod api;
mod page;
mod play;
mod process;
mod report;
mod serve;
mod tally;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask bench")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The server under load: joins, signaling delay, relayed bytes, memory a device.
    Server(play::Args),
    /// The server itself, as `convoy serve` is, without what computes.
    #[command(hide = true)]
    Serve(serve::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().what {
        What::Server(args) => measure(&args),
        What::Serve(args) => serve::run(&args).map(|()| ExitCode::SUCCESS),
    };
    result.unwrap_or_else(|error| {
        eprintln!("load: {error:#}");
        ExitCode::from(3)
    })
}

fn measure(args: &play::Args) -> anyhow::Result<ExitCode> {
    convoy_harness::end_all_on_interrupt()?;
    let report = play::run(args)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.text());
    }
    let missed = args.bars && report.bars.iter().any(|bar| !bar.met);
    Ok(if missed { ExitCode::from(1) } else { ExitCode::SUCCESS })
}
