//! Users, their sessions and tokens, and the browser to sign them in with: the part of [`Sandbox`] about people.

use serde_json::{Map, Value, json};

use crate::browser::{Browser, Callback};
use crate::error::SandboxError;
use crate::identity::sign_ins::RefreshToken;
use crate::jwt;
use crate::sandbox::Sandbox;
use crate::state::lock;
use crate::user::User;
use crate::users::unknown;

impl Sandbox {
    /// Starts a global authority beside an instance, with the defaults of [`Builder::global`](crate::Builder::global).
    ///
    /// ```
    /// use erpnet_sandbox::{Application, Sandbox};
    ///
    /// let global = Sandbox::start_global()?;
    /// let client = global.register(Application::central("com.example/sso", "http://127.0.0.1:5000/cb"))?;
    /// assert!(global.issuer().ends_with("/id"));
    /// # Ok::<(), erpnet_sandbox::SandboxError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Builder::start`](crate::Builder::start).
    pub fn start_global() -> Result<Self, SandboxError> {
        Self::builder().global().start()
    }

    /// Adds a user.
    ///
    /// # Errors
    /// [`SandboxError::UserExists`].
    pub fn add_user(&self, user: User) -> Result<(), SandboxError> {
        lock(&self.state.users).add(user)
    }

    /// Changes a user, at once. `change` must not call the sandbox. A new password, and disabling the user, end the
    /// user's sessions and refresh tokens (AUTH-197).
    ///
    /// # Errors
    /// [`SandboxError::UnknownUser`]; [`SandboxError::UserExists`] for a login that is taken or a changed id.
    pub fn update_user(
        &self,
        login: &str,
        change: impl FnOnce(&mut User),
    ) -> Result<(), SandboxError> {
        let (before, after) = lock(&self.state.users).update(login, change)?;
        if before.password != after.password || !after.is_active {
            lock(&self.state.sign_ins).end_all_of(&after.id);
        }
        Ok(())
    }

    /// Removes a user, and returns the record.
    ///
    /// # Errors
    /// [`SandboxError::UnknownUser`].
    pub fn remove_user(&self, login: &str) -> Result<User, SandboxError> {
        let user = lock(&self.state.users).remove(login)?;
        lock(&self.state.sign_ins).end_all_of(&user.id);
        Ok(user)
    }

    /// A user as they are now.
    #[must_use]
    pub fn user(&self, login: &str) -> Option<User> {
        lock(&self.state.users).find(login).cloned()
    }

    /// All users, by login.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        lock(&self.state.users).all().cloned().collect()
    }

    /// Ends a session by its `sid`, as signing out does: its refresh tokens stop working, its access tokens do not
    /// (AUTH-203). Whether there was one.
    pub fn end_session(&self, sid: &str) -> bool {
        lock(&self.state.sign_ins).end(sid)
    }

    /// Revokes all refresh tokens of a user, as the user can on the Profile site (AUTH-198); how many there were.
    ///
    /// # Errors
    /// [`SandboxError::UnknownUser`].
    pub fn revoke_refresh_tokens(&self, login: &str) -> Result<usize, SandboxError> {
        let user = self.user(login).ok_or_else(|| unknown(login))?;
        let mut sign_ins = lock(&self.state.sign_ins);
        let other = |token: &RefreshToken| token.sign_in.session.user_id != user.id;
        Ok(sign_ins.refresh_tokens.retain(other))
    }

    /// A browser without cookies, to be used by a test.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self.root_url(), self.ca_pem())
    }

    /// Does a person's part: opens an authorization URL in a fresh browser, signs in as a user of the sandbox, gives
    /// consent if asked, and returns what the application would receive.
    ///
    /// ```
    /// use erpnet_sandbox::{Application, INTERNAL_USER, Sandbox};
    ///
    /// let sandbox = Sandbox::start()?;
    /// sandbox.register(Application::web("com.example/web", "https://app.example/cb"))?;
    /// let url = format!(
    ///     "{}/connect/authorize?client_id=com.example%2Fweb&redirect_uri=https%3A%2F%2Fapp.example%2Fcb\
    ///      &response_type=code&scope=openid+read&state=af0ifjsldkj",
    ///     sandbox.issuer(),
    /// );
    /// let callback = sandbox.sign_in_as(INTERNAL_USER, &url)?;
    /// assert_eq!(callback.parameter("state").as_deref(), Some("af0ifjsldkj"));
    /// assert!(callback.parameter("code").is_some());
    /// # Ok::<(), erpnet_sandbox::SandboxError>(())
    /// ```
    ///
    /// # Errors
    /// [`SandboxError::UnknownUser`]; [`SandboxError::NoCallback`] when the sign-in ends on a page, with what it says;
    /// [`SandboxError::Browser`].
    pub fn sign_in_as(&self, login: &str, authorize_url: &str) -> Result<Callback, SandboxError> {
        let user = self.user(login).ok_or_else(|| unknown(login))?;
        self.browser().sign_in(authorize_url, login, &user.password)
    }

    /// Signs any claims, with the current key, as an ID token. Members of `header_overrides` replace those of the
    /// header (`alg`, `kid`, `typ`), `null` takes one away; the signature stays what it is.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "claims are written in place")]
    pub fn sign_id_token(&self, header_overrides: Value, claims: Value) -> String {
        let mut header = Map::from_iter([("typ".to_owned(), json!("JWT"))]);
        if let Value::Object(overrides) = header_overrides {
            header.extend(overrides);
        }
        let key = lock(&self.state.keys).current();
        jwt::sign(&key, Value::Object(header), &claims)
    }
}
