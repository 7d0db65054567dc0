//! Has a release build embed the page anew when its files change; a bundle that appears later too, which no
//! compiler could notice by itself. A debug build reads them where they are.
#![allow(clippy::print_stdout, reason = "it is how a build script speaks to cargo")]

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_CFG_DEBUG_ASSERTIONS").is_none() {
        println!("cargo:rerun-if-changed=../../www");
    }
}
