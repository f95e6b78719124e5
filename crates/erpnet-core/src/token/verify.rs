//! Verification of an `at+jwt` access token with the ERP.net profile, in the order of AUTH-081.

use std::sync::Arc;
use std::time::Duration;

use erpnet_types::{ClientId, InstanceAuthority, Timestamp};

use super::core_claims::CoreClaims;
use super::verified::VerifiedToken;
use crate::error::{Error, clean_text};
use crate::jose::header::HeaderView;
use crate::jose::{Compact, KeySet, Members, TokenFault};
use crate::time::{Now, ServerClock};

/// The audiences that instance APIs have today (AUTH-077). A token needs one of them to be for an API.
pub const API_AUDIENCES: [&str; 4] = ["DomainAPI", "TableAPI", "OLAP", "AppServer"];

/// The one audience of servers from 2020 to 2022, in another case (AUTH-077).
pub const LEGACY_AUDIENCE: &str = "DomainApi";

/// The largest tolerance that can be set.
pub const MAX_TOLERANCE: Duration = Duration::from_secs(300);

/// What an access token has to satisfy. The defaults are the strict reading; each looser one is named.
#[derive(Clone, Debug)]
pub struct AccessTokenRules {
    pub(super) issuer: String,
    pub(super) audience: Option<String>,
    pub(super) client_id: Option<ClientId>,
    pub(super) tolerance: Duration,
    pub(super) legacy_audience: bool,
    pub(super) plain_jwt_type: bool,
}

impl AccessTokenRules {
    /// The rules for tokens of one authority: its issuer, any API audience, 60 s of tolerance (AUTH-082).
    #[must_use]
    pub fn new(authority: &InstanceAuthority) -> Self {
        Self {
            issuer: authority.issuer().to_owned(),
            audience: None,
            client_id: None,
            tolerance: Duration::from_secs(60),
            legacy_audience: false,
            plain_jwt_type: false,
        }
    }

    /// Requires this audience, for example `DomainAPI`, where any API would do by default.
    #[must_use]
    pub fn require_audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Requires a token that was issued to this application (AUTH-260).
    #[must_use]
    pub fn require_client(mut self, client_id: ClientId) -> Self {
        self.client_id = Some(client_id);
        self
    }

    /// How far clocks may differ beyond the measured offset; at most [`MAX_TOLERANCE`].
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance.min(MAX_TOLERANCE);
        self
    }

    /// Also accepts the audience `DomainApi` of servers before 2023 (AUTH-077).
    #[must_use]
    pub fn allow_legacy_audience(mut self) -> Self {
        self.legacy_audience = true;
        self
    }

    /// Also accepts `typ` `JWT` or none, of identity services before IdentityServer4 3.0 (AUTH-075).
    #[must_use]
    pub fn insecure_allow_plain_jwt_type(mut self) -> Self {
        self.plain_jwt_type = true;
        self
    }

    pub(super) fn check_issuer(&self, issuer: Option<&str>) -> Result<(), TokenFault> {
        match issuer {
            Some(issuer) if issuer == self.issuer => Ok(()),
            Some(found) => Err(TokenFault::WrongIssuer {
                expected: self.issuer.clone(),
                found: clean_text(found, 200),
            }),
            None => Err(TokenFault::MissingClaim("iss")),
        }
    }

    pub(super) fn accepts_audience(&self, audience: &str) -> bool {
        let accepted = match &self.audience {
            Some(wanted) => audience == wanted,
            None => API_AUDIENCES.contains(&audience),
        };
        accepted || (self.legacy_audience && audience == LEGACY_AUDIENCE)
    }

    pub(super) fn check_audience<'a>(
        &self,
        mut audiences: impl Iterator<Item = &'a str> + Clone,
    ) -> Result<(), TokenFault> {
        if audiences
            .clone()
            .any(|audience| self.accepts_audience(audience))
        {
            return Ok(());
        }
        let only_resources = |audience: &str| {
            audience
                .strip_suffix("/resources")
                .is_some_and(|issuer| issuer == self.issuer)
        };
        if audiences.clone().next().is_some() && audiences.clone().all(only_resources) {
            return Err(TokenFault::NoApiAudience);
        }
        let expected = match &self.audience {
            Some(wanted) => format!("`{wanted}`"),
            None => "of an API (`DomainAPI`, `TableAPI`, `OLAP` or `AppServer`)".to_owned(),
        };
        let found = audiences
            .by_ref()
            .take(8)
            .map(|a| format!("`{}`", clean_text(a, 80)))
            .collect::<Vec<_>>();
        let found = if found.is_empty() {
            "none".to_owned()
        } else {
            found.join(", ")
        };
        Err(TokenFault::WrongAudience { expected, found })
    }

    /// `exp` has to be there and to come; `nbf`, where present, has to be past (RFC 7519 sections 4.1.4 and 4.1.5).
    pub(super) fn check_times(
        &self,
        exp: Option<Timestamp>,
        nbf: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Timestamp, TokenFault> {
        let exp = exp.ok_or(TokenFault::MissingClaim("exp"))?;
        if now >= exp.after(self.tolerance) {
            return Err(TokenFault::Expired { at: exp });
        }
        match nbf {
            Some(nbf) if now.after(self.tolerance) < nbf => {
                Err(TokenFault::NotYetValid { at: nbf })
            }
            _ => Ok(exp),
        }
    }

    pub(super) fn check_client(&self, found: Option<&str>) -> Result<(), TokenFault> {
        match (&self.client_id, found) {
            (None, _) => Ok(()),
            (Some(expected), Some(found)) if found == expected.as_str() => Ok(()),
            (Some(_), None) => Err(TokenFault::MissingClaim("client_id")),
            (Some(expected), Some(found)) => Err(TokenFault::WrongClient {
                expected: expected.to_string(),
                found: clean_text(found, 100),
            }),
        }
    }
}

