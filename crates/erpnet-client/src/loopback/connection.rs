//! One connection: reads a request within limits of size and time, writes the answer, closes.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use erpnet_core::sign_in::loopback::{
    Answer, Judgement, MAX_LOOPBACK_BODY, MAX_LOOPBACK_HEAD, MAX_LOOPBACK_HEADERS, RequestHead,
};
use zeroize::Zeroizing;

use super::serve::{Found, Times};
use super::slot::Slot;
use crate::observe;

/// The most bytes that are read at a time, so that all connections get their turn.
const CHUNK: usize = 16 * 1024;

pub(super) struct Connection {
    stream: TcpStream,
    opened: Duration,
    times: Times,
    phase: Phase,
}

enum Phase {
    Reading(Request),
    Writing {
        text: String,
        written: usize,
        since: Duration,
        found: Found,
    },
    /// An answer that came before the request ended is lost when the socket closes with something unread.
    Closing {
        since: Duration,
    },
}

struct Request {
    /// Never grows past its first capacity, so that wiping it wipes every copy of the code.
    bytes: Zeroizing<Vec<u8>>,
    /// How many bytes there were at the last look at them.
    looked: usize,
    /// How many bytes there will be, once the head is known.
    whole: Option<usize>,
}

/// What came of a step.
pub(super) enum Progress {
    /// Nothing happened: the socket has nothing for now.
    None,
    /// Something happened: go on.
    Some,
    /// It is over.
    Ended(Found),
}

impl Connection {
    pub(super) fn new(stream: TcpStream, now: Duration, times: Times) -> Option<Self> {
        stream.set_nonblocking(true).ok()?;
        Some(Self {
            stream,
            opened: now,
            times,
            phase: Phase::Reading(Request {
                bytes: Zeroizing::new(Vec::with_capacity(MAX_LOOPBACK_HEAD + MAX_LOOPBACK_BODY)),
                looked: 0,
                whole: None,
            }),
        })
    }

    pub(super) fn age(&self, now: Duration) -> Duration {
        now.saturating_sub(self.opened)
    }

    /// One step: at most one chunk is read or written.
    pub(super) fn go_on(&mut self, slot: &Slot, now: Duration) -> Progress {
        match &mut self.phase {
            Phase::Reading(request) => {
                if now.saturating_sub(self.opened) > self.times.request {
                    // Browsers open connections ahead and use some never.
                    if request.bytes.is_empty() {
                        return Progress::Ended(None);
                    }
                    return self.answer(Judgement::from(Answer::too_slow()), now);
                }
                let read = match read(&mut self.stream, &mut request.bytes) {
                    Ok(0) => return Progress::Ended(None),
                    Ok(read) => read,
                    Err(error) => return idle_or_over(error.kind()),
                };
                match request.look(read, slot) {
                    Some(judgement) => self.answer(judgement, now),
                    None => Progress::Some,
                }
            }
            Phase::Writing {
                text,
                written,
                since,
                found,
            } => {
                let rest = text.as_bytes().get(*written..).unwrap_or_default();
                match self.stream.write(rest) {
                    Ok(n) if n < rest.len() && n > 0 => {
                        *written += n;
                        return Progress::Some;
                    }
                    Err(error)
                        if is_idle(error.kind())
                            && now.saturating_sub(*since) <= self.times.answer =>
                    {
                        return Progress::None;
                    }
                    // Whether the page arrives or not, the callback counts.
                    _ => {}
                }
                let closed = self.stream.shutdown(Shutdown::Write);
                if found.is_some() || closed.is_err() {
                    return Progress::Ended(found.take());
                }
                self.phase = Phase::Closing { since: now };
                Progress::Some
            }
            Phase::Closing { since } => {
                if now.saturating_sub(*since) > self.times.close {
                    return Progress::Ended(None);
                }
                match self.stream.read(&mut [0; 4096]) {
                    Ok(0) => Progress::Ended(None),
                    Ok(_) => Progress::Some,
                    Err(error) => idle_or_over(error.kind()),
                }
            }
        }
    }

    fn answer(&mut self, judgement: Judgement, now: Duration) -> Progress {
        let Judgement { answer, callback } = judgement;
        observe::loopback_answered(answer.status(), callback.is_some());
        self.phase = Phase::Writing {
            text: answer.to_http(),
            written: 0,
            since: now,
            found: callback,
        };
        Progress::Some
    }
}

impl Request {
    /// Looks at the request when that can say something new; `read` bytes came since the last time.
    fn look(&mut self, read: usize, slot: &Slot) -> Option<Judgement> {
        let length = self.bytes.len();
        match self.whole {
            Some(whole) if length < whole => return None,
            Some(_) => {}
            // Byte by byte, a look at each would take quadratic time.
            None if length < 2 * self.looked
                && length <= MAX_LOOPBACK_HEAD
                && !has_blank_line(&self.bytes, length - read.min(length)) =>
            {
                return None;
            }
            None => self.looked = length,
        }
        let mut space = [httparse::EMPTY_HEADER; MAX_LOOPBACK_HEADERS];
        let mut request = httparse::Request::new(&mut space);
        let head_length = match request.parse(&self.bytes) {
            Ok(httparse::Status::Complete(n)) if n <= MAX_LOOPBACK_HEAD => n,
            Ok(httparse::Status::Partial) if length <= MAX_LOOPBACK_HEAD => return None,
            Ok(_) | Err(httparse::Error::TooManyHeaders) => {
                return Some(Answer::head_too_large().into());
            }
            Err(_) => return Some(Answer::bad_request().into()),
        };
        let headers: Vec<(&str, &[u8])> =
            request.headers.iter().map(|h| (h.name, h.value)).collect();
        let head = RequestHead {
            method: request.method.unwrap_or_default(),
            target: request.path.unwrap_or_default(),
            headers: &headers,
        };
        let mut judge = slot.judge();
        let whole = match judge.body_length(&head) {
            Ok(body) => head_length + body,
            Err(answer) => return Some(answer.into()),
        };
        let Some(body) = self.bytes.get(head_length..whole) else {
            self.whole = Some(whole);
            return None;
        };
        Some(judge.judge(&head, body))
    }
}

/// Whether a head may end in what came from `from` on.
fn has_blank_line(bytes: &[u8], from: usize) -> bool {
    let fresh = bytes.get(from.saturating_sub(3)..).unwrap_or_default();
    fresh.windows(2).any(|pair| pair == b"\n\n") || fresh.windows(3).any(|three| three == b"\n\r\n")
}

/// Reads what is there, at most a chunk, within the capacity.
fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> std::io::Result<usize> {
    let length = bytes.len();
    let room = bytes.capacity().min(length + CHUNK);
    bytes.resize(room, 0);
    let space = bytes.get_mut(length..).unwrap_or_default();
    let read = stream.read(space);
    bytes.truncate(length + read.as_ref().copied().unwrap_or(0));
    read
}

fn is_idle(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

fn idle_or_over(kind: ErrorKind) -> Progress {
    if is_idle(kind) {
        Progress::None
    } else {
        Progress::Ended(None)
    }
}
