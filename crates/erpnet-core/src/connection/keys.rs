//! Keys for verification: kept, looked at again in time, and once more when a key id is unknown (AUTH-073, AUTH-074).

use std::sync::Arc;
use std::time::Duration;

use super::job::{Job, Work};
use super::machine::{Connection, Next};
use super::slot::Ask;
use crate::error::{Error, Reason, clean_text};
use crate::jose::{Compact, Header, KeySet, TokenFault};
use crate::keys::FetchKeys;
use crate::time::Now;
use crate::token::{VerifiedToken, Verifier};

impl Connection {
    /// What verifies this token: the rules and the keys, with another look at the keys when its `kid` is not among
    /// them (AUTH-073). The verification itself needs no connection and no lock.
    ///
    /// # Errors
    /// [`Reason::Token`] when the token cannot be one of this authority's, or why the keys are not known.
    pub fn verifier(&mut self, token: &str, now: Now) -> Result<Next<Verifier>, Error> {
        let header = Header::of(&Compact::split(token)?)?;
        header.require_algorithm(self.app.options.signatures.algorithms)?;
        self.keys_for(&header, now)?.try_map(|keys| {
            let rules = self.rules.clone();
            let rules =
                rules.ok_or_else(|| Error::from(Reason::Driver("keys came before metadata")))?;
            Ok(Verifier::new(rules, keys, self.clock))
        })
    }

    /// The claims of a token that was verified before, with the keys of today, if its times still hold.
    #[must_use]
    pub fn verified(&self, token: &str, now: Now) -> Option<Arc<VerifiedToken>> {
        // Keys that are due or over are looked at again first.
        let Ask::Ready(_) = self.keys.ask(now.mono) else {
            return None;
        };
        let time = self.clock.map_or(now.wall, |clock| clock.time(now));
        self.verified.get(token, self.rules.as_deref()?, time)
    }

    /// Keeps a token that `verifier` has just verified, unless the keys changed meanwhile.
    pub fn remember(&mut self, token: &str, verified: &Arc<VerifiedToken>, verifier: &Verifier) {
        if self
            .keys
            .last()
            .is_some_and(|keys| Arc::ptr_eq(keys, verifier.keys()))
        {
            self.verified.insert(token, verified);
        }
    }

    /// Forgets which tokens were verified: the next look at each is a whole one.
    pub fn forget_verified(&mut self) {
        self.verified.clear();
    }

    /// The same keys stay the same; with others, nothing that was verified counts any more.
    pub(super) fn kept_or_new(&mut self, keys: KeySet) -> Arc<KeySet> {
        match self.keys.last() {
            Some(known) if **known == keys => Arc::clone(known),
            _ => {
                self.verified.clear();
                Arc::new(keys)
            }
        }
    }

    fn keys_for(&mut self, header: &Header, now: Now) -> Result<Next<Arc<KeySet>>, Error> {
        let job = match self.keys.ask(now.mono) {
            Ask::Ready(keys) if keys.has_key_for(header) => return Ok(Next::Ready(keys)),
            Ask::ReadyButDue(keys) if keys.has_key_for(header) => {
                // Known keys outlive an authority that cannot be asked.
                return Ok(match self.fetch_keys(false, now) {
                    Ok(Some(job)) => Next::ReadyAndRun(keys, job),
                    Ok(None) | Err(_) => Next::Ready(keys),
                });
            }
            // A token that names no key gains nothing from other keys.
            Ask::Ready(_) if header.key_id().is_none() => {
                return Err(self.told(TokenFault::NoKeyId.into()));
            }
            Ask::Ready(_) if self.keys.in_flight() => None,
            Ask::Ready(_) => match self.keys.failing(now.mono) {
                Some(error) => return Err(error.clone()),
                None if self
                    .refetch
                    .allows(now.mono, self.app.options.key_refetch_every) =>
                {
                    self.fetch_keys(true, now)?
                }
                None => {
                    let kid = header.key_id().map(|kid| clean_text(kid, 64));
                    let fault =
                        kid.map_or(TokenFault::NoKeyId, |kid| TokenFault::UnknownKey { kid });
                    return Err(self.told(fault.into()));
                }
            },
            Ask::ReadyButDue(_) | Ask::Absent => self.fetch_keys(false, now)?,
            Ask::Wait => None,
            Ask::Failed(error) => return Err(error),
        };
        Ok(job.map_or(Next::Wait, Next::Run))
    }

    /// The next job towards fresh keys; `None` when somebody runs it. A refetch is one that only an unknown `kid` asks
    /// for.
    pub(super) fn fetch_keys(&mut self, refetch: bool, now: Now) -> Result<Option<Job>, Error> {
        let provider = match self.provider(now)? {
            Next::Ready(provider) => provider,
            Next::ReadyAndRun(_, job) | Next::Run(job) => return Ok(Some(job)),
            Next::Wait => return Ok(None),
        };
        let exchange = FetchKeys::new(provider.jwks_uri.clone(), self.app.options.deadline)
            .with_rules(self.app.options.signatures);
        let job = self.job(Work::Keys(Box::new(self.trip(exchange))));
        self.keys.begin(&job.flight);
        self.refetching = refetch;
        Ok(Some(job))
    }
}

/// Allows one refetch per interval, counted from the last refetch that succeeded: a rotation right after the first
/// fetch is seen, a flood of invented key ids is not followed. Failed refetches have the slot's own pause.
#[derive(Debug, Default)]
pub(super) struct RefetchLimiter {
    last: Option<Duration>,
}

impl RefetchLimiter {
    pub(super) fn allows(&self, mono: Duration, every: Duration) -> bool {
        self.last
            .is_none_or(|last| mono >= last.saturating_add(every))
    }

    pub(super) fn refetched(&mut self, mono: Duration) {
        self.last = Some(mono);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_073_counted_from_the_last_refetch() {
        let s = Duration::from_secs;
        let mut limiter = RefetchLimiter::default();
        assert!(
            limiter.allows(s(0), s(300)),
            "an immediate rotation is seen"
        );
        limiter.refetched(s(10));
        for (at, allowed) in [(11, false), (309, false), (310, true), (311, true)] {
            assert_eq!(limiter.allows(s(at), s(300)), allowed, "{at}");
        }
    }
}
