//! What can go wrong when a sandbox is set up. Answers over HTTP are not errors of this kind.

use erpnet_types::{ClientId, ClientIdError, SecretError};

/// Why the sandbox could not do what it was told. Never holds a secret or a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The server could not be started.
    #[error("cannot start the sandbox server")]
    Start(#[source] std::io::Error),
    /// The certificates could not be made.
    #[error("cannot make the sandbox's certificates: {reason}")]
    Certificates {
        /// What the certificate library said.
        reason: String,
    },
    /// An application URI that cannot be a client id.
    #[error("cannot use the application uri as client id")]
    ApplicationUri(#[from] ClientIdError),
    /// A secret that cannot be used.
    #[error("cannot use the given secret")]
    Secret(#[from] SecretError),
    /// The application URI is taken: it is unique in an instance (AUTH-110).
    #[error("expected a new application uri, `{client_id}` is registered already")]
    AlreadyRegistered {
        /// The id that is taken.
        client_id: ClientId,
    },
    /// No such application.
    #[error("expected a registered application, found none with client id `{client_id}`")]
    UnknownApplication {
        /// The id asked for.
        client_id: ClientId,
    },
    /// No such published key.
    #[error("expected the kid of a published key, found `{kid}`")]
    UnknownKey {
        /// The kid asked for.
        kid: String,
    },
    /// The instance would not issue this reference token (AUTH-126, AUTH-155).
    #[error("the instance does not issue this reference token: {reason}")]
    NotIssued {
        /// Which condition is not met.
        reason: &'static str,
    },
    /// The login or the id of a user is taken or empty, or the id was changed.
    #[error("expected a new login and id, `{login}` cannot be used")]
    UserExists {
        /// The login.
        login: String,
    },
    /// No such user.
    #[error("expected the login of a user, found none with login `{login}`")]
    UnknownUser {
        /// The login asked for.
        login: String,
    },
    /// A sign-in ended without a callback, on a page of the identity service (AUTH-172).
    #[error("the sign-in stopped at a page: {page}")]
    NoCallback {
        /// What the page says, in one line.
        page: String,
    },
    /// The sandbox's own browser could not talk to a server.
    #[error("the browser of the sandbox cannot open the url: {reason}")]
    Browser {
        /// What went wrong. Never holds a URL.
        reason: String,
    },
    /// The system has no random numbers.
    #[error("the system's random number generator failed")]
    Random,
}
