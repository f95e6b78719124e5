//! The flow that finds the sites: one path, and the older one where the first does not exist (AUTH-010..012, G01).

use std::time::Duration;

use erpnet_types::Instance;

use super::directory::SiteDirectory;
use super::origin::OriginRules;
use crate::error::{Error, Reason};
use crate::flow::{
    BodyPlan, Event, Exchange, Flow, Limits, Replay, RetryPolicy, RoundTrip, Step, Transmit,
};
use crate::reading;
use crate::time::Now;

/// The longest auto-discovery document that is read, in bytes.
pub const MAX_DOCUMENT: usize = 1024 * 1024;

/// Where the document is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DiscoveryPath {
    /// `/tools/auto-discovery`, as the newest pages have it.
    #[default]
    Tools,
    /// `/sys/auto-discovery`, as older servers and pages have it.
    Sys,
}

impl DiscoveryPath {
    fn path(self) -> &'static str {
        match self {
            Self::Tools => "tools/auto-discovery",
            Self::Sys => "sys/auto-discovery",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Tools => Self::Sys,
            Self::Sys => Self::Tools,
        }
    }
}

/// What was found, and at which path: the next look starts there.
#[derive(Clone, Debug)]
pub struct Located {
    /// The sites.
    pub directory: SiteDirectory,
    /// The path that worked.
    pub path: DiscoveryPath,
}

/// Finds the sites of an instance, anonymously (AUTH-012).
#[derive(Debug)]
pub struct LocateSites {
    current: RoundTrip<AutoDiscovery>,
    fallback: Option<RoundTrip<AutoDiscovery>>,
    over: bool,
}

impl LocateSites {
    /// Starts with the path that worked last; the other one is tried when that does not exist.
    ///
    /// # Errors
    /// None in practice: an instance's root is a URL.
    pub fn new(
        instance: &Instance,
        rules: &OriginRules,
        first: DiscoveryPath,
        policy: RetryPolicy,
        deadline: Duration,
        seed: u64,
    ) -> Result<Self, Error> {
        let trip = |path| {
            let exchange = AutoDiscovery::new(instance.clone(), rules.clone(), path, deadline)?;
            Ok::<_, Error>(RoundTrip::new(exchange, policy, seed))
        };
        Ok(Self {
            current: trip(first)?,
            fallback: Some(trip(first.other())?),
            over: false,
        })
    }
}

impl Flow for LocateSites {
    type Output = Located;

    fn poll(&mut self, now: Now) -> Result<Step<Located>, Error> {
        if self.over {
            return Err(Reason::Driver("it was polled after its end").into());
        }
        loop {
            match self.current.poll(now) {
                Err(error) if is_absent(&error) => match self.fallback.take() {
                    Some(fallback) => self.current = fallback,
                    None => {
                        self.over = true;
                        let found = match error.reason() {
                            Reason::NotJson { found, .. } | Reason::NotAnInstance { found } => {
                                found.clone()
                            }
                            other => other.to_string(),
                        };
                        let uri = self.current.exchange().uri();
                        return Err(Error::from(Reason::NotAnInstance { found })
                            .at(AutoDiscovery::DOING, uri));
                    }
                },
                Ok(Step::Done(located)) => {
                    self.over = true;
                    return Ok(Step::Done(located));
                }
                Err(error) => {
                    self.over = true;
                    return Err(error);
                }
                step => return step,
            }
        }
    }

    fn handle(&mut self, event: Event, now: Now) {
        self.current.handle(event, now);
    }

    fn head(&mut self, head: &http::response::Parts, now: Now) -> BodyPlan {
        self.current.head(head, now)
    }
}

/// Whether the answer means "not at this path": 404, 405, 410, a redirect, anything but the document (AUTH-011).
fn is_absent(error: &Error) -> bool {
    match error.reason() {
        Reason::Status { status, .. } => matches!(status, 404 | 405 | 410),
        Reason::Redirected { .. } | Reason::NotJson { .. } | Reason::NotAnInstance { .. } => true,
        _ => false,
    }
}

/// `GET {root}/tools/auto-discovery`.
#[derive(Debug)]
struct AutoDiscovery {
    instance: Instance,
    rules: OriginRules,
    path: DiscoveryPath,
    uri: http::Uri,
    deadline: Duration,
}

impl AutoDiscovery {
    fn new(
        instance: Instance,
        rules: OriginRules,
        path: DiscoveryPath,
        deadline: Duration,
    ) -> Result<Self, Error> {
        let uri = format!("{}{}", instance.root_url(), path.path());
        let uri = uri
            .parse()
            .map_err(|_| Error::config("the instance's root cannot be written as a request"))?;
        Ok(Self {
            instance,
            rules,
            path,
            uri,
            deadline,
        })
    }
}

impl Exchange for AutoDiscovery {
    type Output = Located;

    const DOING: &'static str = "site discovery";

    fn uri(&self) -> &http::Uri {
        &self.uri
    }

    fn request(&self) -> Result<Transmit, Error> {
        let limits = Limits {
            body: MAX_DOCUMENT,
            deadline: self.deadline,
        };
        crate::reading::get(&self.uri, limits)
    }

    fn replay(&self) -> Replay {
        Replay::Safe
    }

    fn read(&self, reply: http::Response<Vec<u8>>, _now: Now) -> Result<Located, Error> {
        reading::json(&reply, "the site list of an ERP.net instance")?;
        let directory = SiteDirectory::parse(reply.body(), self.instance.clone(), &self.rules)?;
        Ok(Located {
            directory,
            path: self.path,
        })
    }
}
