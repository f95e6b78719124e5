//! The answer, matched with what was asked.

use http::header::CONTENT_TYPE;

use super::fault::BatchFault;
use super::multipart::{boundary, split};
use super::part::{PartReply, headers, response};
use crate::api::ApiReply;
use crate::error::{Error, Reason, clean_text};

/// What a batch asked, in order: needed to read its answer.
#[derive(Clone, Debug)]
pub struct BatchPlan {
    parts: Vec<Expected>,
}

#[derive(Clone, Debug)]
pub(super) enum Expected {
    Read,
    Changes(Vec<u32>),
}

/// How each part of a batch ended. The status of the whole says nothing about them (AUTH-288).
#[derive(Clone, Debug)]
#[must_use = "a batch succeeds as a whole even when each of its parts fails"]
pub struct BatchReply {
    outcomes: Vec<Outcome>,
    fault: Option<Error>,
}

/// How one part ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// A read.
    Read(Result<PartReply, Error>),
    /// A change set: an answer for each write, in their order, or none took effect.
    Changes(Result<Vec<PartReply>, FailedChanges>),
}

/// Why a change set failed. Nothing of it took effect, unless the kind of the error is
/// [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown).
#[derive(Clone, Debug)]
pub struct FailedChanges {
    /// The write that failed, when the instance says which.
    pub content_id: Option<u32>,
    /// Why.
    pub error: Error,
}

impl BatchPlan {
    pub(super) fn new(parts: Vec<Expected>) -> Self {
        Self { parts }
    }

    /// Reads the answer of the instance. Parts that are missing, broken or left over are faults of these parts; the others
    /// are read all the same.
    ///
    /// # Errors
    /// [`BatchFault::NotMultipart`]: nothing of it can be read.
    pub fn read(&self, reply: &ApiReply) -> Result<BatchReply, Error> {
        let media = reply
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        self.read_body(media.unwrap_or_default(), reply.bytes())
    }

    /// The same from the `Content-Type` and the body.
    ///
    /// # Errors
    /// As [`BatchPlan::read`].
    pub fn read_body(&self, content_type: &str, body: &[u8]) -> Result<BatchReply, Error> {
        let Some(boundary) = boundary(content_type) else {
            let found = match content_type {
                "" => "no media type".to_owned(),
                media => clean_text(media, 60),
            };
            return Err(Reason::Batch(BatchFault::NotMultipart { found }).into());
        };
        let split = split(body, boundary);
        let mut found = split.parts.iter();
        let mut breaks_off = split.open.is_some();
        let outcomes = self.parts.iter().enumerate().map(|(part, expected)| {
            let change = matches!(expected, Expected::Changes(_));
            let text = match found.next() {
                Some(text) => Ok(*text),
                None if std::mem::take(&mut breaks_off) => {
                    Err(BatchFault::Truncated { part, change })
                }
                None => Err(BatchFault::Missing { part, change }),
            };
            match expected {
                Expected::Read => {
                    Outcome::Read(text.map_err(fault).and_then(|text| read(part, text)))
                }
                Expected::Changes(ids) => {
                    let changes = text
                        .map_err(failed)
                        .and_then(|text| changes(part, ids, text));
                    Outcome::Changes(changes)
                }
            }
        });
        let outcomes = outcomes.collect();
        let (expected, found) = (self.parts.len(), split.parts.len());
        let extra = (found > expected).then(|| fault(BatchFault::Extra { expected, found }));
        Ok(BatchReply {
            outcomes,
            fault: extra,
        })
    }
}

fn fault(fault: BatchFault) -> Error {
    Reason::Batch(fault).into()
}

fn failed(reason: BatchFault) -> FailedChanges {
    FailedChanges {
        content_id: None,
        error: fault(reason),
    }
}

fn read(part: usize, text: &[u8]) -> Result<PartReply, Error> {
    let change = false;
    let malformed = |why| fault(BatchFault::Malformed { part, why, change });
    let (outer, rest) = headers(text).map_err(malformed)?;
    if is_multipart(&outer).is_some() {
        return Err(malformed("answers a change set where a read was asked"));
    }
    let reply = response(&outer, rest).map_err(malformed)?;
    if reply.is_success() {
        Ok(reply)
    } else {
        Err(reply.error())
    }
}

