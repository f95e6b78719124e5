//! What an application brings: at which instance, with which credential, and how it wants things done.

use std::time::Duration;

use erpnet_access::{Readings, SessionReadings};
use erpnet_types::{ClientId, Instance, ReferenceToken, ScopeSet, Secret};
use url::Url;

use super::api_token::TokenHeader;
use crate::error::Error;
use crate::flow::RetryPolicy;
use crate::jose::SignatureRules;
use crate::provider::EndpointRules;
use crate::site::{Origin, OriginRules};
use crate::token::{InputLimits, RenewalPolicy, ServiceScopes};

/// What a client is built from: an instance, a credential for it, and options.
///
/// Made from a [`ServiceApp`] or a [`ReferenceToken`]: both are the same to whoever calls the API.
///
/// ```
/// use erpnet_core::{App, ServiceApp, TokenHeader};
/// use erpnet_types::{Instance, ReferenceToken};
///
/// let demodb = Instance::parse("demodb")?;
/// let service: App = ServiceApp::new(demodb.clone(), "com.example/reports", "the secret")?.into();
/// let token = ReferenceToken::new(demodb, format!("enrt_{}", "0A".repeat(32)))?;
/// let automation = App::from(token).with_token_header(TokenHeader::XApiKey);
/// assert_eq!(automation.instance(), service.instance());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) instance: Instance,
    pub(crate) credential: Credential,
    pub(crate) options: Options,
}

#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// A token is asked for, and asked for again before it ends.
    Service {
        client_id: ClientId,
        secret: Secret,
        scopes: ServiceScopes,
    },
    /// The operator gave a token; nobody can renew it but the operator (AUTH-240).
    Reference {
        token: ReferenceToken,
        header: TokenHeader,
        scopes: Option<ScopeSet>,
    },
}

/// A service application: it acts as itself, with its own secret, without a user (section 8 of the rules).
///
/// ```
/// use erpnet_core::ServiceApp;
/// use erpnet_types::Instance;
///
/// let app = ServiceApp::new(Instance::parse("demodb")?, "com.example/reports", "the secret")?;
/// assert_eq!(app.scopes().to_string(), "read"); // the least that is of use
/// let writer = app.with_scopes("read update")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ServiceApp {
    instance: Instance,
    client_id: ClientId,
    secret: Secret,
    scopes: ServiceScopes,
    options: Options,
}

/// What is done with the access model's forecast of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Preflight {
    /// The call is made; when it is refused, the error carries the forecast's reasons (AUTH-149: a pre-check is advisory).
    #[default]
    Advisory,
    /// A call that would be refused is not made. What the rules leave open is made all the same.
    Strict,
}

/// How things are done. Every field has a default that is right for almost everyone; each names the rule or the gap
/// that a real instance may overrule.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The authority, where auto-discovery is not to decide: private or split-horizon deployments (AUTH-045). Its
    /// issuer is checked all the same.
    pub authority: Option<String>,
    /// The Domain API's OData root, where the site is private and therefore not listed (AUTH-025).
    pub odata_root: Option<Url>,
    /// Which discovered site URLs are believed (AUTH-028).
    pub origins: OriginRules,
    /// Which endpoints in the authority's metadata are believed (AUTH-062).
    pub endpoints: EndpointRules,
    /// The origin that the identity service is known to have. The first one found is pinned when this is `None`; a
    /// change is an error until this names the new one. Not asked when `authority` is set.
    pub identity_origin: Option<Origin>,
    /// What the authority accepts at most (AUTH-086).
    pub input_limits: InputLimits,
    /// When requests are repeated (AUTH-227).
    pub retry: RetryPolicy,
    /// When tokens are renewed (AUTH-215).
    pub renewal: RenewalPolicy,
    /// The deadline of one protocol exchange.
    pub deadline: Duration,
    /// The deadline of one API call.
    pub api_deadline: Duration,
    /// The longest body of an API answer, in bytes; 16 MiB by default, for it is read whole before it is judged.
    pub api_body: usize,
    /// How far clocks may differ when tokens are verified, beyond the measured offset (AUTH-082).
    pub tolerance: Duration,
    /// Also accept the audience `DomainApi` of servers before 2023 (AUTH-077).
    pub legacy_audience: bool,
    /// Also accept access tokens of type `JWT` (AUTH-075).
    pub insecure_plain_jwt_type: bool,
    /// Send the client id with the suffix `-service`, as instances of 2022 to 2025 expect from applications that use
    /// both flows (AUTH-211, G18).
    pub legacy_service_suffix: bool,
    /// Which signature algorithms are accepted (AUTH-068: `RS256`), and which library verifies.
    pub signatures: SignatureRules,
    /// How many verified tokens are kept, so that a repeat costs no second RSA operation; zero for none.
    pub verified_tokens: usize,
    /// What is done with the access model's forecast of a call.
    pub preflight: Preflight,
    /// How the access model reads the open questions of the rules.
    pub readings: Readings,
    /// How it reads those about sessions and licences.
    pub sessions: SessionReadings,
    /// How long the site list is used before it is looked at again (AUTH-027).
    pub sites_ttl: Duration,
    /// How long metadata and keys are used before they are looked at again.
    pub metadata_ttl: Duration,
    /// How long anything discovered is used at most when looking again fails (AUTH-074).
    pub max_age: Duration,
    /// How often at most an unknown `kid` leads to a look at the keys (AUTH-073).
    pub key_refetch_every: Duration,
    /// How long a person may take to sign in (AUTH-166).
    pub attempt_life: Duration,
    /// How long a process may take to refresh a session that others share, before they take over.
    pub refresh_lease: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            authority: None,
            odata_root: None,
            origins: OriginRules::default(),
            endpoints: EndpointRules::default(),
            identity_origin: None,
            input_limits: InputLimits::default(),
            retry: RetryPolicy::default(),
            renewal: RenewalPolicy::default(),
            deadline: Duration::from_secs(30),
            api_deadline: Duration::from_secs(100),
            api_body: 16 * 1024 * 1024,
            tolerance: Duration::from_secs(60),
            legacy_audience: false,
            insecure_plain_jwt_type: false,
            legacy_service_suffix: false,
            signatures: SignatureRules::default(),
            verified_tokens: 1024,
            preflight: Preflight::default(),
            readings: Readings::default(),
            sessions: SessionReadings::default(),
            sites_ttl: Duration::from_secs(600),
            metadata_ttl: Duration::from_secs(3600),
            max_age: Duration::from_secs(24 * 3600),
            key_refetch_every: Duration::from_secs(300),
            attempt_life: Duration::from_secs(600),
            refresh_lease: Duration::from_secs(120),
        }
    }
}

