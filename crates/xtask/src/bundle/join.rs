//! The page's scripts joined to a few files, as a release build serves them: some sixty requests, one waiting
//! for another, would keep a phone on a busy network waiting. See `docs/adr/0026-joined-scripts.md`.

use crate::setup;
use crate::shell;
use anyhow::{Context, anyhow};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Where the joined page stands, below the page's folder.
const OUT: &str = "pkg/joined";

/// What `app.js` asks for in any case.
const FIRST: &str = "parts/page.js";

/// Browsers that have what else the page needs (SIMD, modules that wait) have that too.
const TARGET: &str = "--target=es2022";

/// What esbuild tells of the files that it made.
#[derive(Deserialize)]
struct Made {
    outputs: BTreeMap<String, Output>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Output {
    entry_point: Option<String>,
    imports: Vec<Import>,
}

#[derive(Deserialize)]
struct Import {
    path: String,
    kind: String,
}

/// Joins the scripts and writes the document that begins with them.
pub(super) fn join() -> anyhow::Result<()> {
    let www = shell::root().join("www");
    let out = www.join(OUT);
    if out.exists() {
        fs::remove_dir_all(&out).context("the old joined scripts cannot be removed")?;
    }
    let tool = shell::root().join("target/tools/node_modules/esbuild/bin/esbuild");
    if !tool.exists() {
        return Err(anyhow!("esbuild {} is missing", setup::ESBUILD));
    }
    let facts = shell::root().join("target/joined.json");
    let mut esbuild = shell::command("node", &[]);
    esbuild.arg(&tool).arg(www.join("app.js"));
    esbuild.args(["--bundle", "--splitting", "--format=esm", "--minify", "--log-level=warning"]);
    esbuild.arg(TARGET).arg(format!("--outdir={}", out.display()));
    esbuild.arg(format!("--metafile={}", facts.display()));
    shell::run(esbuild)?;
    let made: Made = serde_json::from_slice(&fs::read(&facts)?).context("what esbuild tells")?;
    let document = fs::read_to_string(www.join("index.html"))?;
    let style = fs::read_to_string(www.join("style.css"))?;
    let joined = document_of(&document, &style, &made.files(FIRST)?)?;
    fs::write(out.join("index.html"), joined)?;
    eprintln!("www/{OUT} has the page's scripts in {} files", made.outputs.len());
    Ok(())
}

impl Made {
    /// Names of the file that begins with this script, and of all that it needs.
    fn files(&self, script: &str) -> anyhow::Result<Vec<String>> {
        let is_it = |output: &Output| {
            output.entry_point.as_ref().is_some_and(|path| path.ends_with(script))
        };
        let file = self.outputs.iter().find(|(_, output)| is_it(output));
        let (path, _) = file.ok_or_else(|| anyhow!("no joined file begins with {script}"))?;
        let mut found: Vec<&str> = vec![path];
        let mut at = 0;
        while let Some(output) = found.get(at).map(|path| self.outputs.get(*path)) {
            for import in output.into_iter().flat_map(|output| &output.imports) {
                if import.kind == "import-statement" && !found.contains(&&*import.path) {
                    found.push(&import.path);
                }
            }
            at += 1;
        }
        let name = |path: &&str| Path::new(path).file_name()?.to_str().map(str::to_owned);
        Ok(found.iter().filter_map(name).collect())
    }
}

/// `document` with joined scripts, of which `first` are fetched at once, and with `style` in it: what it says
/// is seen as soon as it is there, and scripts come after.
fn document_of(document: &str, style: &str, first: &[String]) -> anyhow::Result<String> {
    let mut joined = String::new();
    let mut found = 0;
    for line in document.lines() {
        if line.contains("rel=\"modulepreload\"") {
            continue;
        }
        if line.contains("href=\"/style.css\"") {
            found += 1;
            joined += &format!("    <style>{style}</style>\n");
        } else if line.contains("src=\"/app.js\"") {
            found += 1;
            for name in first {
                joined += &format!(
                    "    <link rel=\"modulepreload\" fetchpriority=\"low\" href=\"/{OUT}/{name}\">\n"
                );
            }
            joined += &format!(
                "    <script type=\"module\" fetchpriority=\"low\" src=\"/{OUT}/app.js\"></script>\n"
            );
        } else {
            joined += &format!("{line}\n");
        }
    }
    if found == 2 {
        Ok(joined)
    } else {
        Err(anyhow!("www/index.html has no line of its own for /style.css or /app.js"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_scripts_and_style_are_replaced_and_nothing_else() {
        let document = "<link rel=\"stylesheet\" href=\"/style.css\">\n\
            <link rel=\"modulepreload\" href=\"/parts/page.js\">\n\
            <script type=\"module\" src=\"/app.js\"></script>\n<p>words</p>\n";
        let joined = document_of(document, "p { color: red }", &["page-1.js".to_owned()]).unwrap();
        assert!(joined.contains("<style>p { color: red }</style>"));
        assert!(
            joined.contains("modulepreload\" fetchpriority=\"low\" href=\"/pkg/joined/page-1.js\"")
        );
        assert!(joined.contains("src=\"/pkg/joined/app.js\"") && joined.contains("<p>words</p>"));
        assert!(!joined.contains("/parts/") && !joined.contains("/style.css"));
        assert!(document_of("<p>words</p>", "", &["page-1.js".to_owned()]).is_err());
    }

    #[test]
    fn a_document_begins_with_all_that_its_scripts_need() {
        let facts = r#"{"outputs": {
            "www/pkg/joined/app.js": {"entryPoint": "www/app.js", "imports":
                [{"path": "www/pkg/joined/page-1.js", "kind": "dynamic-import"}]},
            "www/pkg/joined/page-1.js": {"entryPoint": "www/parts/page.js", "imports":
                [{"path": "www/pkg/joined/chunk-2.js", "kind": "import-statement"},
                 {"path": "www/pkg/joined/room-3.js", "kind": "dynamic-import"}]},
            "www/pkg/joined/room-3.js": {"entryPoint": "www/parts/room.js", "imports": []},
            "www/pkg/joined/chunk-2.js": {"imports":
                [{"path": "www/pkg/joined/chunk-4.js", "kind": "import-statement"}]}}}"#;
        let made: Made = serde_json::from_str(facts).unwrap();
        assert_eq!(made.files("parts/page.js").unwrap(), ["page-1.js", "chunk-2.js", "chunk-4.js"]);
        assert!(made.files("parts/start.js").is_err());
    }
}
