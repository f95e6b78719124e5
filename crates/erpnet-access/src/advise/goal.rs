//! What somebody wants.

use serde::Serialize;

/// What is wanted of the instance's APIs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiNeed {
    /// Nothing: the sign-in is all.
    None,
    /// To read.
    #[default]
    Read,
    /// To read and write.
    ReadWrite,
}

/// Whom calls are to run as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActsAs {
    /// Whatever suits.
    #[default]
    Either,
    /// A person, with that person's rights and history.
    User,
    /// The application, with the rights of its system user.
    Application,
}

/// What somebody wants, in the words of the decision table of section 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Goal {
    /// Users sign in.
    pub signs_users_in: bool,
    /// A backend keeps a secret.
    pub has_backend: bool,
    /// Work runs when no user is there.
    pub unattended: bool,
    /// External (community) users are among those who sign in.
    pub external_users: bool,
    /// What is wanted of the APIs.
    pub api: ApiNeed,
    /// Whom calls run as.
    pub calls_as: ActsAs,
    /// OAuth can be done: there is code of one's own. Not so in a tool that only takes a header.
    pub oauth_practical: bool,
    /// Large amounts are read: BI, reporting, backup.
    pub bulk: bool,
    /// Users stay signed in beyond the hour that an access token lives.
    pub stays_signed_in: bool,
}

impl Goal {
    /// To call the APIs, nothing else said: OAuth is practical, nobody signs in, there is no backend.
    #[must_use]
    pub const fn calls(api: ApiNeed) -> Self {
        Self {
            signs_users_in: false,
            has_backend: false,
            unattended: false,
            external_users: false,
            api,
            calls_as: ActsAs::Either,
            oauth_practical: true,
            bulk: false,
            stays_signed_in: false,
        }
    }
}
