//! Runs that the hosts of rooms have left, so that others may play them by an address, also when the room is over:
//! in memory, and of those of one address the newest.

use crate::code::Token;
use crate::stock::{Held, Stock};
use axum::body::Bytes;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// How many of one address are kept.
const MOST: usize = 4;

/// Runs by their ids, which nobody guesses.
#[derive(Debug)]
pub(crate) struct Runs {
    stock: Arc<Stock>,
    /// Oldest first.
    kept: Mutex<VecDeque<Run>>,
}

#[derive(Debug)]
struct Run {
    id: String,
    party: IpAddr,
    content: Bytes,
    /// The memory that it takes.
    _held: Held,
}

impl Runs {
    /// Room for `most` bytes, for `most_each` of each address.
    pub(crate) fn new(most: usize, most_each: usize) -> Self {
        Self { stock: Stock::new(most, most_each), kept: Mutex::default() }
    }

    /// Room for a run of `party` that is to come.
    pub(crate) fn hold(&self, party: IpAddr) -> Held {
        self.stock.hold(party)
    }

    /// Keeps a run, which takes the memory that `held` has; its id.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub(crate) fn keep(
        &self,
        party: IpAddr,
        content: Bytes,
        held: Held,
    ) -> Result<String, getrandom::Error> {
        let (_, id) = Token::random()?;
        let run = Run { id: id.clone(), party, content, _held: held };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.iter().filter(|run| run.party == party).count() >= MOST
            && let Some(oldest) = kept.iter().position(|run| run.party == party)
        {
            kept.remove(oldest);
        }
        kept.push_back(run);
        Ok(id)
    }

    /// The run of this id.
    pub(crate) fn get(&self, id: &str) -> Option<Bytes> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|run| run.id == id).map(|run| run.content.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_the_newest_are_kept_and_others_are_left_alone() {
        let runs = Runs::new(1000, 600);
        let keep = |ip: u8, text: &'static str| {
            let party = [10, 0, 0, ip].into();
            let mut held = runs.hold(party);
            held.grow(100).unwrap();
            runs.keep(party, Bytes::from_static(text.as_bytes()), held).unwrap()
        };
        let other = keep(2, "other");
        let ids: Vec<String> = ["a", "b", "c", "d", "e", "f", "g"].map(|text| keep(1, text)).into();
        assert_eq!(runs.get(&other).unwrap(), "other");
        assert!(ids[..3].iter().all(|id| runs.get(id).is_none()));
        assert_eq!(runs.get(&ids[3]).unwrap(), "d");
        assert_eq!(runs.get(&ids[6]).unwrap(), "g");
        assert!(runs.get("").is_none());
    }
}
