//! Calls with the token, and what their ends say about token and sites.

use std::time::Duration;

use super::api_token::ApiToken;
use super::machine::{Connection, Next};
use crate::api::{ApiCall, ApiRequest, ApiSite};
use crate::error::{Error, Reason};
use crate::flow::RoundTrip;
use crate::time::Now;

/// How soon after a renewal that a refusal led to another refusal may lead to the next: a token that is refused although
/// it is new is not refused for its age, and asking again would only make tokens (AUTH-214, AUTH-267).
pub const REFUSAL_PAUSE: Duration = Duration::from_secs(30);

impl Connection {
    /// A call, ready to be driven: root and token are known.
    ///
    /// # Errors
    /// Why one of them is not, [`Reason::PathRefused`], or [`Reason::NeedsUser`] before anything is asked for.
    pub fn call(
        &mut self,
        request: &ApiRequest,
        now: Now,
    ) -> Result<Next<RoundTrip<ApiCall>>, Error> {
        if request.site() == ApiSite::Profile && self.app.has_user() == Some(false) {
            return Err(self.told(Reason::NeedsUser.into()));
        }
        let (token, job) = match self.authorization(now)? {
            Next::Ready(token) => (token, None),
            Next::ReadyAndRun(token, job) => (token, Some(job)),
            Next::Run(job) => return Ok(Next::Run(job)),
            Next::Wait => return Ok(Next::Wait),
        };
        let root = match job {
            None => self.root_of(request.site(), now)?,
            // One job at a time: the site list is looked at by a later call, the last one serves.
            Some(job) => match self.last_root_of(request.site()) {
                Some(root) => Next::ReadyAndRun(root, job),
                None => return Ok(Next::Run(job)),
            },
        };
        let options = &self.app.options;
        let trip = root.try_map(|root| {
            let call = ApiCall::new(request.clone(), &root, token, options, now.wall)?;
            Ok(RoundTrip::new(call, options.retry, self.seed))
        });
        trip.map_err(|error| self.told(error))
    }

    /// Judges how a call ended: whether it is made once more, and what its end says about token and sites.
    ///
    /// A refused token (401) is dropped and the call repeated once, which is safe for any method because nothing was
    /// executed (AUTH-267); once in [`REFUSAL_PAUSE`], for all callers together. A site that did not answer as it should
    /// has the list looked at before the next call (AUTH-027, AUTH-038).
    ///
    /// # Errors
    /// The call's own error, when it is final.
    pub fn after_call<T>(
        &mut self,
        token: &ApiToken,
        outcome: Result<T, Error>,
        attempt: u32,
        now: Now,
    ) -> Result<Option<T>, Error> {
        self.note_call(token, &outcome, now);
        let error = match outcome {
            Ok(value) => return Ok(Some(value)),
            Err(error) => error,
        };
        match error.reason() {
            Reason::Unauthorized => {
                let held = self.token.last().map(|held| held.generation);
                let pausing = self
                    .refused
                    .is_some_and(|last| now.mono < last.saturating_add(REFUSAL_PAUSE));
                if held == Some(token.generation) && !pausing {
                    self.token.drop_value();
                    self.refused = Some(now.mono);
                }
                // Somebody may have renewed it meanwhile: then that one is tried.
                if attempt == 1 && (held != Some(token.generation) || !pausing) {
                    return Ok(None);
                }
            }
            // Something else answers there: the list is wrong.
            Reason::NotJson { .. } | Reason::Status { status: 404, .. } => {
                self.sites.drop_value();
            }
            // Nothing answers there: the list may be wrong.
            Reason::Transport(_) | Reason::OutcomeUnknown(_) => self.sites.make_due(now.mono),
            _ => {}
        }
        Err(self.told(error))
    }
}
