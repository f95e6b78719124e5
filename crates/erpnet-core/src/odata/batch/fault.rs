//! What can be wrong with a batch, and with its answer.

/// The most requests and change sets of a batch. ERP.net names no number; this is the usual quota of OData services.
pub const MAX_PARTS: usize = 100;

/// The most writes of a change set; as above.
pub const MAX_CHANGES: usize = 1000;

/// The most headers of a part that are read.
pub const MAX_PART_HEADERS: usize = 64;

/// Why a batch cannot be written, or its answer not be read. Parts are counted from 0, in the order of the batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchFault {
    /// A batch or a change set without requests.
    #[error("{what} is empty")]
    Empty {
        /// Which of both.
        what: &'static str,
    },
    /// More requests than [`MAX_PARTS`] or [`MAX_CHANGES`].
    #[error("expected at most {limit} {what}; send several batches")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A reference to a write of another change set, which no server knows (AUTH-289).
    #[error("the write {id} belongs to another change set; references work within one")]
    ForeignId {
        /// Its id.
        id: u32,
    },
    /// The answer is no `multipart/mixed`.
    #[error("expected `multipart/mixed` with a boundary, found {found}")]
    NotMultipart {
        /// The media type that came.
        found: String,
    },
    /// No answer for a part: the server stopped before it, or left it out.
    #[error("the answer has no part {part}{}", unknown(*.change))]
    Missing {
        /// Which part.
        part: usize,
        /// Whether it is a change set, whose outcome is unknown then.
        change: bool,
    },
    /// The answer breaks off within a part.
    #[error("the answer breaks off in part {part}{}", unknown(*.change))]
    Truncated {
        /// Which part.
        part: usize,
        /// Whether it is a change set, whose outcome is unknown then.
        change: bool,
    },
    /// More answers than questions.
    #[error("expected {expected} parts, found {found}")]
    Extra {
        /// How many were asked.
        expected: usize,
        /// How many came.
        found: usize,
    },
    /// A part that cannot be read.
    #[error("part {part} of the answer {why}{}", unknown(*.change))]
    Malformed {
        /// Which part.
        part: usize,
        /// What is wrong with it.
        why: &'static str,
        /// Whether it is a change set, whose outcome is unknown then.
        change: bool,
    },
}

impl BatchFault {
    /// Whether a write may have taken effect.
    pub(crate) fn leaves_unknown(&self) -> bool {
        match self {
            Self::Missing { change, .. }
            | Self::Truncated { change, .. }
            | Self::Malformed { change, .. } => *change,
            _ => false,
        }
    }

    /// Whether it was found before anything was sent.
    pub(crate) fn is_own(&self) -> bool {
        matches!(
            self,
            Self::Empty { .. } | Self::TooMany { .. } | Self::ForeignId { .. }
        )
    }
}

fn unknown(change: bool) -> &'static str {
    if change {
        "; its writes may or may not have taken effect"
    } else {
        ""
    }
}