fn changes(part: usize, ids: &[u32], text: &[u8]) -> Result<Vec<PartReply>, FailedChanges> {
    let change = true;
    let malformed = |why| failed(BatchFault::Malformed { part, why, change });
    let (outer, rest) = headers(text).map_err(malformed)?;
    let mut replies = Vec::with_capacity(ids.len());
    let mut complete = true;
    match is_multipart(&outer) {
        // A failed change set may come as one bare response (OData protocol section 11.7.4).
        None => replies.push(response(&outer, rest).map_err(malformed)?),
        Some(boundary) => {
            let inner = split(rest, &boundary);
            complete = inner.open.is_none();
            for text in inner.parts {
                let (outer, rest) = headers(text).map_err(malformed)?;
                replies.push(response(&outer, rest).map_err(malformed)?);
            }
        }
    }
    // One failure is the failure of all.
    if let Some(reply) = replies.iter().find(|reply| !reply.is_success()) {
        return Err(FailedChanges {
            content_id: reply.content_id(),
            error: reply.error(),
        });
    }
    if !complete {
        return Err(failed(BatchFault::Truncated { part, change }));
    }
    if replies.len() != ids.len() {
        return Err(malformed(
            "answers another number of writes than the change set has",
        ));
    }
    in_order(ids, replies)
        .ok_or_else(|| malformed("answers writes that the change set does not have"))
}

/// By their ids where they have some; the others, in the order in which they came, answer what is left.
fn in_order(ids: &[u32], replies: Vec<PartReply>) -> Option<Vec<PartReply>> {
    let mut places: Vec<Option<PartReply>> = ids.iter().map(|_| None).collect();
    let (named, others): (Vec<_>, Vec<_>) = replies
        .into_iter()
        .partition(|reply| reply.content_id().is_some());
    for reply in named {
        let at = ids.iter().position(|id| reply.content_id() == Some(*id))?;
        if places.get_mut(at)?.replace(reply).is_some() {
            return None;
        }
    }
    let mut others = others.into_iter();
    for (place, id) in places.iter_mut().zip(ids) {
        if place.is_none() {
            let mut reply = others.next()?;
            reply.content_id = Some(*id);
            *place = Some(reply);
        }
    }
    places.into_iter().collect()
}

fn is_multipart(headers: &http::HeaderMap) -> Option<String> {
    let media = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    boundary(media).map(str::to_owned)
}

impl BatchReply {
    /// How the parts ended, in the order of the batch.
    #[must_use]
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// How a part ended, by the number that [`Batch::read`](super::Batch::read) or
    /// [`ChangeSet::part`](super::ChangeSet::part) gave.
    #[must_use]
    pub fn outcome(&self, part: usize) -> Option<&Outcome> {
        self.outcomes.get(part)
    }

    /// The answer to a read.
    ///
    /// # Errors
    /// The read's own error.
    pub fn read(&self, part: usize) -> Result<&PartReply, Error> {
        match self.outcome(part) {
            Some(Outcome::Read(outcome)) => outcome.as_ref().map_err(Clone::clone),
            _ => Err(Error::config("the batch has no read with this number")),
        }
    }

    /// The answers to the writes of a change set.
    ///
    /// # Errors
    /// The error of the write that failed, for all.
    pub fn changes(&self, part: usize) -> Result<&[PartReply], Error> {
        match self.outcome(part) {
            Some(Outcome::Changes(outcome)) => {
                outcome.as_deref().map_err(|failed| failed.error.clone())
            }
            _ => Err(Error::config(
                "the batch has no change set with this number",
            )),
        }
    }

    /// The outcomes, if each part succeeded and none is left over.
    ///
    /// # Errors
    /// The first error, in the order of the batch; then [`BatchFault::Extra`].
    pub fn all_ok(&self) -> Result<&[Outcome], Error> {
        for outcome in &self.outcomes {
            match outcome {
                Outcome::Read(Err(error)) | Outcome::Changes(Err(FailedChanges { error, .. })) => {
                    return Err(error.clone());
                }
                Outcome::Read(Ok(_)) | Outcome::Changes(Ok(_)) => {}
            }
        }
        self.fault.clone().map_or(Ok(&self.outcomes), Err)
    }
}
