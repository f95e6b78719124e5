//! What is kept under a random handle: codes, refresh tokens, sessions. Only the hash of the handle is kept, and the
//! oldest entries make room.

use std::collections::{HashMap, VecDeque};

use crate::error::SandboxError;
use crate::random;

/// How many codes, refresh tokens and sessions of each kind are kept. The oldest make room.
pub const MAX_HELD: usize = 10_000;

pub(crate) struct Shelf<V> {
    held: HashMap<[u8; 32], V>,
    /// Handles in the order they were made; some may be gone.
    order: VecDeque<[u8; 32]>,
}

impl<V> Default for Shelf<V> {
    fn default() -> Self {
        Self {
            held: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<V> Shelf<V> {
    /// Keeps a value; its handle is 64 upper-case hex digits (AUTH-070).
    pub(crate) fn put(&mut self, value: V) -> Result<String, SandboxError> {
        let handle = random::upper_hex(&random::bytes::<32>()?);
        while self.held.len() >= MAX_HELD {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            self.held.remove(&oldest);
        }
        if self.order.len() >= 2 * MAX_HELD {
            let held = &self.held;
            self.order.retain(|key| held.contains_key(key));
        }
        let key = random::sha256(handle.as_bytes());
        self.order.push_back(key);
        self.held.insert(key, value);
        Ok(handle)
    }

    pub(crate) fn get(&self, handle: &str) -> Option<&V> {
        self.held.get(&random::sha256(handle.as_bytes()))
    }

    pub(crate) fn get_mut(&mut self, handle: &str) -> Option<&mut V> {
        self.held.get_mut(&random::sha256(handle.as_bytes()))
    }

    pub(crate) fn take(&mut self, handle: &str) -> Option<V> {
        self.held.remove(&random::sha256(handle.as_bytes()))
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.held.values_mut()
    }

    /// Keeps what `keep` says; how many are gone.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) -> usize {
        let before = self.held.len();
        self.held.retain(|_, value| keep(value));
        before - self.held.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room() {
        let mut shelf = Shelf::default();
        let first = shelf.put(0).unwrap();
        for value in 1..MAX_HELD {
            shelf.put(value).unwrap();
        }
        assert_eq!(shelf.get(&first), Some(&0));
        let last = shelf.put(MAX_HELD).unwrap();
        assert_eq!((shelf.get(&first), shelf.held.len()), (None, MAX_HELD));
        assert_eq!(shelf.get(&last), Some(&MAX_HELD));
    }

    #[test]
    fn handles_of_values_taken_do_not_pile_up() {
        let mut shelf = Shelf::default();
        for value in 0..3 * MAX_HELD {
            let handle = shelf.put(value).unwrap();
            assert_eq!(handle.len(), 64);
            assert_eq!(shelf.take(&handle), Some(value));
            assert_eq!(shelf.take(&handle), None);
        }
        assert!(shelf.order.len() <= 2 * MAX_HELD);
    }
}
