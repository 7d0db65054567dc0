//! Has the page embedded anew when its files change; a bundle that appears later too, which no
//! compiler could notice by itself.
#![allow(clippy::print_stdout, reason = "it is how a build script speaks to cargo")]

fn main() {
    println!("cargo:rerun-if-changed=../../www");
}
