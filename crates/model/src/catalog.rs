//! Every network there is, by id: those described in the zoo, those that come with the binary, and
//! those in a folder of packages.
//!
//! Subcommands and server find models here. Files go out by id and by a name that the model's own
//! manifest lists, never by a path from outside, and only where their content is what the manifest
//! says.

use crate::package::{Folder, MANIFEST, PackageSource, manifest};
use crate::weights::{WeightError, verify};
use crate::{Model, ModelError, WeightSource, zoo};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Why a network or one of its files cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// No network has this id.
    #[error("there is no model '{id}'; there are: {}", known.join(", "))]
    UnknownModel {
        /// What was asked for.
        id: String,
        /// Every id there is.
        known: Vec<String>,
    },
    /// The network's manifest lists no such file.
    #[error("model '{id}' has no file '{file}'")]
    UnknownFile {
        /// The network.
        id: String,
        /// What was asked for.
        file: String,
    },
    /// A folder or file cannot be read.
    #[error("cannot read {what} of {place}: {cause}")]
    Unreadable {
        /// The file, or the list.
        what: String,
        /// Where it was looked for.
        place: String,
        /// What the system said.
        cause: io::Error,
    },
    /// A `model.json` is not a sound description of a network.
    #[error(
        "{place}: {package}/{MANIFEST} is not a sound model: {cause}; import it anew or remove the folder"
    )]
    BadManifest {
        /// Where the package lies.
        place: String,
        /// Its folder.
        package: String,
        /// What is wrong.
        cause: ModelError,
    },
    /// A package's folder is not named as the network is.
    #[error("{place}: the folder '{package}' holds the model '{id}'; rename the folder to '{id}'")]
    WrongFolder {
        /// Where the package lies.
        place: String,
        /// Its folder.
        package: String,
        /// The id in its manifest.
        id: String,
    },
    /// A weight file's content is not what the manifest says.
    #[error("model '{id}': {cause}")]
    Damaged {
        /// The network.
        id: String,
        /// The file and its hashes.
        cause: WeightError,
    },
}

/// One network of a [`Catalog`].
#[derive(Debug, Clone)]
struct Entry {
    model: Arc<Model>,
    /// Where its weight files lie, and in which folder there; none for a seeded network.
    files: Option<(Arc<dyn PackageSource>, String)>,
}

/// Every network there is, by id.
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    entries: BTreeMap<String, Entry>,
}

impl Catalog {
    /// A catalog of nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The networks of the zoo alone.
    #[must_use]
    pub fn zoo() -> Self {
        let models = zoo::IDS.iter().filter_map(|id| zoo::model(id));
        let entry =
            |model: Model| (model.id.clone(), Entry { model: Arc::new(model), files: None });
        Self { entries: models.map(entry).collect() }
    }

    /// The zoo, the packages that come with the binary, and those in `folder`. Where ids are equal,
    /// the later of these three hides the earlier.
    ///
    /// # Errors
    /// Where a package cannot be read or is not sound.
    #[cfg(feature = "shipped")]
    pub fn standard(folder: Option<&Path>) -> Result<Self, CatalogError> {
        let mut catalog = Self::zoo();
        catalog.add(crate::package::Shipped)?;
        if let Some(folder) = folder {
            catalog.add(Folder::new(folder))?;
        }
        Ok(catalog)
    }

    /// Adds every package of `source`.
    ///
    /// # Errors
    /// Where a package cannot be read or is not sound; nothing is added then.
    pub fn add(&mut self, source: impl PackageSource + 'static) -> Result<(), CatalogError> {
        let source: Arc<dyn PackageSource> = Arc::new(source);
        let packages = source.packages().map_err(|cause| CatalogError::Unreadable {
            what: "the list".to_owned(),
            place: source.place(),
            cause,
        })?;
        let mut found = Vec::new();
        for package in packages {
            found.push(Entry::open(&source, package)?);
        }
        self.entries.extend(found.into_iter().map(|entry| (entry.model.id.clone(), entry)));
        Ok(())
    }

