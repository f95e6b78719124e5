//! Reference tokens, personal and service: who gets one, and what it is worth today (section 9 of the rules).

use std::collections::HashMap;

use erpnet_types::{ClientId, ReferenceTokenKind, Timestamp};

use crate::application::{Application, ReferenceTokenPolicy};
use crate::error::SandboxError;
use crate::random;

/// Who asks for a reference token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A signed-in user without administrator rights.
    User,
    /// An administrator.
    Administrator,
}

/// What the instance remembers about a token that it issued; the value itself is kept as a hash only (AUTH-236).
#[derive(Clone)]
pub(crate) struct Issued {
    pub(crate) client_id: ClientId,
    pub(crate) kind: ReferenceTokenKind,
    pub(crate) caller: Caller,
    /// Whom a personal token acts as.
    pub(crate) user_id: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) expires: Timestamp,
}

/// The tokens in force, by the hash of their value.
#[derive(Default)]
pub(crate) struct ReferenceTokens(HashMap<[u8; 32], Issued>);

impl ReferenceTokens {
    /// Issues a token: `enrt_` and 64 upper-case hex digits (AUTH-229).
    pub(crate) fn issue(&mut self, issued: Issued) -> Result<String, SandboxError> {
        let value = format!("enrt_{}", random::upper_hex(&random::bytes::<32>()?));
        self.0.insert(random::sha256(value.as_bytes()), issued);
        Ok(value)
    }

    pub(crate) fn find(&self, value: &str) -> Option<&Issued> {
        self.0.get(&random::sha256(value.as_bytes()))
    }

    /// Takes a token out of force at once (AUTH-241); whether it was in force.
    pub(crate) fn revoke(&mut self, value: &str) -> bool {
        self.0.remove(&random::sha256(value.as_bytes())).is_some()
    }
}

/// Whether the record allows this caller this kind of token: the matrix of section 9 (AUTH-126), and the conditions
/// beside it. Asked when a token is issued and on every use of it (AUTH-242).
///
/// G42: whether administrators may issue service tokens under `AuthenticatedUsers` is documented both ways;
/// `admins_issue_service_tokens` decides.
pub(crate) fn permits(
    app: &Application,
    kind: ReferenceTokenKind,
    caller: Caller,
    admins_issue_service_tokens: bool,
) -> Result<(), &'static str> {
    use Caller::{Administrator, User};
    use ReferenceTokenKind::{Personal, Service, Unknown};
    use ReferenceTokenPolicy::{AdministratorsOnly, AuthenticatedUsers};

    if !app.enabled {
        return Err("the application is disabled");
    }
    if kind == Service && app.acting_system_user().is_none() {
        return Err("the application has no system user, or may not use it");
    }
    match (app.reference_tokens, caller, kind) {
        (_, _, Unknown) => Err("the kind must be personal or service"),
        (AuthenticatedUsers, _, Personal) | (AdministratorsOnly, Administrator, _) => Ok(()),
        (AuthenticatedUsers, Administrator, Service) if admins_issue_service_tokens => Ok(()),
        (ReferenceTokenPolicy::None, _, _) => Err("the policy allows nobody to issue tokens"),
        (AuthenticatedUsers | AdministratorsOnly, User, Service) => {
            Err("only administrators issue service tokens")
        }
        (AdministratorsOnly, User, Personal) => Err("the policy allows administrators only"),
        (AuthenticatedUsers, Administrator, Service) => {
            Err("service tokens need the policy for administrators")
        }
    }
}

/// Whether scopes can be put into a token: at least one, each a resource scope of the record (AUTH-155).
pub(crate) fn permits_scopes(app: &Application, scopes: &[String]) -> Result<(), &'static str> {
    let within = |scope: &String| ["read", "update"].contains(&scope.as_str()) && app.allows(scope);
    match scopes {
        [] => Err("at least one scope is needed"),
        scopes if scopes.iter().all(within) => Ok(()),
        _ => Err("a scope is not `read` or `update`, or not within the application's scope"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Caller::{Administrator, User};
    use ReferenceTokenKind::{Personal, Service, Unknown};
    use ReferenceTokenPolicy::{AdministratorsOnly, AuthenticatedUsers};

    #[test]
    fn auth_126_the_whole_matrix_g42() {
        let none = ReferenceTokenPolicy::None;
        for (policy, caller, kind, strict, lenient) in [
            (none, User, Personal, false, false),
            (none, User, Service, false, false),
            (none, Administrator, Personal, false, false),
            (none, Administrator, Service, false, false),
            (AuthenticatedUsers, User, Personal, true, true),
            (AuthenticatedUsers, User, Service, false, false),
            (AuthenticatedUsers, Administrator, Personal, true, true),
            (AuthenticatedUsers, Administrator, Service, false, true),
            (AdministratorsOnly, User, Personal, false, false),
            (AdministratorsOnly, User, Service, false, false),
            (AdministratorsOnly, Administrator, Personal, true, true),
            (AdministratorsOnly, Administrator, Service, true, true),
        ] {
            let app = Application::service("a").reference_tokens(policy);
            let case = format!("{policy:?} {caller:?} {kind:?}");
            assert_eq!(permits(&app, kind, caller, false).is_ok(), strict, "{case}");
            assert_eq!(permits(&app, kind, caller, true).is_ok(), lenient, "{case}");
        }
    }

    #[test]
    fn auth_126_132_conditions_beside_the_matrix() {
        let mut app = Application::automation("a");
        assert!(permits(&app, Unknown, Administrator, false).is_err());
        app.system_user = None;
        assert!(permits(&app, Service, Administrator, false).is_err());
        assert!(permits(&app, Personal, Administrator, false).is_ok());
        app.enabled = false;
        assert!(permits(&app, Personal, Administrator, false).is_err());
    }

    #[test]
    fn auth_155_scopes_lie_within_the_record() {
        let app = Application::automation("a").scopes("read sec openid");
        let check = |scopes: &[&str]| {
            let scopes: Vec<_> = scopes.iter().map(|&s| s.to_owned()).collect();
            permits_scopes(&app, &scopes).is_ok()
        };
        assert!(check(&["read"]));
        for bad in [
            &[][..],
            &["update"],
            &["read", "update"],
            &["sec"],
            &["openid"],
            &["Read"],
        ] {
            assert!(!check(bad), "{bad:?}");
        }
    }
}
