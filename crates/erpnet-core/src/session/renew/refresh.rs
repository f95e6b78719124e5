//! The refresh itself: sending it, judging how it ended, keeping what it brought.

use erpnet_types::{RefreshToken, Timestamp};

use super::{Flowed, Held, Kept, MAX_REFRESHES, OVER, Refreshed, RenewSession, Stage, Then};
use crate::error::{Error, ErrorKind, Reason};
use crate::flow::{Lease, RoundTrip, StoreCommand, StoreError, StoredSession};
use crate::id_token::IdToken;
use crate::jose::TokenFault;
use crate::keys::FetchKeys;
use crate::sign_in::IdTokenChecks;
use crate::sign_out::RevokeRefreshToken;
use crate::time::Now;
use crate::token::{DEFAULT_LIFETIME, RefreshGrant};

impl RenewSession {
    pub(super) fn refresh(&mut self, held: Held) -> Result<Stage, Flowed> {
        if self.refreshes >= MAX_REFRESHES {
            let why = "it does not keep what a refresh brings";
            let error = Error::from(Reason::Store(StoreError::unavailable(why)));
            return Ok(self.give_back(held.lease, false, Box::new(error)));
        }
        self.refreshes += 1;
        let Some(refresh_token) = held.session.refresh_token.clone() else {
            let why = OVER;
            let error = Box::new(Error::from(Reason::NotSignedIn { why }));
            return Ok(self.give_back(held.lease, false, error));
        };
        let party = &self.party;
        let grant = RefreshGrant::new(
            party.provider.token_endpoint.clone(),
            party.registration.client_id.clone(),
            party.registration.secret.clone(),
            refresh_token,
            held.session.scopes.clone(),
            party.deadline,
        );
        // Said each time, for a refresh without scopes is granted all of the sign-in's (RFC 6749 section 6).
        let fewer = party.registration.refresh_scopes.as_ref();
        let grant = match fewer.filter(|fewer| fewer.is_subset(&held.session.scopes)) {
            Some(fewer) => grant.narrowed_to(fewer),
            None => grant,
        };
        let trip = RoundTrip::new(grant, party.retry, party.seed);
        Ok(Stage::Refresh(Box::new(held), Box::new(trip)))
    }

    /// A sign-out won over this renewal: what it brought is not to outlive the session (AUTH-197). Without an endpoint for
    /// that, or without an answer, the refresh token ends by itself.
    pub(super) fn revoke(&self, token: Option<RefreshToken>, end: Flowed) -> Result<Stage, Flowed> {
        let party = &self.party;
        let exchange = token.and_then(|token| {
            let client_id = party.registration.client_id.clone();
            let secret = party.registration.secret.clone();
            RevokeRefreshToken::new(&party.provider, client_id, secret, token, party.deadline).ok()
        });
        let Some(exchange) = exchange else {
            return Err(end);
        };
        let trip = RoundTrip::new(exchange, party.retry, party.seed);
        Ok(Stage::Revoke(Box::new(trip), Box::new(end)))
    }

    fn give_back(&self, lease: Lease, ambiguous: bool, error: Box<Error>) -> Stage {
        let key = self.party.key.clone();
        let fail = StoreCommand::Fail {
            key,
            lease,
            ambiguous,
        };
        Stage::Ask(fail, Then::Fail(error))
    }

    /// The refresh failed: is the sign-in over, may the token be used up, or did nothing happen?
    pub(super) fn failed(&self, held: Held, error: Error) -> Stage {
        let Held { session, lease } = held;
        let verdict = matches!(error.reason(), Reason::OAuth(_));
        if verdict && error.kind() == ErrorKind::ReauthRequired {
            let load = StoreCommand::Load(self.party.key.clone());
            return Stage::Ask(load, Then::LookAgain(session.generation, Box::new(error)));
        }
        // Only these leave open whether the refresh token was used up. When nothing arrived, or the authority or whatever
        // stands before it said no, it was not; and if it was all the same, the next refresh is told so. To give up here
        // would sign everybody out whenever the authority is down.
        let open = matches!(
            error.reason(),
            Reason::OutcomeUnknown(_)
                | Reason::NotJson { .. }
                | Reason::TokenResponseInvalid { .. }
        );
        if !open {
            return self.give_back(lease, false, Box::new(error));
        }
        let lost = match error.reason() {
            Reason::OutcomeUnknown(transport) => Reason::RefreshLost(transport.clone()).into(),
            _ => error,
        };
        if session.ambiguous {
            // Tried once more already (AUTH-194): to go on would be a loop.
            let why = "the answer to a refresh was lost or unreadable twice, so its refresh token is taken as used up";
            let delete = StoreCommand::Delete(self.party.key.clone());
            let error = Error::from(Reason::NotSignedIn { why });
            return Stage::Ask(delete, Then::Fail(Box::new(error)));
        }
        self.give_back(lease, true, Box::new(lost))
    }

