//! The request: parts one after another, change sets as parts of parts.

use http::{HeaderValue, Method};
use serde::Serialize;
use url::Url;

use super::fault::{BatchFault, MAX_CHANGES, MAX_PARTS};
use super::plan::{BatchPlan, Expected};
use crate::Entropy;
use crate::api::{ApiPath, ApiRequest, resolve};
use crate::error::{Error, Reason};

/// Requests that travel together.
///
/// A fault in one of them is kept and comes out of [`finish`](Self::finish). `Debug` shows no paths and no bodies.
#[derive(Default)]
pub struct Batch {
    parts: Vec<Part>,
    last_id: u32,
    fault: Option<Error>,
}

enum Part {
    Read(Request),
    Changes(Vec<Request>),
}

struct Request {
    method: Method,
    path: String,
    body: Option<Vec<u8>>,
    content_id: Option<u32>,
}

/// A write of a change set, for others of the same set to refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentId {
    id: u32,
    set: usize,
}

/// What a write is addressed to: a path, a query, or what an earlier write of the set created.
pub struct Target(Address);

enum Address {
    Path(ApiPath),
    Created {
        by: ContentId,
        child: Option<String>,
    },
}

impl ContentId {
    /// Its number in the batch, as `Content-ID` has it.
    #[must_use]
    pub fn get(self) -> u32 {
        self.id
    }

    /// A list of children of what the write created: `$1/Prices`.
    #[must_use]
    pub fn child(self, path: &str) -> Target {
        Target(Address::Created {
            by: self,
            child: Some(path.to_owned()),
        })
    }
}

impl From<ContentId> for Target {
    fn from(by: ContentId) -> Self {
        Self(Address::Created { by, child: None })
    }
}

impl<T: Into<ApiPath>> From<T> for Target {
    fn from(path: T) -> Self {
        Self(Address::Path(path.into()))
    }
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a read; gives the number of its part, from 0.
    pub fn read(&mut self, query: impl Into<ApiPath>) -> usize {
        let path = self.path(query.into());
        self.parts.push(Part::Read(Request {
            method: Method::GET,
            path,
            body: None,
            content_id: None,
        }));
        self.parts.len() - 1
    }

    /// Begins a change set: writes that succeed or fail together. Reads cannot stand in it (AUTH-289).
    pub fn change_set(&mut self) -> ChangeSet<'_> {
        self.parts.push(Part::Changes(Vec::new()));
        ChangeSet {
            set: self.parts.len() - 1,
            batch: self,
        }
    }

    fn fail(&mut self, error: impl Into<Error>) {
        self.fault.get_or_insert_with(|| error.into());
    }

    /// The path as a request line carries it; below the root, like any other (AUTH-266).
    fn path(&mut self, path: ApiPath) -> String {
        match path.into_result().and_then(|path| below_root(&path)) {
            Ok(path) => path,
            Err(error) => {
                self.fail(error);
                String::new()
            }
        }
    }

    /// The request to send, and the plan to read its answer with. The boundaries are made of `entropy`, so that no text of
    /// the bodies can be one.
    ///
    /// # Errors
    /// The first fault of the parts; [`BatchFault::Empty`], [`BatchFault::TooMany`].
    pub fn finish(self, entropy: Entropy) -> Result<(ApiRequest, BatchPlan), Error> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let fault = |fault| Err(Reason::Batch(fault).into());
        if self.parts.is_empty() {
            return fault(BatchFault::Empty { what: "the batch" });
        }
        if self.parts.len() > MAX_PARTS {
            let (what, limit) = ("parts", MAX_PARTS);
            return fault(BatchFault::TooMany { what, limit });
        }
        let mark = entropy.into_mark();
        let boundary = format!("batch_{mark}");
        let mut body = Vec::with_capacity(self.parts.len() * 512);
        let mut expected = Vec::with_capacity(self.parts.len());
        for (number, part) in self.parts.iter().enumerate() {
            line(&mut body, &["--", &boundary]);
            match part {
                Part::Read(request) => {
                    request.write(&mut body);
                    expected.push(Expected::Read);
                }
                Part::Changes(requests) if requests.is_empty() => {
                    return fault(BatchFault::Empty {
                        what: "a change set",
                    });
                }
                Part::Changes(requests) if requests.len() > MAX_CHANGES => {
                    let (what, limit) = ("writes in a change set", MAX_CHANGES);
                    return fault(BatchFault::TooMany { what, limit });
                }
                Part::Changes(requests) => {
                    let inner = format!("changeset_{mark}_{number}");
                    line(
                        &mut body,
                        &["Content-Type: multipart/mixed; boundary=", &inner],
                    );
                    line(&mut body, &[]);
                    for request in requests {
                        line(&mut body, &["--", &inner]);
                        request.write(&mut body);
                    }
                    line(&mut body, &["--", &inner, "--"]);
                    let ids = requests.iter().filter_map(|request| request.content_id);
                    expected.push(Expected::Changes(ids.collect()));
                }
            }
        }
        line(&mut body, &["--", &boundary, "--"]);
        let media = HeaderValue::try_from(format!("multipart/mixed; boundary={boundary}"));
        let media =
            media.map_err(|_| Error::config("the boundary cannot be written as a header"))?;
        // Asked for JSON, newer services answer a batch in another format; ERP.net documents this one (AUTH-288).
        let request = ApiRequest::new(Method::POST, "$batch")
            .body(media, body)
            .accept(HeaderValue::from_static("multipart/mixed"));
        Ok((request, BatchPlan::new(expected)))
    }
}

