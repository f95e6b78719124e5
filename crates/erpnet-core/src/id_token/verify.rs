//! Verification of an ID token by the way on which it came, in the order of OpenID Connect Core section 3.1.3.7.

use std::sync::Arc;

use erpnet_types::AccessToken;

use super::attempt::Attempt;
use super::check::{self, Moment};
use super::logout_token::{LogoutToken, is_logout_token};
use super::rules::IdTokenRules;
use super::verified::IdToken;
use crate::error::{Error, Reason};
use crate::jose::{Compact, Header, KeySet, Members, TokenFault};
use crate::time::{Now, ServerClock};

/// Rules, keys and the measured clock offset together: verifies any number of ID tokens, on any thread, without a lock.
///
/// The signature is verified on every way, the direct one from the token endpoint included. A token without `kid` is
/// verified when the authority publishes exactly one key; keys are never tried in turn.
#[derive(Clone, Debug)]
pub struct IdTokenVerifier {
    rules: Arc<IdTokenRules>,
    keys: Arc<KeySet>,
    clock: Option<ServerClock>,
}

impl IdTokenVerifier {
    /// Puts rules and keys together, and the authority's clock where it is known.
    #[must_use]
    pub fn new(rules: Arc<IdTokenRules>, keys: Arc<KeySet>, clock: Option<ServerClock>) -> Self {
        Self { rules, keys, clock }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &IdTokenRules {
        &self.rules
    }

    /// Whether the token names a key that is not among the keys here, so that fresh ones could help (AUTH-073). Of a token
    /// that no key could verify it is false. Nothing else is looked at.
    #[must_use]
    pub fn needs_other_keys(&self, token: &str) -> bool {
        let header = Compact::split(token).and_then(|compact| Header::of(&compact));
        header.is_ok_and(|header| {
            header
                .require_algorithm(self.keys.rules().algorithms)
                .is_ok()
                && header.key_id().is_some()
                && !self.keys.has_key_for(&header)
        })
    }

    /// Verifies the ID token of a hybrid callback (`code id_token`), before its code is redeemed: `nonce` and `c_hash` are
    /// required, `s_hash` is checked when it is there.
    ///
    /// It proves that the callback belongs together; who signed in is what the token endpoint says (AUTH-182).
    ///
    /// # Errors
    /// [`Reason::IdToken`] with the first check that failed.
    pub fn front_channel(
        &self,
        token: &str,
        code: &str,
        attempt: &Attempt<'_>,
        now: Now,
    ) -> Result<IdToken, Error> {
        self.verify(token, now, |token, moment| {
            check::nonce(token, attempt)?;
            check::hash(token, "c_hash", code, "code")?
                .then_some(())
                .ok_or(TokenFault::MissingClaim("c_hash"))?;
            check::state_hash(token, attempt)?;
            check::sign_in_time(token, attempt, &self.rules, moment)
        })
    }

    /// Verifies the ID token that the token endpoint returned for `code`, together with `access_token`: `nonce` is
    /// required; `at_hash`, `c_hash` and `s_hash` are checked when they are there. In hybrid,
    /// [`IdToken::check_same_sign_in`] compares it with that of the callback afterwards.
    ///
    /// # Errors
    /// [`Reason::IdToken`] with the first check that failed.
    pub fn token_endpoint(
        &self,
        token: &str,
        code: &str,
        access_token: &AccessToken,
        attempt: &Attempt<'_>,
        now: Now,
    ) -> Result<IdToken, Error> {
        self.verify(token, now, |token, moment| {
            check::nonce(token, attempt)?;
            check::hash(token, "at_hash", access_token.expose(), "access token")?;
            check::hash(token, "c_hash", code, "code")?;
            check::state_hash(token, attempt)?;
            check::sign_in_time(token, attempt, &self.rules, moment)
        })
    }

    /// Verifies the ID token of a refresh against that of the sign-in: `iss`, `sub`, `aud` and `azp` must be the same;
    /// `nonce` and `auth_time` too where they are there; `at_hash` is checked when it is there (OpenID Connect Core section
    /// 12.2, AUTH-196). When it fails, the tokens that came with it are not to be used either.
    ///
    /// # Errors
    /// [`Reason::IdToken`] with the first check that failed.
    pub fn refreshed(
        &self,
        token: &str,
        original: &IdToken,
        access_token: &AccessToken,
        now: Now,
    ) -> Result<IdToken, Error> {
        self.verify(token, now, |token, _| {
            check::same_user(token, original)?;
            check::hash(token, "at_hash", access_token.expose(), "access token").map(drop)
        })
    }

    /// Verifies a logout token, as the authority posts it to an application that registered for back-channel logout. Not
    /// documented for ERP.net. An application that gets one answers 200 when it is good and 400 when it is not.
    ///
    /// # Errors
    /// [`Reason::IdToken`] with the first check that failed.
    pub fn logout_token(&self, token: &str, now: Now) -> Result<LogoutToken, Error> {
        let moment = self.moment(now);
        let check = || {
            let payload = self.signed_payload(token, is_logout_token)?;
            LogoutToken::check(Members::parse(payload)?, &self.rules, moment)
        };
        check().map_err(|fault| self.explain(fault, now))
    }

    fn verify(
        &self,
        token: &str,
        now: Now,
        further: impl FnOnce(&IdToken, Moment) -> Result<(), TokenFault>,
    ) -> Result<IdToken, Error> {
        let moment = self.moment(now);
        let check = || {
            let payload = self.signed_payload(token, check::is_id_token)?;
            let token = IdToken::check(token, Members::parse(payload)?, &self.rules, moment)?;
            further(&token, moment)?;
            Ok(token)
        };
        check().map_err(|fault| self.explain(fault, now))
    }

    fn signed_payload(
        &self,
        token: &str,
        is_right_type: impl FnOnce(&Header) -> Result<(), TokenFault>,
    ) -> Result<String, TokenFault> {
        let compact = Compact::split(token)?;
        let header = Header::of(&compact)?;
        header.require_algorithm(self.keys.rules().algorithms)?;
        is_right_type(&header)?;
        self.keys.verify(&compact, &header)?;
        compact.payload()
    }

    fn moment(&self, now: Now) -> Moment {
        Moment {
            server: self.clock.map_or(now.wall, |clock| clock.time(now)),
            wall: now.wall,
        }
    }

    fn explain(&self, fault: TokenFault, now: Now) -> Error {
        let timed = matches!(
            fault,
            TokenFault::Expired { .. }
                | TokenFault::NotYetValid { .. }
                | TokenFault::StepUpNotPerformed { .. }
        );
        let offset = self
            .clock
            .filter(|_| timed)
            .map(|clock| clock.offset_ms(now));
        Error::from(Reason::IdToken(fault)).with_reply(None, offset)
    }
}
