//! The Trusted Application: what an instance knows about an application (section 5 of the rules).
//!
//! [`TrustedApplication::from_json`] reads a record as the Domain API spells it, keeps what it cannot read, and
//! reports every [`Problem`] at once; [`TrustedApplication::to_json`] writes it back without loss.

mod field;
mod hash;
mod read;
mod time;
mod values;
mod write;

use serde_json::{Map, Value};

pub use field::Field;
pub use hash::HashText;
pub use read::{Parsed, Problem};
pub use values::{
    Authorization, ClientType, DateText, MultiText, RedirectList, ReferenceTokenPolicy, SystemUser,
};

use crate::scopes::ScopeFlags;

/// The width of the two redirect columns, in characters (AUTH-119).
pub const MAX_REDIRECT_LIST: usize = 500;

/// The longest redirect URI that IdentityServer4 takes by default, in characters (AUTH-086).
pub const MAX_REDIRECT_URI: usize = 400;

/// The longest client id that IdentityServer4 takes by default, in characters (AUTH-112).
pub const MAX_SAFE_CLIENT_ID: usize = 100;

/// The width of `AdditionalDataJson`, in characters.
pub const MAX_ADDITIONAL_DATA: usize = 32_000;

/// The entity set of the record at the Domain API.
pub const ENTITY_SET: &str = "Systems_Security_TrustedApplications";

/// A Trusted Application record: `Systems_Security_TrustedApplications`.
///
/// Fields carry the names of the attributes. The defaults are those of the data model, so a record that leaves a
/// member out means the same here as at the instance.
///
/// ```
/// use erpnet_access::{ClientType, TrustedApplication};
///
/// let parsed = TrustedApplication::from_json_str(r#"{"ApplicationUri": "com.example/app", "IsEnabled": "yes"}"#);
/// assert_eq!(parsed.record.application_uri, "com.example/app");
/// assert_eq!(parsed.record.client_type, ClientType::Confidential);
/// assert_eq!(parsed.problems[0].to_string(), "at `IsEnabled`: expected true or false, found the text `yes`");
/// // What could not be read is not lost.
/// assert_eq!(parsed.record.to_json()["IsEnabled"], "yes");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TrustedApplication {
    /// `Id`: the record's key, a GUID.
    pub id: Option<String>,
    /// `ApplicationUri`: the OAuth `client_id`, compared byte by byte (AUTH-110, G61).
    pub application_uri: String,
    /// `Name`: for display only.
    pub name: MultiText,
    /// `ClientType`: whether the application can keep a secret.
    pub client_type: ClientType,
    /// `ApplicationSecretHash`: base64 of the SHA-256 of the secret (AUTH-113).
    pub application_secret_hash: Option<HashText>,
    /// `IsEnabled`: the kill switch (AUTH-124).
    pub is_enabled: bool,
    /// `ImpersonateAsInternalUserAllowed`: internal users may sign in.
    pub impersonate_as_internal_user_allowed: bool,
    /// `ImpersonateAsCommunityUserAllowed`: external users may sign in.
    pub impersonate_as_community_user_allowed: bool,
    /// `ImpersonateLoginUrl`: the redirect URIs, comma-separated (AUTH-118).
    pub impersonate_login_url: RedirectList,
    /// `ImpersonateLogoutUrl`: the post-logout redirect URIs, comma-separated (AUTH-118).
    pub impersonate_logout_url: RedirectList,
    /// `SystemUserAllowed`: enables client credentials and SATs (AUTH-122).
    pub system_user_allowed: bool,
    /// `SystemUser`: whom service calls act as.
    pub system_user: Option<SystemUser>,
    /// `SystemUserLoginUrl`: reserved, unused.
    pub system_user_login_url: Option<String>,
    /// `Scope`: the ceiling of grantable scopes, space-delimited (AUTH-125). Kept as it is written.
    pub scope: String,
    /// `ReferenceTokens`, before 26.2.1.66 `AccessTokens`: who may issue PATs and SATs (AUTH-109, AUTH-126, G03).
    pub reference_tokens: ReferenceTokenPolicy,
    /// `BasicAuthenticationAllowed`: legacy (AUTH-128).
    pub basic_authentication_allowed: bool,
    /// `CreationTimeUtc`: set by the instance.
    pub creation_time_utc: Option<DateText>,
    /// `Notes`.
    pub notes: Option<String>,
    /// `Authorizations`: kept and shown, never consulted, for nothing says how they are enforced (G58).
    pub authorizations: Vec<Authorization>,
    /// `ObjectVersion`: changes with each write; compare for equality only (AUTH-286).
    pub object_version: Option<i64>,
    /// `ExternalId`.
    pub external_id: Option<String>,
    /// `ExternalSystem`.
    pub external_system: Option<String>,
    /// `AggregateLastUpdateTimeUtc`: set by the instance.
    pub aggregate_last_update_time_utc: Option<DateText>,
    /// `AdditionalDataJson`: at most 32 000 characters.
    pub additional_data_json: Option<String>,
    /// `DisplayText`: calculated by the instance.
    pub display_text: Option<String>,
    /// Members that this version does not know, and members that could not be read, as they came.
    pub other: Map<String, Value>,
    /// How it was written: which members were there, under which names.
    pub(crate) written: write::Written,
}

impl TrustedApplication {
    /// A record with the data model's defaults: confidential, enabled, nothing allowed.
    #[must_use]
    pub fn new(application_uri: impl Into<String>) -> Self {
        Self {
            application_uri: application_uri.into(),
            ..Self::blank()
        }
    }

    fn blank() -> Self {
        Self {
            id: None,
            application_uri: String::new(),
            name: MultiText::default(),
            client_type: ClientType::Confidential,
            application_secret_hash: None,
            is_enabled: true,
            impersonate_as_internal_user_allowed: false,
            impersonate_as_community_user_allowed: false,
            impersonate_login_url: RedirectList::default(),
            impersonate_logout_url: RedirectList::default(),
            system_user_allowed: false,
            system_user: None,
            system_user_login_url: None,
            scope: String::new(),
            reference_tokens: ReferenceTokenPolicy::None,
            basic_authentication_allowed: false,
            creation_time_utc: None,
            notes: None,
            authorizations: Vec::new(),
            object_version: None,
            external_id: None,
            external_system: None,
            aggregate_last_update_time_utc: None,
            additional_data_json: None,
            display_text: None,
            other: Map::new(),
            written: write::Written::default(),
        }
    }

    /// The configured scopes as bits. Names that ERP.net does not define are [`ScopeFlags::OTHER`].
    #[must_use]
    pub fn scope_flags(&self) -> ScopeFlags {
        ScopeFlags::from_text(&self.scope)
    }

    /// The configured scope names, as written.
    pub fn scope_names(&self) -> impl Iterator<Item = &str> {
        self.scope.split_whitespace()
    }

    /// Whether any kind of user may sign in.
    #[must_use]
    pub const fn allows_sign_in(&self) -> bool {
        self.impersonate_as_internal_user_allowed || self.impersonate_as_community_user_allowed
    }

    /// Adds scopes to the ceiling, without duplicates.
    pub fn add_scopes(&mut self, scopes: ScopeFlags) {
        for name in scopes
            .without(self.scope_flags())
            .without(ScopeFlags::OTHER)
            .names()
        {
            if !self.scope.is_empty() {
                self.scope.push(' ');
            }
            self.scope.push_str(name);
        }
    }
}

impl Default for TrustedApplication {
    fn default() -> Self {
        Self::blank()
    }
}
