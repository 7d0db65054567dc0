//! Where the bytes of packages come from: a folder, or the binary itself.

use super::MANIFEST;
use std::borrow::Cow;
use std::fmt;
use std::io;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Longest file that is read: no network that a browser can hold has a longer one.
const MAX_FILE: u64 = 1 << 30;

/// A place that holds packages.
pub trait PackageSource: Send + Sync + fmt::Debug {
    /// Names of the packages there are, in any order.
    ///
    /// # Errors
    /// Where the place cannot be read.
    fn packages(&self) -> io::Result<Vec<String>>;

    /// The file `file` of the package `package`; neither name may lead out of the place.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] where there is no such file, others where it cannot be read.
    fn read(&self, package: &str, file: &str) -> io::Result<Cow<'static, [u8]>>;

    /// The place, for people.
    fn place(&self) -> String;
}

/// A folder of packages, or a single one.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
    only: Option<String>,
}

impl Folder {
    /// The folder `root`: each folder inside it that holds a `model.json` is a package.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), only: None }
    }

    /// The one package whose `model.json` lies in `folder`.
    ///
    /// # Errors
    /// Where `folder` cannot be found.
    pub fn package(folder: &Path) -> io::Result<Self> {
        // The last part of `.` or of `a/..` is no name.
        let folder = folder.canonicalize()?;
        let name = folder.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let (Some(only), Some(root)) = (name, folder.parent()) else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this folder has no name"));
        };
        Ok(Self { root: root.to_owned(), only: Some(only) })
    }
}

impl PackageSource for Folder {
    fn packages(&self) -> io::Result<Vec<String>> {
        if let Some(only) = &self.only {
            return Ok(vec![only.clone()]);
        }
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.root)? {
            let entry = entry?;
            if entry.path().join(MANIFEST).is_file()
                && let Some(name) = entry.file_name().to_str()
            {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    fn read(&self, package: &str, file: &str) -> io::Result<Cow<'static, [u8]>> {
        if !is_plain(package) || !is_plain(file) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let file = std::fs::File::open(self.root.join(package).join(file))?;
        let mut content = Vec::new();
        file.take(MAX_FILE + 1).read_to_end(&mut content)?;
        if content.len() as u64 > MAX_FILE {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is longer than 1 GiB"));
        }
        Ok(Cow::Owned(content))
    }

    fn place(&self) -> String {
        match &self.only {
            Some(only) => self.root.join(only).display().to_string(),
            None => self.root.display().to_string(),
        }
    }
}

/// Whether `name` names one thing in a folder and cannot lead out of it.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', ':', '\0'])
}

/// The packages that come with the binary: `www/models`.
///
/// A debug build reads them from the source tree, a release build carries them inside.
#[cfg(feature = "shipped")]
#[derive(Debug, Clone, Copy)]
pub struct Shipped;

#[cfg(feature = "shipped")]
#[derive(rust_embed::RustEmbed)]
#[folder = "../../www/models"]
#[include = "*/model.json"]
#[include = "*/*.safetensors"]
struct Embedded;

#[cfg(feature = "shipped")]
impl PackageSource for Shipped {
    fn packages(&self) -> io::Result<Vec<String>> {
        Ok(Embedded::iter()
            .filter_map(|path| Some(path.strip_suffix(MANIFEST)?.strip_suffix('/')?.to_owned()))
            .collect())
    }

    fn read(&self, package: &str, file: &str) -> io::Result<Cow<'static, [u8]>> {
        if !is_plain(package) || !is_plain(file) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let found = Embedded::get(&format!("{package}/{file}")).ok_or(io::ErrorKind::NotFound)?;
        Ok(found.data)
    }

    fn place(&self) -> String {
        "the packages that come with convoy".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_lists_only_folders_with_a_manifest() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("net")).unwrap();
        std::fs::create_dir_all(root.path().join("notes")).unwrap();
        std::fs::write(root.path().join("net").join(MANIFEST), "{}").unwrap();
        std::fs::write(root.path().join(MANIFEST), "{}").unwrap();
        assert_eq!(Folder::new(root.path()).packages().unwrap(), ["net"]);
        let one = Folder::package(&root.path().join("net")).unwrap();
        assert_eq!(one.packages().unwrap(), ["net"]);
        assert_eq!(&*one.read("net", MANIFEST).unwrap(), b"{}");
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("models/net")).unwrap();
        std::fs::write(root.path().join("secret"), "s").unwrap();
        std::fs::write(root.path().join("models/secret"), "s").unwrap();
        let folder = Folder::new(root.path().join("models"));
        for (package, file) in [
            ("..", "secret"),
            ("net", "../secret"),
            ("net", "../../secret"),
            (".", "secret"),
            ("", "secret"),
            ("net/..", "secret"),
            ("net", ""),
            ("net", "..\\secret"),
        ] {
            let error = folder.read(package, file).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::NotFound, "{package:?} {file:?}");
        }
    }
}