/// Rules, keys and the measured clock offset together: verifies any number of tokens, on any thread, without a lock.
#[derive(Clone, Debug)]
pub struct Verifier {
    rules: Arc<AccessTokenRules>,
    keys: Arc<KeySet>,
    clock: Option<ServerClock>,
}

impl Verifier {
    /// Puts rules and keys together, and the authority's clock where it is known.
    #[must_use]
    pub fn new(
        rules: Arc<AccessTokenRules>,
        keys: Arc<KeySet>,
        clock: Option<ServerClock>,
    ) -> Self {
        Self { rules, keys, clock }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &AccessTokenRules {
        &self.rules
    }

    /// The keys.
    #[must_use]
    pub fn keys(&self) -> &Arc<KeySet> {
        &self.keys
    }

    /// Verifies a token and keeps all of its claims readable.
    ///
    /// # Errors
    /// [`Reason::Token`](crate::Reason::Token) with the first check that failed.
    pub fn verify(&self, token: &str, now: Now) -> Result<VerifiedToken, Error> {
        let signed = self.signed(token).map_err(Error::from)?;
        let check = || {
            let members = Members::parse(signed.payload()?)?;
            VerifiedToken::check(members, &self.rules, self.server_time(now))
        };
        check().map_err(|fault| self.explain(fault, now))
    }

    /// Verifies a token and reads issuer, audience, times, client and scopes only: what a gateway needs to decide.
    /// Other claims are passed over, and not kept. A good token of the usual size allocates nothing here.
    ///
    /// # Errors
    /// As [`Verifier::verify`].
    pub fn verify_core(&self, token: &str, now: Now) -> Result<CoreClaims, Error> {
        let signed = self.signed(token).map_err(Error::from)?;
        signed
            .with_payload(|payload| CoreClaims::check(payload, &self.rules, self.server_time(now)))
            .map_err(|fault| self.explain(fault, now))
    }

    /// The token, if its signature is good.
    fn signed<'a>(&self, token: &'a str) -> Result<Compact<'a>, TokenFault> {
        let compact = Compact::split(token)?;
        compact.with_header(|header| {
            let header = HeaderView::parse(header)?;
            header.require_algorithm(self.keys.rules().algorithms)?;
            header.require_access_token(self.rules.plain_jwt_type)?;
            self.keys.verify_view(&compact, &header)
        })?;
        Ok(compact)
    }

    fn server_time(&self, now: Now) -> Timestamp {
        self.clock.map_or(now.wall, |clock| clock.time(now))
    }

    fn explain(&self, fault: TokenFault, now: Now) -> Error {
        let timed = matches!(
            fault,
            TokenFault::Expired { .. } | TokenFault::NotYetValid { .. }
        );
        let offset = self
            .clock
            .filter(|_| timed)
            .map(|clock| clock.offset_ms(now));
        Error::from(fault).with_reply(None, offset)
    }
}