    /// The model that `name` names: an id, or else a folder that holds a `model.json`, which is
    /// then added.
    ///
    /// # Errors
    /// [`CatalogError::UnknownModel`] where it is neither, others where the package is not sound.
    pub fn resolve(&mut self, name: &str) -> Result<Arc<Model>, CatalogError> {
        let folder = Path::new(name);
        if self.entries.contains_key(name) || !folder.join(MANIFEST).is_file() {
            return self.model(name);
        }
        let unreadable = |cause| CatalogError::Unreadable {
            what: "the package".to_owned(),
            place: name.to_owned(),
            cause,
        };
        let source = Folder::package(folder).map_err(unreadable)?;
        let package = source.packages().map_err(unreadable)?.concat();
        let entry = Entry::open(&(Arc::new(source) as Arc<dyn PackageSource>), package)?;
        let model = Arc::clone(&entry.model);
        self.entries.insert(model.id.clone(), entry);
        Ok(model)
    }

    /// Every id, in alphabetical order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Every network, by id.
    pub fn models(&self) -> impl Iterator<Item = &Arc<Model>> {
        self.entries.values().map(|entry| &entry.model)
    }

    /// The network `id`.
    ///
    /// # Errors
    /// [`CatalogError::UnknownModel`].
    pub fn model(&self, id: &str) -> Result<Arc<Model>, CatalogError> {
        self.entry(id).map(|entry| Arc::clone(&entry.model))
    }

    /// The text of `model.json` of the network `id`.
    ///
    /// # Errors
    /// [`CatalogError::UnknownModel`].
    pub fn manifest(&self, id: &str) -> Result<String, CatalogError> {
        self.entry(id).map(|entry| manifest(&entry.model))
    }

    /// The weight file `file` of the network `id`, its content checked against the manifest.
    ///
    /// # Errors
    /// Where either is unknown, or the file is unreadable or [`CatalogError::Damaged`].
    pub fn file(&self, id: &str, file: &str) -> Result<Cow<'static, [u8]>, CatalogError> {
        let entry = self.entry(id)?;
        let listed = match &entry.model.weights {
            WeightSource::Files { files } => files.iter().find(|listed| listed.file == file),
            WeightSource::Seeded { .. } => None,
        };
        let (Some(listed), Some((source, package))) = (listed, &entry.files) else {
            return Err(CatalogError::UnknownFile { id: id.to_owned(), file: file.to_owned() });
        };
        let content = source.read(package, file).map_err(|cause| CatalogError::Unreadable {
            what: format!("{package}/{file}"),
            place: source.place(),
            cause,
        })?;
        verify(&content, listed)
            .map_err(|cause| CatalogError::Damaged { id: id.to_owned(), cause })?;
        Ok(content)
    }

    fn entry(&self, id: &str) -> Result<&Entry, CatalogError> {
        self.entries.get(id).ok_or_else(|| CatalogError::UnknownModel {
            id: id.to_owned(),
            known: self.ids().map(str::to_owned).collect(),
        })
    }
}

impl Entry {
    /// Reads the package `package` of `source`, but not its weights.
    fn open(source: &Arc<dyn PackageSource>, package: String) -> Result<Self, CatalogError> {
        let text = source.read(&package, MANIFEST).map_err(|cause| CatalogError::Unreadable {
            what: format!("{package}/{MANIFEST}"),
            place: source.place(),
            cause,
        })?;
        let model = Model::parse(&text).map_err(|cause| CatalogError::BadManifest {
            place: source.place(),
            package: package.clone(),
            cause,
        })?;
        if model.id != package {
            return Err(CatalogError::WrongFolder { place: source.place(), package, id: model.id });
        }
        Ok(Self { model: Arc::new(model), files: Some((Arc::clone(source), package)) })
    }
}
