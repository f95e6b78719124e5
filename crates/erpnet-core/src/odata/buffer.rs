//! A string whose first bytes need no allocation: conditions are short, and there are many.

/// How many bytes fit inside: a comparison with a reference, or three short ones.
pub(super) const INSIDE: usize = 160;

/// Text that moves to the heap when it grows.
#[derive(Clone)]
pub(super) struct Buffer {
    /// Whole characters only.
    inside: [u8; INSIDE],
    len: usize,
    /// In use as soon as it has room.
    heap: String,
}

impl Buffer {
    pub(super) const fn new() -> Self {
        Self {
            inside: [0; INSIDE],
            len: 0,
            heap: String::new(),
        }
    }

    /// One on the heap from the start.
    pub(super) fn with_capacity(room: usize) -> Self {
        Self {
            heap: String::with_capacity(room.max(1)),
            ..Self::new()
        }
    }

    fn is_inside(&self) -> bool {
        self.heap.capacity() == 0
    }

    pub(super) fn as_str(&self) -> &str {
        if self.is_inside() {
            let bytes = self.inside.get(..self.len).unwrap_or_default();
            // Only whole strings were written.
            std::str::from_utf8(bytes).unwrap_or_default()
        } else {
            &self.heap
        }
    }

    pub(super) fn len(&self) -> usize {
        if self.is_inside() {
            self.len
        } else {
            self.heap.len()
        }
    }

    pub(super) fn push(&mut self, text: &str) {
        if self.is_inside() {
            let end = self.len + text.len();
            if let Some(room) = self.inside.get_mut(self.len..end) {
                room.copy_from_slice(text.as_bytes());
                self.len = end;
                return;
            }
            self.spill(text.len());
        }
        self.heap.push_str(text);
    }

    /// Inserts in front of everything.
    pub(super) fn push_front(&mut self, text: &str) {
        if self.is_inside() {
            let end = self.len + text.len();
            if end <= INSIDE {
                self.inside.copy_within(..self.len, text.len());
                if let Some(room) = self.inside.get_mut(..text.len()) {
                    room.copy_from_slice(text.as_bytes());
                }
                self.len = end;
                return;
            }
            self.spill(text.len());
        }
        self.heap.insert_str(0, text);
    }

    fn spill(&mut self, more: usize) {
        let mut heap = String::with_capacity((self.len + more).max(INSIDE * 2));
        heap.push_str(self.as_str());
        self.heap = heap;
    }

    /// The heap's string, for writers that need one.
    pub(super) fn heap(&mut self) -> &mut String {
        if self.is_inside() {
            self.spill(0);
        }
        &mut self.heap
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_text_moves_at_its_limit() {
        for (length, inside) in [(INSIDE - 1, true), (INSIDE, true), (INSIDE + 1, false)] {
            let text = "x".repeat(length);
            let mut buffer = Buffer::new();
            buffer.push(&text);
            assert_eq!(
                (buffer.as_str(), buffer.is_inside(), buffer.len()),
                (text.as_str(), inside, length)
            );
            let mut buffer = Buffer::new();
            buffer.push_front(&text);
            assert_eq!(
                (buffer.as_str(), buffer.is_inside(), buffer.len()),
                (text.as_str(), inside, length)
            );
        }
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_string(steps in proptest::collection::vec((any::<bool>(), "\\PC{0,40}"), 0..12)) {
            let (mut buffer, mut string) = (Buffer::new(), String::new());
            for (front, text) in steps {
                if front {
                    buffer.push_front(&text);
                    string.insert_str(0, &text);
                } else {
                    buffer.push(&text);
                    string.push_str(&text);
                }
                prop_assert_eq!(buffer.as_str(), &string);
                prop_assert_eq!(buffer.len(), string.len());
            }
        }
    }
}
