//! Faults on order: what a network or a broken server does to the next requests.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::alter::{Document, merge, merge_header, object};

/// What happens to the next matching requests, instead of or before the usual answer. A request matches when its path
/// starts with `path_prefix`; `times` says how many requests are hit.
///
/// ```
/// use erpnet_sandbox::{Document, Fault, Sandbox};
/// use serde_json::json;
///
/// let sandbox = Sandbox::start()?;
/// sandbox.fail_next(Fault::status("/id/connect/token", 503));
/// sandbox.fail_next(Fault::drop("/api/").times(2));
/// sandbox.fail_next(Fault::alter(Document::IdToken, json!({ "nonce": "another", "sid": null })));
/// # Ok::<(), erpnet_sandbox::SandboxError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answer this and do nothing.
    Status {
        /// Which requests.
        path_prefix: String,
        /// The status; one that HTTP does not know becomes 500.
        status: u16,
        /// The body.
        body: Vec<u8>,
        /// The `Content-Type`; none when empty.
        content_type: String,
        /// More headers. Those that HTTP cannot carry are left out.
        headers: Vec<(String, String)>,
        /// How many requests.
        times: usize,
    },
    /// Wait, in real time, then go on as usual (or with the next fault that matches).
    Delay {
        /// Which requests.
        path_prefix: String,
        /// How long.
        duration: Duration,
        /// How many requests.
        times: usize,
    },
    /// Close the connection without doing or answering anything.
    Drop {
        /// Which requests.
        path_prefix: String,
        /// How many requests.
        times: usize,
    },
    /// Do what was asked, then close the connection without answering: the outcome stays unknown to the caller.
    DropAfter {
        /// Which requests.
        path_prefix: String,
        /// How many requests.
        times: usize,
    },
    /// Make the next documents of a kind wrong: everything else goes on as usual, and the signature of a token fits.
    Alter {
        /// Which document.
        document: Document,
        /// Members to add or replace; `null` takes one away.
        members: Map<String, Value>,
        /// The same for the header of a token.
        header: Map<String, Value>,
        /// How many documents.
        times: usize,
    },
}

impl Fault {
    /// Answers once with a status and an empty body.
    #[must_use]
    pub fn status(path_prefix: impl Into<String>, status: u16) -> Self {
        Self::Status {
            path_prefix: path_prefix.into(),
            status,
            body: Vec::new(),
            content_type: String::new(),
            headers: Vec::new(),
            times: 1,
        }
    }

    /// Delays one request.
    #[must_use]
    pub fn delay(path_prefix: impl Into<String>, duration: Duration) -> Self {
        Self::Delay {
            path_prefix: path_prefix.into(),
            duration,
            times: 1,
        }
    }

    /// Closes the connection of one request before acting.
    #[must_use]
    pub fn drop(path_prefix: impl Into<String>) -> Self {
        Self::Drop {
            path_prefix: path_prefix.into(),
            times: 1,
        }
    }

    /// Closes the connection of one request after acting.
    #[must_use]
    pub fn drop_after(path_prefix: impl Into<String>) -> Self {
        Self::DropAfter {
            path_prefix: path_prefix.into(),
            times: 1,
        }
    }

    /// Changes one document: `members` is a JSON object whose members are added or replace those of the document, and
    /// `null` takes one away. Anything but an object changes nothing.
    #[must_use]
    pub fn alter(document: Document, members: Value) -> Self {
        Self::Alter {
            document,
            members: object(members),
            header: Map::new(),
            times: 1,
        }
    }

    /// Lets a [`Fault::Alter`] change the header of a token too; no effect on the others.
    #[must_use]
    pub fn token_header(mut self, members: Value) -> Self {
        if let Self::Alter { header, .. } = &mut self {
            *header = object(members);
        }
        self
    }

    /// Gives a [`Fault::Status`] its body; no effect on the others.
    #[must_use]
    pub fn body(mut self, with_type: &str, with_body: impl Into<Vec<u8>>) -> Self {
        if let Self::Status {
            body, content_type, ..
        } = &mut self
        {
            *body = with_body.into();
            with_type.clone_into(content_type);
        }
        self
    }