    /// New tokens. Their ID token, if there is one, has to be about the same person, from the same authority, to the same
    /// application, before anyone is served the access token (AUTH-196; OpenID Connect Core 12.2).
    pub(super) fn check(&mut self, mut refreshed: Refreshed, now: Now) -> Stage {
        let Some(text) = refreshed.tokens.id_token.take() else {
            return self.keep(refreshed, now);
        };
        let checks = self.checks();
        let keys = self.keys.as_ref().or(self.party.keys.as_ref());
        let known =
            keys.filter(|keys| self.keys.is_some() || !checks.needs_other_keys(keys, &text));
        let Some(keys) = known else {
            refreshed.tokens.id_token = Some(text);
            let fetch = FetchKeys::new(self.party.provider.jwks_uri.clone(), self.party.deadline)
                .with_rules(self.party.signatures);
            let trip = RoundTrip::new(fetch, self.party.retry, self.party.seed);
            return Stage::Keys(Box::new(refreshed), Box::new(trip));
        };
        let original = IdToken::from_store(refreshed.held.session.id_token.clone());
        let access = &refreshed.tokens.access_token;
        let checked =
            original.and_then(|original| checks.refreshed(keys, &text, &original, access, now));
        match checked {
            Ok(_) => self.keep(refreshed, now),
            // Clocks disagree: that is no reason to sign anybody out.
            Err(error) if is_about_time(&error) => self.keep_unchecked(refreshed, error),
            Err(error) => {
                // Somebody else's token, or a forged one: this session is not to be trusted any more.
                let delete = StoreCommand::Delete(self.party.key.clone());
                Stage::Ask(delete, Then::Fail(Box::new(error)))
            }
        }
    }

    /// The new tokens go into the store before anyone is served them (AUTH-192). The ID token of the sign-in stays: later
    /// ones may leave claims out, and are all held against it (AUTH-196).
    fn keep(&self, refreshed: Refreshed, now: Now) -> Stage {
        let Refreshed { held, tokens } = refreshed;
        let Held {
            session: old,
            lease,
        } = held;
        let lives = tokens.expires_in.unwrap_or(DEFAULT_LIFETIME);
        let session = StoredSession {
            access_token: tokens.access_token,
            expires: now.wall.after(lives),
            // An answer without a new one leaves the old one in force.
            refresh_token: tokens.refresh_token.or(old.refresh_token),
            scopes: tokens.scopes,
            ambiguous: false,
            ..old
        };
        self.write(Kept {
            session,
            lease,
            expires_in: tokens.expires_in,
            commits: 0,
        })
    }

    pub(super) fn write(&self, mut kept: Kept) -> Stage {
        kept.commits += 1;
        let (lease, session) = (kept.lease.clone(), kept.session.clone());
        self.commit(lease, session, Then::Finish(Box::new(kept)))
    }

    /// The ID token cannot be checked for now: the refresh token is kept, for the old one is used up; the access token is
    /// not, so that the next caller refreshes once more.
    pub(super) fn keep_unchecked(&self, refreshed: Refreshed, error: Error) -> Stage {
        let Refreshed { held, tokens } = refreshed;
        let Held {
            session: old,
            lease,
        } = held;
        let session = StoredSession {
            expires: Timestamp::EPOCH,
            refresh_token: tokens.refresh_token.or(old.refresh_token),
            ambiguous: false,
            ..old
        };
        self.commit(lease, session, Then::Fail(Box::new(error)))
    }

    fn commit(&self, lease: Lease, session: StoredSession, then: Then) -> Stage {
        let commit = StoreCommand::Commit {
            key: self.party.key.clone(),
            lease: Some(lease),
            session: Box::new(session),
        };
        Stage::Ask(commit, then)
    }

    fn checks(&self) -> IdTokenChecks {
        let party = &self.party;
        let clock = self.clock.or(party.clock);
        IdTokenChecks::new(
            &party.provider.issuer,
            &party.registration,
            party.tolerance,
            clock,
        )
    }
}

/// Whether an ID token failed for its times alone.
fn is_about_time(error: &Error) -> bool {
    let times = |fault: &TokenFault| {
        matches!(
            fault,
            TokenFault::Expired { .. } | TokenFault::NotYetValid { .. }
        )
    };
    matches!(error.reason(), Reason::IdToken(fault) if times(fault))
}
