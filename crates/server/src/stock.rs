//! Memory that callers fill with what they send: taken as their bytes come, never by what they say will
//! come, and of one address never more than its share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// So many bytes for everybody's photographs, or answers.
#[derive(Debug)]
pub(crate) struct Stock {
    most: usize,
    most_each: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    each: HashMap<IpAddr, usize>,
}

/// Bytes that one caller holds; free again when dropped.
#[derive(Debug)]
pub(crate) struct Held {
    party: IpAddr,
    bytes: usize,
    stock: Arc<Stock>,
}

/// There is no room for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// For anybody.
    All,
    /// For this address; others have room.
    Share,
}

impl Stock {
    /// Room for `most` bytes, for `most_each` of each address.
    pub(crate) fn new(most: usize, most_each: usize) -> Arc<Self> {
        Arc::new(Self { most, most_each, taken: Mutex::default() })
    }

    /// Nothing yet, for `party`.
    pub(crate) fn hold(self: &Arc<Self>, party: IpAddr) -> Held {
        Held { party, bytes: 0, stock: Arc::clone(self) }
    }

    /// Bytes that are free.
    #[cfg(test)]
    fn free(&self) -> usize {
        self.most - self.taken.lock().unwrap().all
    }
}

impl Held {
    /// Takes `bytes` more, where there is room.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), Full> {
        let stock = &self.stock;
        let mut taken = stock.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes > stock.most - taken.all.min(stock.most) {
            return Err(Full::All);
        }
        let each = taken.each.entry(self.party).or_default();
        if bytes > stock.most_each - (*each).min(stock.most_each) {
            return Err(Full::Share);
        }
        *each += bytes;
        taken.all += bytes;
        self.bytes += bytes;
        Ok(())
    }
}

impl Held {
    /// Gives everything back.
    pub(crate) fn release(&mut self) {
        let mut taken = self.stock.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= self.bytes;
        if let Some(each) = taken.each.get_mut(&self.party) {
            *each -= self.bytes;
            if *each == 0 {
                taken.each.remove(&self.party);
            }
        }
        self.bytes = 0;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_is_counted_in_all_and_by_address_and_is_free_again() {
        let (stock, [anna, bert]) = (Stock::new(100, 60), [1, 2].map(|ip| [10, 0, 0, ip].into()));
        let mut held = [anna, anna, bert].map(|party| stock.hold(party));
        assert_eq!(stock.free(), 100, "nothing has come yet");
        assert_eq!(held[0].grow(40), Ok(()));
        assert_eq!(held[1].grow(21), Err(Full::Share));
        assert_eq!(held[1].grow(20), Ok(()));
        assert_eq!(held[2].grow(41), Err(Full::All));
        assert_eq!(held[2].grow(40), Ok(()));
        assert_eq!(held[2].grow(usize::MAX), Err(Full::All));
        assert_eq!(stock.free(), 0);
        held[2].release();
        assert_eq!((stock.free(), held[1].grow(1)), (40, Err(Full::Share)));
        drop(held);
        assert_eq!(stock.free(), 100);
        assert!(stock.taken.lock().unwrap().each.is_empty());
        let _nothing = stock.hold(anna);
        assert!(stock.hold(anna).grow(0).is_ok());
    }
}
