//! The people of an instance: who can sign in, and what tokens and the Profile site say about them.

use std::fmt;

use subtle::ConstantTimeEq;

use crate::random;

/// The login of an internal user that every sandbox has from the start: Maria Petrova, no administrator.
pub const INTERNAL_USER: &str = "maria";

/// The login of an administrator that every sandbox has from the start.
pub const ADMIN_USER: &str = "admin";

/// The login of an external (community) user that every sandbox has from the start: identified, but without access to
/// any API (AUTH-092).
pub const COMMUNITY_USER: &str = "customer@example.com";

/// The password of the users that every sandbox has, and of others until they get one of their own.
pub const DEFAULT_PASSWORD: &str = "sandbox";

/// Somebody who can sign in.
///
/// ```
/// use erpnet_sandbox::{Sandbox, User};
///
/// let sandbox = Sandbox::start()?;
/// sandbox.add_user(User::internal("ivan").password("correct horse").locale("bg"))?;
/// sandbox.add_user(User::community("anna@example.com").name("Anna"))?;
/// # Ok::<(), erpnet_sandbox::SandboxError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// `id`: the GUID, which never changes (AUTH-252).
    pub id: String,
    /// The login name: `sub` of tokens. Compared ordinally.
    pub login: String,
    /// The password, as given: nothing in a sandbox is worth protecting. `Debug` does not show it.
    pub password: String,
    /// The display name.
    pub name: String,
    /// The e-mail address, by which external providers find the user (AUTH-205).
    pub email: Option<String>,
    /// Whether the address is verified.
    pub email_verified: bool,
    /// The `UserType`, for example `InternalUser` or `ExternalCommunityUser` (AUTH-254).
    pub user_type: String,
    /// Whether the user is an administrator.
    pub is_admin: bool,
    /// Whether the user may sign in at all.
    pub is_active: bool,
    /// The language: `en`, `bg`, or a culture such as `en-US` (AUTH-262).
    pub locale: String,
}

impl User {
    /// A user of the company. The id follows from the login.
    #[must_use]
    pub fn internal(login: impl Into<String>) -> Self {
        let login = login.into();
        let email = if login.contains('@') {
            login.clone()
        } else {
            format!("{login}@example.com")
        };
        Self {
            id: random::guid_of(&login),
            name: login.clone(),
            email: Some(email),
            login,
            password: DEFAULT_PASSWORD.to_owned(),
            email_verified: false,
            user_type: "InternalUser".to_owned(),
            is_admin: false,
            is_active: true,
            locale: "en".to_owned(),
        }
    }

    /// A user from outside: a customer in a portal.
    #[must_use]
    pub fn community(login: impl Into<String>) -> Self {
        Self {
            user_type: "ExternalCommunityUser".to_owned(),
            ..Self::internal(login)
        }
    }

    /// Sets the password.
    #[must_use]
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = password.into();
        self
    }

    /// Sets the display name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the e-mail address.
    #[must_use]
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// Sets the language.
    #[must_use]
    pub fn locale(mut self, locale: impl Into<String>) -> Self {
        self.locale = locale.into();
        self
    }

    /// Makes the user an administrator.
    #[must_use]
    pub fn admin(mut self) -> Self {
        self.is_admin = true;
        self
    }

    /// Whether the user comes from outside (AUTH-092).
    pub(crate) fn is_community(&self) -> bool {
        self.user_type == "ExternalCommunityUser"
    }

    pub(crate) fn has_password(&self, given: &str) -> bool {
        self.password.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

/// Without the password.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("login", &self.login)
            .field("user_type", &self.user_type)
            .field("is_admin", &self.is_admin)
            .field("is_active", &self.is_active)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_passwords() {
        let user = User::internal("a").password("hush");
        assert!(!format!("{user:?}").contains("hush"));
        assert!(user.has_password("hush") && !user.has_password("Hush") && !user.has_password(""));
    }
}
