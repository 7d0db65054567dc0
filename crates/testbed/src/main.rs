//! `convoy-testbed`: measures schemes on a cluster of browsers. `cargo xtask testbed` starts it.

#![allow(clippy::print_stdout)]

use clap::Parser as _;
use convoy_testbed::args::Args;
use convoy_testbed::cell::Cell;
use convoy_testbed::name::{self, Name};
use convoy_testbed::{duration, report, run, summary, tool};
use serde_json::{Value, json};
use std::fs;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// 0 where all was measured, 1 where a cell of several could not be, 2 for arguments that make no sense,
/// 3 where the machine or our rights on it do not suffice.
fn main() -> ExitCode {
    let args = Args::parse();
    let cells = match args.cells() {
        Ok(cells) => cells,
        Err(error) => {
            eprintln!("testbed: {error}");
            return ExitCode::from(2);
        }
    };
    if args.list {
        // Whoever reads may have seen enough.
        let _ = list(&args, &cells);
        return ExitCode::SUCCESS;
    }
    if args.summary {
        let written = summary::read(&args.out)
            .and_then(|outcomes| summary::write(&outcomes, &args.root.join("docs/experiments")));
        return match written {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("testbed: {error:#}");
                ExitCode::from(3)
            }
        };
    }
    if let Err(error) = tool::check() {
        eprintln!("testbed: {error}");
        return ExitCode::from(3);
    }
    if args.clean {
        let found = name::clean();
        eprintln!(
            "taken down: {}",
            if found.is_empty() { "nothing".into() } else { found.join(", ") }
        );
        return ExitCode::SUCCESS;
    }
    let down = || {
        tool::close();
        Name::ours().take_down();
    };
    if let Err(error) = convoy_harness::end_all_on_interrupt_then(down) {
        eprintln!("testbed: an interrupt would leave namespaces behind: {error}");
        return ExitCode::from(3);
    }
    measure(&args, &cells)
}

/// Says which cells there are, which are done, and how long the others will take.
fn list(args: &Args, cells: &[Cell]) -> io::Result<()> {
    let (mut out, mut left) = (io::stdout(), 0.0);
    for cell in cells {
        if run::file(args, cell).is_file() {
            writeln!(out, "{:<42}done", cell.name)?;
        } else {
            let minutes = duration::seconds(cell) / 60.0;
            left += minutes;
            writeln!(out, "{:<42}{minutes:>4.0} min", cell.name)?;
        }
    }
    writeln!(out, "about {:.1} hours are left, more where rooms learn", left / 60.0)
}

fn measure(args: &Args, cells: &[Cell]) -> ExitCode {
    let (mut documents, mut failed) = (Vec::new(), 0);
    for (number, cell) in (1..).zip(cells) {
        let file = run::file(args, cell);
        if args.grid.is_some() && file.is_file() {
            eprintln!("{} of {}: {} is done", number, cells.len(), cell.name);
            let text = fs::read_to_string(&file).unwrap_or_default();
            documents.push(serde_json::from_str(&text).unwrap_or(Value::Null));
            continue;
        }
        match run::cell(args, cell) {
            Ok(outcome) => {
                if !args.json {
                    print!("{}", report::text(&outcome));
                }
                eprintln!("{} of {}: {} is measured", number, cells.len(), cell.name);
                failed += usize::from(outcome.failed());
                documents.push(serde_json::to_value(&outcome).unwrap_or(Value::Null));
            }
            Err(error) => {
                eprintln!("testbed: {}: {error:#}", cell.name);
                failed += 1;
            }
        }
    }
    if args.json {
        let document = match (&args.grid, documents.pop()) {
            (None, only) => only.unwrap_or(Value::Null),
            (Some(_), last) => {
                json!({ "cells": documents.into_iter().chain(last).collect::<Vec<_>>() })
            }
        };
        println!("{document:#}");
    }
    match (failed, &args.grid) {
        (0, _) => ExitCode::SUCCESS,
        (_, None) => ExitCode::from(3),
        (_, Some(_)) => ExitCode::from(1),
    }
}