/// Writes that succeed or fail together. Ids count through the whole batch.
pub struct ChangeSet<'a> {
    batch: &'a mut Batch,
    set: usize,
}

impl ChangeSet<'_> {
    /// The number of the set's part, from 0.
    #[must_use]
    pub fn part(&self) -> usize {
        self.set
    }

    /// Creates an entity: `POST`.
    pub fn create(&mut self, target: impl Into<Target>, entity: &impl Serialize) -> ContentId {
        self.change(Method::POST, target.into(), Some(entity))
    }

    /// Changes the given attributes of an entity: `PATCH`. With `ObjectVersion` among them, only if nobody else changed it
    /// since (AUTH-286).
    pub fn update(&mut self, target: impl Into<Target>, attributes: &impl Serialize) -> ContentId {
        self.change(Method::PATCH, target.into(), Some(attributes))
    }

    /// Deletes an entity.
    pub fn delete(&mut self, target: impl Into<Target>) -> ContentId {
        self.change(Method::DELETE, target.into(), None::<&()>)
    }

    /// Calls an action of an entity: `POST` with its parameters.
    pub fn action(&mut self, target: impl Into<Target>, parameters: &impl Serialize) -> ContentId {
        self.change(Method::POST, target.into(), Some(parameters))
    }

    fn change(
        &mut self,
        method: Method,
        target: Target,
        body: Option<&impl Serialize>,
    ) -> ContentId {
        self.batch.last_id += 1;
        let id = ContentId {
            id: self.batch.last_id,
            set: self.set,
        };
        let path = match target.0 {
            Address::Path(path) => self.batch.path(path),
            Address::Created { by, child } => {
                if by.set != self.set {
                    self.batch
                        .fail(Reason::Batch(BatchFault::ForeignId { id: by.id }));
                }
                let child = child.map(|child| format!("/{child}")).unwrap_or_default();
                self.batch.path(ApiPath::from(format!("${}{child}", by.id)))
            }
        };
        let body = match body.map(serde_json::to_vec).transpose() {
            Ok(body) => body,
            Err(error) => {
                self.batch.fail(Error::config(format!(
                    "the body cannot be written as JSON: {error}"
                )));
                None
            }
        };
        if let Some(Part::Changes(requests)) = self.batch.parts.get_mut(self.set) {
            requests.push(Request {
                method,
                path,
                body,
                content_id: Some(id.id),
            });
        }
        id
    }
}

impl Request {
    fn write(&self, out: &mut Vec<u8>) {
        line(out, &["Content-Type: application/http"]);
        line(out, &["Content-Transfer-Encoding: binary"]);
        if let Some(id) = self.content_id {
            line(out, &["Content-ID: ", &id.to_string()]);
        }
        line(out, &[]);
        line(out, &[self.method.as_str(), " ", &self.path, " HTTP/1.1"]);
        if let Some(body) = &self.body {
            line(out, &["Content-Type: application/json"]);
            line(out, &[]);
            out.extend_from_slice(body);
        }
        line(out, &[]);
        if self.body.is_none() {
            line(out, &[]);
        }
    }
}

/// Lines end as RFC 2046 section 4.1.1 wants it.
fn line(out: &mut Vec<u8>, parts: &[&str]) {
    for part in parts {
        out.extend_from_slice(part.as_bytes());
    }
    out.extend_from_slice(b"\r\n");
}

/// Any root serves to see whether a path stays below it.
fn below_root(path: &str) -> Result<String, Error> {
    let root = Url::parse("https://batch.invalid/odata/")
        .map_err(|_| Error::config("the path cannot be checked"))?;
    let uri = resolve(&root, path)?;
    let full = uri
        .path_and_query()
        .map_or("", http::uri::PathAndQuery::as_str);
    Ok(full
        .strip_prefix(root.path())
        .unwrap_or_default()
        .to_owned())
}

/// Shows how many requests there are, not what they say.
impl std::fmt::Debug for Batch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Batch({} parts)", self.parts.len())
    }
}

impl std::fmt::Debug for ChangeSet<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChangeSet(part {})", self.set)
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Target")
    }
}