    /// Adds a header to a [`Fault::Status`]; no effect on the others.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Status { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Says how many requests are hit.
    #[must_use]
    pub fn times(mut self, count: usize) -> Self {
        *self.times_mut() = count;
        self
    }

    /// The path that a request must start with; none for what no request decides.
    fn prefix(&self) -> Option<&str> {
        match self {
            Self::Status { path_prefix, .. }
            | Self::Delay { path_prefix, .. }
            | Self::Drop { path_prefix, .. }
            | Self::DropAfter { path_prefix, .. } => Some(path_prefix),
            Self::Alter { .. } => None,
        }
    }

    fn times_mut(&mut self) -> &mut usize {
        match self {
            Self::Status { times, .. }
            | Self::Delay { times, .. }
            | Self::Drop { times, .. }
            | Self::DropAfter { times, .. }
            | Self::Alter { times, .. } => times,
        }
    }
}

/// The faults still to come, in the order in which they were given.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// The faults that hit a request to this path: delays, and at most one of the other kinds after them.
    pub(crate) fn take(&mut self, path: &str) -> Vec<Fault> {
        let mut hits = Vec::new();
        for fault in &mut self.0 {
            let matches = fault
                .prefix()
                .is_some_and(|prefix| path.starts_with(prefix));
            if *fault.times_mut() == 0 || !matches {
                continue;
            }
            *fault.times_mut() -= 1;
            hits.push(fault.clone());
            if !matches!(fault, Fault::Delay { .. }) {
                break;
            }
        }
        self.0.retain_mut(|fault| *fault.times_mut() > 0);
        hits
    }

    /// Changes a document by the first fault ordered for its kind; whether there was one.
    pub(crate) fn alter(
        &mut self,
        made: Document,
        value: &mut Value,
        jose: Option<&mut Value>,
    ) -> bool {
        let kind = |fault: &&mut Fault| matches!(fault, Fault::Alter { document, times, .. } if *document == made && *times > 0);
        let Some(Fault::Alter {
            members,
            header,
            times,
            ..
        }) = self.0.iter_mut().find(kind)
        else {
            return false;
        };
        merge(value, members);
        if let Some(jose) = jose {
            merge_header(jose, header);
        }
        *times -= 1;
        self.0.retain_mut(|fault| *fault.times_mut() > 0);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_hit_in_order_as_often_as_said() {
        let mut faults = Faults::default();
        faults.add(Fault::status("/a", 503).times(2));
        faults.add(Fault::drop("/"));
        assert_eq!(faults.take("/b").len(), 1);
        assert!(matches!(
            faults.take("/a/x")[..],
            [Fault::Status { status: 503, .. }]
        ));
        assert_eq!(faults.take("/a").len(), 1);
        assert!(faults.take("/a").is_empty());
    }

    #[test]
    fn delays_go_on_to_the_next_fault() {
        let mut faults = Faults::default();
        faults.add(Fault::delay("/", Duration::ZERO));
        faults.add(Fault::status("/", 500));
        faults.add(Fault::status("/", 502));
        assert_eq!(faults.take("/").len(), 2);
        assert!(matches!(
            faults.take("/")[..],
            [Fault::Status { status: 502, .. }]
        ));
    }

    #[test]
    fn documents_are_altered_as_often_as_said() {
        use serde_json::json;
        let mut faults = Faults::default();
        faults.add(
            Fault::alter(Document::IdToken, json!({ "a": null, "b": 2 }))
                .token_header(json!({ "kid": null })),
        );
        assert!(faults.take("/id/connect/token").is_empty());
        let (mut claims, mut header) = (json!({ "a": 1, "n": null }), json!({ "typ": "JWT" }));
        assert!(!faults.alter(Document::Userinfo, &mut claims, None));
        assert!(faults.alter(Document::IdToken, &mut claims, Some(&mut header)));
        assert_eq!(claims, json!({ "b": 2, "n": null }));
        assert_eq!(header, json!({ "typ": "JWT", "kid": null }));
        assert!(!faults.alter(Document::IdToken, &mut claims, None));
    }
}
