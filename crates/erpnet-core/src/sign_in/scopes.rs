//! Which scopes a sign-in may ask for (section 6 of the rules).

use std::fmt;

use erpnet_types::{Scope, ScopeSet};

use crate::error::{Error, Reason};
use crate::token::ServiceScopes;

/// The scopes of an authorization request: always with `openid`, for every sign-in here ends with an ID token (AUTH-136,
/// AUTH-137), and never none (AUTH-141).
///
/// ```
/// use erpnet_core::sign_in::UserScopes;
/// use erpnet_types::ScopeSet;
///
/// assert_eq!(UserScopes::for_instance(&ScopeSet::parse("update")?)?.to_string(), "openid read update");
/// assert!(UserScopes::for_identity(&ScopeSet::parse("read")?).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserScopes(ScopeSet);

const WITH_A_SIGN_IN: &str = "when a user signs in";

impl UserScopes {
    /// For an application that calls the instance's APIs as the user. `update` brings `read` with it (AUTH-151, G19).
    ///
    /// # Errors
    /// [`Reason::ScopeRefused`] for `sec`, `DomainApi` and misspelt cases (AUTH-135, AUTH-146).
    pub fn for_instance(scopes: &ScopeSet) -> Result<Self, Error> {
        let resources = resources_of(scopes);
        let mut all = scopes.clone();
        if !resources.is_empty() {
            let checked = ServiceScopes::new(&resources).map_err(|error| in_a_sign_in(&error))?;
            for scope in checked.as_set() {
                all.insert(scope.clone());
            }
        }
        Self::with_openid(all)
    }

    /// For an application that only wants to know who somebody is: protocol scopes only. At the global authority there
    /// is nothing else (AUTH-050); a portal's users get no API access (AUTH-095, AUTH-152).
    ///
    /// # Errors
    /// [`Reason::ScopeRefused`] for every scope that is about an API.
    pub fn for_identity(scopes: &ScopeSet) -> Result<Self, Error> {
        match resources_of(scopes).iter().next() {
            None => Self::with_openid(scopes.clone()),
            Some(scope) => Err(Reason::ScopeRefused {
                scope: scope.to_string(),
                flow: "by an application that only identifies its users",
                why: "it is about an API of an instance",
            }
            .into()),
        }
    }

    fn with_openid(mut scopes: ScopeSet) -> Result<Self, Error> {
        scopes.insert(Scope::OPENID);
        Ok(Self(scopes))
    }

    /// The set that is requested.
    #[must_use]
    pub fn as_set(&self) -> &ScopeSet {
        &self.0
    }

    /// Whether an API is among them.
    #[must_use]
    pub fn has_resources(&self) -> bool {
        !resources_of(&self.0).is_empty()
    }
}

fn resources_of(scopes: &ScopeSet) -> ScopeSet {
    let mut resources = ScopeSet::empty();
    for scope in scopes.iter().filter(|scope| !scope.is_protocol()) {
        resources.insert(scope.clone());
    }
    resources
}

fn in_a_sign_in(error: &Error) -> Error {
    match error.reason() {
        Reason::ScopeRefused { scope, why, .. } => Reason::ScopeRefused {
            scope: scope.clone(),
            flow: WITH_A_SIGN_IN,
            why,
        }
        .into(),
        _ => error.clone(),
    }
}

impl fmt::Display for UserScopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> ScopeSet {
        ScopeSet::parse(text).unwrap()
    }

    #[test]
    fn auth_136_137_141_151_openid_is_always_there() {
        let of = |text: &str| UserScopes::for_instance(&set(text)).map(|scopes| scopes.to_string());
        assert_eq!(of("").unwrap(), "openid");
        assert_eq!(of("profile read").unwrap(), "openid profile read");
        assert_eq!(of("update").unwrap(), "openid read update");
        for refused in ["sec", "DomainApi", "Read", "openid UPDATE"] {
            let error = of(refused).unwrap_err();
            assert!(
                matches!(error.reason(), Reason::ScopeRefused { flow, .. } if *flow == WITH_A_SIGN_IN),
                "{error}"
            );
        }
    }

    #[test]
    fn auth_050_152_identity_is_without_api() {
        let of = |text: &str| UserScopes::for_identity(&set(text));
        assert_eq!(of("profile").unwrap().to_string(), "openid profile");
        assert!(!of("profile").unwrap().has_resources());
        for refused in ["read", "update", "openid sec", "x"] {
            assert!(of(refused).is_err(), "{refused}");
        }
    }
}
