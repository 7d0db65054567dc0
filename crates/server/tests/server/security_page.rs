//! docs/security.md says what is tested: all of it is. And what the page itself must say, or never do.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every file below `folder` whose name ends with `end`.
fn files(folder: &Path, end: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        let name = entry.file_name().into_string().unwrap();
        if kind.is_dir() && !["target", "node_modules", "corpus", "pkg"].contains(&name.as_str()) {
            files(&path, end, found);
        } else if kind.is_file() && name.ends_with(end) {
            found.push(path);
        }
    }
}

/// The names of all tests of the workspace.
fn tests() -> BTreeSet<String> {
    let mut sources = Vec::new();
    for folder in ["crates", "tests"] {
        files(&root().join(folder), ".rs", &mut sources);
    }
    let mut names = BTreeSet::new();
    for source in sources {
        let text = std::fs::read_to_string(source).unwrap();
        let mut lines = text.lines().map(str::trim);
        while let Some(line) = lines.next() {
            if line != "#[test]" && !line.starts_with("#[tokio::test") {
                continue;
            }
            // Other attributes may stand between.
            let Some(function) = lines.find(|line| line.contains("fn ")) else { continue };
            let name = function.split("fn ").nth(1).and_then(|rest| rest.split('(').next());
            names.extend(name.map(str::to_owned));
        }
    }
    names
}

#[test]
fn every_attack_has_a_defence_and_every_test_that_is_named_exists() {
    let text = std::fs::read_to_string(root().join("docs/security.md")).unwrap();
    let tests = tests();
    assert!(tests.contains("every_attack_has_a_defence_and_every_test_that_is_named_exists"));
    let mut attacks = Vec::new();
    for row in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let number = cells[0].split('.').next().and_then(|number| number.parse::<u32>().ok());
        let Some(number) = number.filter(|_| cells[0].contains(". ")) else { continue };
        attacks.push(number);
        let [_, defence, named] = cells[..] else { panic!("{row}") };
        assert!(defence.len() > 20, "{row}");
        let named: Vec<&str> = named.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "attack {number} has no test");
        for name in named {
            assert!(tests.contains(name), "attack {number}: there is no test {name}");
        }
    }
    assert_eq!(attacks, (1..=12).collect::<Vec<_>>());
}

/// The page's scripts and documents.
fn www(end: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&root().join("www"), end, &mut found);
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn no_script_of_the_page_writes_markup() {
    let scripts = www(".js");
    assert!(scripts.len() > 20);
    for (path, text) in scripts {
        for word in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
        ] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}

#[test]
fn the_page_says_what_others_see() {
    let [(_, page)] = &www("index.html")[..] else { panic!("one document") };
    for words in ["parts of its pictures", "each other's addresses"] {
        assert!(page.contains(words), "{words}");
    }
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let readme = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["Feature maps reveal the picture", "peers learn each other's addresses"] {
        assert!(readme.contains(words), "{words}");
    }
}
