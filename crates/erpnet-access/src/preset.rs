//! Records for each type of application (table "required settings per type"), free of lints.

use erpnet_types::SecretHash;

use crate::record::{
    ClientType, HashText, MultiText, RedirectList, ReferenceTokenPolicy, SystemUser,
    TrustedApplication,
};
use crate::scopes::ScopeFlags;

/// The types of applications (section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// Runs where users are: browser, phone, desktop. Keeps no secret.
    Spa,
    /// A web application with a backend, calling the APIs as its users.
    Web,
    /// Signs users in, perhaps external ones, and calls the APIs as itself.
    Portal,
    /// Both at once: as its users, and as itself in background jobs.
    Hybrid,
    /// Unattended, by client credentials.
    Service,
    /// Unattended, by a PAT: acts as the person who issued it.
    AutomationPersonal,
    /// Unattended, by a SAT: acts as the system user.
    AutomationService,
    /// Signs users in with their ERP.net account and calls no API: registered at the global authority.
    GlobalSignIn,
}

impl ApplicationType {
    /// Every type.
    pub const ALL: [Self; 8] = [
        Self::Spa,
        Self::Web,
        Self::Portal,
        Self::Hybrid,
        Self::Service,
        Self::AutomationPersonal,
        Self::AutomationService,
        Self::GlobalSignIn,
    ];

    /// A phrase for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spa => "SPA, native or mobile application",
            Self::Web => "web application with a backend",
            Self::Portal => "portal",
            Self::Hybrid => "web application with background jobs",
            Self::Service => "service",
            Self::AutomationPersonal => "automation with a personal access token",
            Self::AutomationService => "automation with a service access token",
            Self::GlobalSignIn => "single sign-on only",
        }
    }
}

/// A record in the making: what its type needs is asked for at once, the rest is optional.
///
/// ```
/// use erpnet_access::{LintContext, Preset, lint};
///
/// let record = Preset::spa("com.example/app", "https://app.example/callback")
///     .named("Example")
///     .logout("https://app.example/")
///     .writes()
///     .record();
/// assert_eq!(record.scope, "read update");
/// assert_eq!(lint(&record, &LintContext::default()), []);
/// ```
#[derive(Clone, Debug)]
pub struct Preset {
    kind: ApplicationType,
    record: TrustedApplication,
}

impl Preset {
    fn new(kind: ApplicationType, uri: &str, client_type: ClientType) -> Self {
        let mut record = TrustedApplication::new(uri);
        record.name = MultiText::from(uri);
        record.client_type = client_type;
        // AUTH-145: the minimum.
        record.add_scopes(ScopeFlags::READ);
        Self { kind, record }
    }

    fn confidential(kind: ApplicationType, uri: &str, hash: SecretHash) -> Self {
        let mut preset = Self::new(kind, uri, ClientType::Confidential);
        preset.record.application_secret_hash = Some(HashText::from(hash));
        preset
    }

    fn with_sign_in(mut self, redirect_uri: &str) -> Self {
        self.record.impersonate_as_internal_user_allowed = true;
        self.record.impersonate_login_url = RedirectList::new(redirect_uri);
        self
    }

    /// AUTH-122, AUTH-123: the system user is dedicated, with few rights.
    fn with_system_user(mut self, system_user: SystemUser) -> Self {
        self.record.system_user_allowed = true;
        self.record.system_user = Some(system_user);
        self
    }

    /// A SPA, native or mobile application (AUTH-093).
    #[must_use]
    pub fn spa(uri: &str, redirect_uri: &str) -> Self {
        Self::new(ApplicationType::Spa, uri, ClientType::Public).with_sign_in(redirect_uri)
    }

    /// A web application with a backend (AUTH-094).
    #[must_use]
    pub fn web(uri: &str, hash: SecretHash, redirect_uri: &str) -> Self {
        Self::confidential(ApplicationType::Web, uri, hash).with_sign_in(redirect_uri)
    }

