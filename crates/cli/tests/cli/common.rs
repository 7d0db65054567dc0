//! A command of the binary, called as a user calls it.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// One command of `convoy`, by its name.
pub(crate) struct Subcommand(pub(crate) &'static str);

impl Subcommand {
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_convoy")).arg(self.0).args(args).output().unwrap()
    }

    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let output = self.run(&[args, &["--json"]].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The call fails with `code`, says every one of `parts` on stderr, and nothing on stdout.
    #[track_caller]
    pub(crate) fn refused(&self, args: &[&str], code: i32, parts: &[&str]) {
        let output = self.run(args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
        for part in parts {
            assert!(said.contains(part), "{args:?}: {said}");
        }
        assert!(output.stdout.is_empty());
    }
}

/// The paper's testbed, which comes with the sources.
pub(crate) fn testbed() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cluster.toml");
    path.display().to_string()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
