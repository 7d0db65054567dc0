//! Networks that rooms bring: in memory, for as long as their room lives. Nobody but the room may run
//! one; its files go to whoever knows its id, which nobody guesses.

use crate::code::Token;
use crate::stock::Held;
use axum::body::Bytes;
use convoy_model::package::Packed;
use convoy_model::{Model, WeightSource};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// How many of its own a room may have.
const MOST: usize = 3;

/// A network of a room's own.
#[derive(Debug)]
pub(crate) struct Brought {
    pub(crate) model: Arc<Model>,
    pub(crate) manifest: String,
    /// By their names.
    files: HashMap<String, Bytes>,
    /// The memory that it takes.
    _held: Held,
}

impl Brought {
    /// The package, which takes the memory that `held` has.
    pub(crate) fn new(packed: Packed, held: Held) -> Arc<Self> {
        let Packed { model, manifest, contents } = packed;
        let names: Vec<String> = match &model.weights {
            WeightSource::Files { files } => files.iter().map(|file| file.file.clone()).collect(),
            WeightSource::Seeded { .. } => Vec::new(),
        };
        let files = names.into_iter().zip(contents.into_iter().map(Bytes::from)).collect();
        Arc::new(Self { model: Arc::new(model), manifest, files, _held: held })
    }

    /// The weight file of this name.
    pub(crate) fn file(&self, name: &str) -> Option<Bytes> {
        self.files.get(name).cloned()
    }
}

/// An id that no other network has and nobody guesses.
///
/// # Errors
/// Where the system has no randomness.
pub(crate) fn id() -> Result<String, getrandom::Error> {
    let (_, text) = Token::random()?;
    Ok(format!("own-{}", &text[..20]))
}

/// A room's own networks.
#[derive(Debug, Default)]
pub(crate) struct Own(Mutex<Vec<Arc<Brought>>>);

impl Own {
    /// Whether there is no place for another.
    pub(crate) fn is_full(&self) -> bool {
        self.all().len() >= MOST
    }

    /// Keeps another one, where there is a place.
    fn add(&self, brought: Arc<Brought>) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = all.len() < MOST;
        if fits {
            all.push(brought);
        }
        fits
    }

    /// All of them, the oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<Brought>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The network of this id.
    pub(crate) fn model(&self, id: &str) -> Option<Arc<Model>> {
        self.all()
            .iter()
            .find(|brought| brought.model.id == id)
            .map(|brought| Arc::clone(&brought.model))
    }
}

/// All rooms' own networks, by id.
#[derive(Debug, Default)]
pub(crate) struct AllBrought(Mutex<HashMap<String, Weak<Brought>>>);

impl AllBrought {
    /// Gives `own` another network; whether it had a place for it.
    pub(crate) fn add(&self, own: &Own, brought: Arc<Brought>) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those of rooms that ended.
        all.retain(|_, brought| brought.strong_count() > 0);
        all.insert(brought.model.id.clone(), Arc::downgrade(&brought));
        own.add(brought)
    }

    /// The network of this id, where its room lives.
    pub(crate) fn get(&self, id: &str) -> Option<Arc<Brought>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id)?.upgrade()
    }
}
