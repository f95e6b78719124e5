//! Drives a flow through a list of answers, and keeps what it asked for.

use serde_json::Value;

use super::now;
use crate::error::Error;
use crate::flow::{BeginRefresh, Event, Flow, Step, StoreCommand, StoreReply, StoredSession};
use crate::transport_error::{Sent, TransportError, TransportErrorKind};

/// One answer, to a request or a question to the store.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Http(u16, String),
    Lost(Sent),
    Store(StoreReply),
}

impl Answer {
    pub(crate) fn json(body: &Value) -> Self {
        Self::Http(200, body.to_string())
    }

    pub(crate) fn refused(code: &str) -> Self {
        Self::Http(400, format!(r#"{{"error":"{code}"}}"#))
    }

    pub(crate) fn loaded(session: Option<StoredSession>) -> Self {
        Self::Store(StoreReply::Loaded(session.map(Box::new)))
    }

    pub(crate) fn begun(begun: BeginRefresh) -> Self {
        Self::Store(StoreReply::Begun(begun))
    }

    pub(crate) fn event(self) -> Event {
        match self {
            Self::Http(status, body) => {
                let reply = http::Response::builder()
                    .status(status)
                    .header("content-type", "application/json");
                Event::Reply(Ok(reply.body(body.into_bytes()).unwrap()))
            }
            Self::Lost(sent) => {
                let kind = match sent {
                    Sent::Never => TransportErrorKind::Connect,
                    Sent::Maybe => TransportErrorKind::Timeout,
                };
                Event::Reply(Err(TransportError::new(kind, sent, "as ordered")))
            }
            Self::Store(reply) => Event::Stored(reply),
        }
    }
}

/// What became of a flow.
#[derive(Debug)]
pub(crate) struct Run<T> {
    pub(crate) outcome: Result<T, Error>,
    /// In short, in order: `load`, `begin 3`, `commit`, `fail`, `fail ambiguous`, `delete`, `wait`, `POST /id/connect/token`.
    pub(crate) asked: Vec<String>,
    /// What the store was to keep.
    pub(crate) kept: Vec<StoredSession>,
    /// The forms that were sent.
    pub(crate) forms: Vec<String>,
}

/// Drives a flow to its end. Every answer has to be wanted, and every question answered; waiting moves the clock.
pub(crate) fn run<F: Flow>(
    flow: &mut F,
    answers: impl IntoIterator<Item = Answer>,
) -> Run<F::Output> {
    let mut now = now();
    let mut answers = answers.into_iter();
    let (mut asked, mut kept, mut forms) = (Vec::new(), Vec::new(), Vec::new());
    let outcome = loop {
        match flow.poll(now) {
            Ok(Step::Done(output)) => break Ok(output),
            Err(error) => break Err(error),
            Ok(Step::Wait(pause)) => {
                assert!(!pause.is_zero(), "a wait for nothing after {asked:?}");
                asked.push("wait".to_owned());
                now = now.later(pause);
                continue;
            }
            Ok(Step::Transmit(transmit)) => {
                let request = transmit.request();
                asked.push(format!("{} {}", request.method(), request.uri().path()));
                if request.method() == http::Method::POST {
                    forms.push(String::from_utf8_lossy(request.body()).into_owned());
                }
            }
            Ok(Step::Store(command)) => asked.push(shown(command, &mut kept)),
        }
        let answer = answers
            .next()
            .unwrap_or_else(|| panic!("no answer left for the last of {asked:?}"));
        flow.handle(answer.event(), now);
    };
    let left = answers.count();
    assert_eq!(left, 0, "answers that nobody asked for, after {asked:?}");
    Run {
        outcome,
        asked,
        kept,
        forms,
    }
}

fn shown(command: StoreCommand, kept: &mut Vec<StoredSession>) -> String {
    match command {
        StoreCommand::Load(_) => "load".to_owned(),
        StoreCommand::BeginRefresh { seen, .. } => format!("begin {}", seen.0),
        StoreCommand::Commit { session, .. } => {
            kept.push(*session);
            "commit".to_owned()
        }
        StoreCommand::Fail { ambiguous, .. } if ambiguous => "fail ambiguous".to_owned(),
        StoreCommand::Fail { .. } => "fail".to_owned(),
        StoreCommand::Delete(_) => "delete".to_owned(),
    }
}
