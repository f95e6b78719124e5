//! The token: the current one, and when the next is asked for.

use std::sync::Arc;

use erpnet_types::{InstanceAuthority, ScopeSet};

use super::api_token::{ApiToken, TokenValue};
use super::app::Credential;
use super::job::{Job, Work};
use super::machine::{Connection, Next};
use super::party::Role;
use super::slot::Ask;
use crate::error::{Error, Reason};
use crate::provider::ProviderMetadata;
use crate::time::Now;
use crate::token::{ClientCredentials, Lifetime, TokenSet, stated_times};

impl Connection {
    /// The current token, obtained when there is none, renewed before it ends.
    ///
    /// # Errors
    /// Why there is none: of the last token request, or of what has to be known before it.
    pub fn authorization(&mut self, now: Now) -> Result<Next<Arc<ApiToken>>, Error> {
        let held = match self.token.ask(now.mono) {
            Ask::Ready(token) => return Ok(Next::Ready(token)),
            Ask::Wait => return Ok(Next::Wait),
            Ask::Failed(error) => return Err(error),
            Ask::ReadyButDue(token) => Some(token),
            Ask::Absent => None,
        };
        let step = match self.provider(now) {
            Ok(Next::Ready(provider)) => Ok(Some(match &self.app.role {
                Role::User(..) => self.resume_session(&provider)?,
                Role::Calls(_) | Role::SignsIn(_) => self.request_token(&provider)?,
            })),
            Ok(Next::ReadyAndRun(_, job) | Next::Run(job)) => Ok(Some(job)),
            Ok(Next::Wait) => Ok(None),
            Err(error) => Err(error),
        };
        match (held, step) {
            (Some(token), Ok(Some(job))) => Ok(Next::ReadyAndRun(token, job)),
            // A failing renewal never takes a good token away.
            (Some(token), Ok(None) | Err(_)) => Ok(Next::Ready(token)),
            (None, Ok(Some(job))) => Ok(Next::Run(job)),
            (None, Ok(None)) => Ok(Next::Wait),
            (None, Err(error)) => Err(error),
        }
    }

    fn request_token(&mut self, provider: &ProviderMetadata) -> Result<Job, Error> {
        let app = &self.app;
        let Role::Calls(Credential::Service {
            client_id,
            secret,
            scopes,
        }) = &app.role
        else {
            return Err(Error::config(
                "a token of this kind cannot be asked for: reference tokens are issued by hand, users sign in",
            ));
        };
        let exchange = ClientCredentials::new(
            provider.token_endpoint.clone(),
            app.wire_client_id(client_id)?,
            secret.clone(),
            scopes.clone(),
            app.options.deadline,
        );
        let job = self.job(Work::Token(Box::new(self.trip(exchange))));
        self.token.begin(&job.flight);
        Ok(job)
    }

    pub(super) fn obtained(&mut self, tokens: TokenSet, sent: Now, now: Now) {
        match self.accept(tokens, sent, now) {
            Ok((token, life)) => {
                self.token.succeed(
                    Arc::new(token),
                    life.refresh_from,
                    life.serve_until,
                    now.mono,
                );
            }
            Err(error) => self.token.fail(self.told(error), now.mono),
        }
    }

    /// Looks at a new token before it is used: is it for this instance and this application, and how long will it live?
    fn accept(
        &mut self,
        tokens: TokenSet,
        sent: Now,
        now: Now,
    ) -> Result<(ApiToken, Lifetime), Error> {
        let Role::Calls(Credential::Service {
            client_id, scopes, ..
        }) = &self.app.role
        else {
            return Err(Reason::Driver("a token came that nobody asked for").into());
        };
        let authority = self.instance_authority()?;
        let wire_id = self.app.wire_client_id(client_id)?;
        let stated = stated_times(&tokens.access_token, &authority, Some(&wire_id))?;
        let life = Lifetime::of(
            tokens.expires_in,
            stated,
            self.clock,
            sent,
            self.app.options.renewal,
        );
        if life.serve_until <= now.mono {
            let why = "is over before the answer arrived".to_owned();
            return Err(Reason::TokenResponseInvalid {
                member: "expires_in",
                why,
            }
            .into());
        }
        self.generation += 1;
        let token = ApiToken {
            value: TokenValue::Service(tokens.access_token),
            scopes: Some(tokens.scopes),
            requested: scopes.as_set().clone(),
            generation: self.generation,
            expires: Some(now.wall.after(life.ends.saturating_sub(now.mono))),
        };
        Ok((token, life))
    }

    /// The authority that the metadata are of.
    pub(super) fn instance_authority(&self) -> Result<InstanceAuthority, Error> {
        let provider = self.provider.last();
        let issuer = provider.map_or("", |provider| provider.issuer.as_str());
        InstanceAuthority::at(self.home_instance()?.clone(), issuer)
            .map_err(|error| Error::config(format!("authority: {error}")))
    }

    /// Starts over with the token, for example after the record was changed: a request that is under way comes to
    /// nothing, and so does a pause after a failure. A reference token stays: there is no other.
    pub fn forget_token(&mut self) {
        if !matches!(self.app.role, Role::Calls(Credential::Reference { .. })) {
            self.token.reset();
        }
    }

    /// The scopes that were requested and not granted with the current token (AUTH-143).
    #[must_use]
    pub fn withheld(&self) -> ScopeSet {
        self.token
            .last()
            .map_or_else(ScopeSet::empty, |token| token.withheld())
    }
}