    /// A portal: users sign in for identity, the application calls (AUTH-095).
    #[must_use]
    pub fn portal(
        uri: &str,
        hash: SecretHash,
        redirect_uri: &str,
        system_user: SystemUser,
    ) -> Self {
        Self::confidential(ApplicationType::Portal, uri, hash)
            .with_sign_in(redirect_uri)
            .with_system_user(system_user)
    }

    /// A web application with background jobs (AUTH-099).
    #[must_use]
    pub fn hybrid(
        uri: &str,
        hash: SecretHash,
        redirect_uri: &str,
        system_user: SystemUser,
    ) -> Self {
        Self {
            kind: ApplicationType::Hybrid,
            ..Self::portal(uri, hash, redirect_uri, system_user)
        }
    }

    /// A service (AUTH-096). No flag for sign-ins (G16).
    #[must_use]
    pub fn service(uri: &str, hash: SecretHash, system_user: SystemUser) -> Self {
        Self::confidential(ApplicationType::Service, uri, hash).with_system_user(system_user)
    }

    /// Automation as a person: PATs, no secret (AUTH-132). Of the policies that work, the narrower (AUTH-127).
    #[must_use]
    pub fn automation_personal(uri: &str) -> Self {
        let mut preset = Self::new(
            ApplicationType::AutomationPersonal,
            uri,
            ClientType::Confidential,
        );
        preset.record.reference_tokens = ReferenceTokenPolicy::AdministratorsOnly;
        preset
    }

    /// Automation as the system user: SATs (AUTH-392, G42).
    #[must_use]
    pub fn automation_service(uri: &str, hash: SecretHash, system_user: SystemUser) -> Self {
        let mut preset = Self::confidential(ApplicationType::AutomationService, uri, hash)
            .with_system_user(system_user);
        preset.record.reference_tokens = ReferenceTokenPolicy::AdministratorsOnly;
        preset
    }

    /// Single sign-on through the global authority: what to submit by ticket (AUTH-047, AUTH-048).
    #[must_use]
    pub fn global_sign_in(uri: &str, hash: SecretHash, callback: &str) -> Self {
        let mut preset =
            Self::confidential(ApplicationType::GlobalSignIn, uri, hash).with_sign_in(callback);
        preset.record.impersonate_as_community_user_allowed = true;
        preset.record.scope.clear();
        preset
    }

    /// The name to show.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.record.name = MultiText::from(name);
        self
    }

    /// A further redirect URI, exactly as it will be sent (AUTH-118).
    #[must_use]
    pub fn also_redirects(mut self, uri: &str) -> Self {
        self.record.impersonate_login_url.push(uri);
        self
    }

    /// A post-logout redirect URI.
    #[must_use]
    pub fn logout(mut self, uri: &str) -> Self {
        self.record.impersonate_logout_url.push(uri);
        self
    }

    /// The application writes: `update` beside `read` (AUTH-151, G19). Nothing to change for single sign-on.
    #[must_use]
    pub fn writes(mut self) -> Self {
        if self.kind != ApplicationType::GlobalSignIn {
            self.record.add_scopes(ScopeFlags::RESOURCE);
        }
        self
    }

    /// External users sign in, too: for portals and web applications with background jobs, where the application
    /// calls as itself (AUTH-092). Other types stay as they are.
    #[must_use]
    pub fn with_external_users(mut self) -> Self {
        if matches!(self.kind, ApplicationType::Portal | ApplicationType::Hybrid) {
            self.record.impersonate_as_community_user_allowed = true;
        }
        self
    }

    /// Any signed-in user may issue PATs (AUTH-126). TA-L22 warns.
    #[must_use]
    pub fn any_user_issues(mut self) -> Self {
        if self.kind == ApplicationType::AutomationPersonal {
            self.record.reference_tokens = ReferenceTokenPolicy::AuthenticatedUsers;
        }
        self
    }

    /// The type.
    #[must_use]
    pub const fn kind(&self) -> ApplicationType {
        self.kind
    }

    /// The record.
    #[must_use]
    pub fn record(self) -> TrustedApplication {
        self.record
    }
}
