//! The taxonomy of AUTH-343, as one table.

use std::fmt;

/// What sort of failure it is: stable, the same in the library, the command line and the documentation (AUTH-343).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The application's own settings or its use of the library.
    Config,
    /// The Trusted Application record and the application do not fit.
    RegistrationMismatch,
    /// The user refused or closed the sign-in.
    UserCancelled,
    /// A person has to sign in again.
    ReauthRequired,
    /// The API does not accept the token.
    TokenRejected,
    /// The token is good; what it asks is not allowed.
    Forbidden,
    /// The server wants fewer requests.
    RateLimited,
    /// No licence slot is free, though the token is valid.
    LicenceExhausted,
    /// A business rule or a validation of the instance.
    Business,
    /// No usable answer came over the network.
    Transport,
    /// A write was sent and its answer was lost: it may or may not have happened.
    OutcomeUnknown,
    /// A check that protects the application failed: signature, issuer, origin, type.
    Security,
    /// The server answered, but not as the standards and the product's documentation say.
    Protocol,
    /// A site or service of the instance is absent or down.
    Unavailable,
    /// What was asked for does not exist.
    NotFound,
    /// The session store failed or is locked.
    Store,
    /// A defect of this library or of a driver.
    Defect,
}

/// Who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The developer of the application.
    Developer,
    /// An administrator of the instance.
    Administrator,
    /// The person at the screen.
    User,
    /// Whoever runs the network or the server; often only time.
    Operations,
}

/// One row: kind, name, who acts, exit code of the command line.
const TABLE: [(ErrorKind, &str, Fault, u8); 17] = [
    (ErrorKind::Config, "config", Fault::Developer, 2),
    (
        ErrorKind::RegistrationMismatch,
        "registration-mismatch",
        Fault::Administrator,
        4,
    ),
    (ErrorKind::UserCancelled, "user-cancelled", Fault::User, 3),
    (ErrorKind::ReauthRequired, "reauth-required", Fault::User, 3),
    (
        ErrorKind::TokenRejected,
        "token-rejected",
        Fault::Developer,
        4,
    ),
    (ErrorKind::Forbidden, "forbidden", Fault::Administrator, 4),
    (ErrorKind::RateLimited, "rate-limited", Fault::Operations, 4),
    (
        ErrorKind::LicenceExhausted,
        "licence-exhausted",
        Fault::Administrator,
        4,
    ),
    (ErrorKind::Business, "business", Fault::User, 4),
    (ErrorKind::Transport, "transport", Fault::Operations, 5),
    (
        ErrorKind::OutcomeUnknown,
        "outcome-unknown",
        Fault::Operations,
        5,
    ),
    (ErrorKind::Security, "security", Fault::Developer, 6),
    (ErrorKind::Protocol, "protocol", Fault::Operations, 5),
    (
        ErrorKind::Unavailable,
        "unavailable",
        Fault::Administrator,
        5,
    ),
    (ErrorKind::NotFound, "not-found", Fault::Developer, 4),
    (ErrorKind::Store, "store", Fault::Operations, 7),
    (ErrorKind::Defect, "defect", Fault::Developer, 1),
];

impl ErrorKind {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// The stable name, for logs and JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().map_or("other", |row| row.1)
    }

    /// Who can do something about it.
    #[must_use]
    pub fn fault(self) -> Fault {
        self.row().map_or(Fault::Operations, |row| row.2)
    }

    /// The exit code that a command ends with: 1 other, 2 usage, 3 sign-in needed, 4 refused, 5 network, 6 security check
    /// failed, 7 store.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        self.row().map_or(1, |row| row.3)
    }

    fn row(self) -> Option<&'static (Self, &'static str, Fault, u8)> {
        TABLE.iter().find(|row| row.0 == self)
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn auth_343_kinds_are_stable_and_complete() {
        let names: HashSet<_> = ErrorKind::all().map(ErrorKind::name).collect();
        assert_eq!(names.len(), TABLE.len());
        for kind in ErrorKind::all() {
            assert!((1..=7).contains(&kind.exit_code()), "{kind}");
        }
        assert_eq!(ErrorKind::ReauthRequired.exit_code(), 3);
        assert_eq!(ErrorKind::Security.exit_code(), 6);
    }
}