impl ServiceApp {
    /// The application with this id (`ApplicationUri`) and secret, at this instance. It asks for `read` (AUTH-145).
    ///
    /// # Errors
    /// An error of kind [`Config`](crate::ErrorKind::Config) when id or secret are empty or malformed.
    pub fn new<I, S>(instance: Instance, client_id: I, secret: S) -> Result<Self, Error>
    where
        I: TryInto<ClientId>,
        I::Error: std::fmt::Display,
        S: TryInto<Secret>,
        S::Error: std::fmt::Display,
    {
        let client_id = client_id
            .try_into()
            .map_err(|error| Error::config(format!("client id: {error}")))?;
        let secret = secret
            .try_into()
            .map_err(|error| Error::config(format!("client secret: {error}")))?;
        let scopes = ServiceScopes::new(&erpnet_types::Scope::READ.into())?;
        Ok(Self {
            instance,
            client_id,
            secret,
            scopes,
            options: Options::default(),
        })
    }

    /// Asks for these scopes instead, space-delimited. They are always sent (AUTH-139).
    ///
    /// # Errors
    /// As [`ServiceScopes::new`].
    pub fn with_scopes(mut self, scopes: &str) -> Result<Self, Error> {
        let scopes =
            ScopeSet::parse(scopes).map_err(|error| Error::config(format!("scopes: {error}")))?;
        self.scopes = ServiceScopes::new(&scopes)?;
        Ok(self)
    }

    /// Changes options in place.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// The instance.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// The application's id.
    #[must_use]
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The scopes that are requested.
    #[must_use]
    pub fn scopes(&self) -> &ScopeSet {
        self.scopes.as_set()
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }
}

impl From<ServiceApp> for App {
    fn from(app: ServiceApp) -> Self {
        let ServiceApp {
            instance,
            client_id,
            secret,
            scopes,
            options,
        } = app;
        Self {
            instance,
            credential: Credential::Service {
                client_id,
                secret,
                scopes,
            },
            options,
        }
    }
}

/// The token is sent to its own instance and nowhere else (AUTH-043), as a bearer token (AUTH-232).
impl From<ReferenceToken> for App {
    fn from(token: ReferenceToken) -> Self {
        let instance = token.instance().clone();
        let credential = Credential::Reference {
            token,
            header: TokenHeader::Bearer,
            scopes: None,
        };
        Self {
            instance,
            credential,
            options: Options::default(),
        }
    }
}

impl App {
    /// Sends a reference token in another header (AUTH-230). A service's token always travels as a bearer token.
    #[must_use]
    pub fn with_token_header(mut self, to: TokenHeader) -> Self {
        if let Credential::Reference { header, .. } = &mut self.credential {
            *header = to;
        }
        self
    }

    /// States the scopes that a reference token was issued with, for better explanations: they cannot be read from it
    /// (AUTH-155, AUTH-238). A service's scopes are what the authority grants.
    #[must_use]
    pub fn with_stated_scopes(mut self, stated: ScopeSet) -> Self {
        if let Credential::Reference { scopes, .. } = &mut self.credential {
            *scopes = Some(stated);
        }
        self
    }

    /// Changes options in place.
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.options);
        self
    }

    /// The instance.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// The application's id; a reference token is used without one (AUTH-237).
    #[must_use]
    pub fn client_id(&self) -> Option<&ClientId> {
        match &self.credential {
            Credential::Service { client_id, .. } => Some(client_id),
            Credential::Reference { .. } => None,
        }
    }

    /// The options.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_145_read_is_the_default_and_odd_settings_are_named() {
        let demodb = || Instance::parse("demodb").unwrap();
        assert_eq!(
            ServiceApp::new(demodb(), "PK", "x")
                .unwrap()
                .scopes()
                .to_string(),
            "read"
        );
        let error = ServiceApp::new(demodb(), "PK", "hunter2\n").unwrap_err();
        assert!(
            error.to_string().starts_with("client secret: ")
                && !error.to_string().contains("hunter2")
        );
        assert!(
            ServiceApp::new(demodb(), "", "x")
                .unwrap_err()
                .to_string()
                .starts_with("client id: ")
        );
    }
}
