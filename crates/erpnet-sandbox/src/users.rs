//! The users of an instance, by login.

use std::collections::BTreeMap;

use crate::error::SandboxError;
use crate::user::{ADMIN_USER, COMMUNITY_USER, INTERNAL_USER, User};

/// The users, by login.
pub(crate) struct Users(BTreeMap<String, User>);

impl Default for Users {
    fn default() -> Self {
        let users = [
            User::internal(INTERNAL_USER).name("Maria Petrova"),
            User::internal(ADMIN_USER).name("Administrator").admin(),
            User::community(COMMUNITY_USER).name("Chris Customer"),
        ];
        Self(users.map(|user| (user.login.clone(), user)).into())
    }
}

impl Users {
    pub(crate) fn add(&mut self, user: User) -> Result<(), SandboxError> {
        let login = user.login.clone();
        let same = |known: &User| known.login == login || known.id == user.id;
        if login.trim().is_empty() || self.0.values().any(same) {
            return Err(SandboxError::UserExists { login });
        }
        self.0.insert(login, user);
        Ok(())
    }

    /// Changes a user; the user before and after.
    pub(crate) fn update(
        &mut self,
        login: &str,
        change: impl FnOnce(&mut User),
    ) -> Result<(User, User), SandboxError> {
        let before = self.find(login).cloned().ok_or_else(|| unknown(login))?;
        let mut after = before.clone();
        change(&mut after);
        let taken = after.login != login && self.0.contains_key(&after.login);
        if taken || after.id != before.id {
            return Err(SandboxError::UserExists { login: after.login });
        }
        self.0.remove(login);
        self.0.insert(after.login.clone(), after.clone());
        Ok((before, after))
    }

    pub(crate) fn remove(&mut self, login: &str) -> Result<User, SandboxError> {
        self.0.remove(login).ok_or_else(|| unknown(login))
    }

    pub(crate) fn find(&self, login: &str) -> Option<&User> {
        self.0.get(login)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &User> {
        self.0.values()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&User> {
        self.0.values().find(|user| user.id == id)
    }

    /// The user with an e-mail address, in any case (AUTH-205).
    pub(crate) fn by_email(&self, email: &str) -> Option<&User> {
        let matches = |known: &String| known.eq_ignore_ascii_case(email);
        self.0
            .values()
            .find(|user| user.email.as_ref().is_some_and(matches))
    }
}

pub(crate) fn unknown(login: &str) -> SandboxError {
    SandboxError::UnknownUser {
        login: login.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    #[test]
    fn logins_and_ids_are_unique() {
        let mut users = Users::default();
        let twice = |users: &mut Users, user| {
            matches!(users.add(user), Err(SandboxError::UserExists { .. }))
        };
        assert!(twice(&mut users, User::internal(INTERNAL_USER)));
        assert!(twice(&mut users, User::internal(" ")));
        let mut same_id = User::internal("other");
        same_id.id = random::guid_of(INTERNAL_USER);
        assert!(twice(&mut users, same_id));
        assert!(users.add(User::internal("MARIA")).is_ok());
    }

    #[test]
    fn auth_252_a_rename_keeps_the_id() {
        let mut users = Users::default();
        let (before, after) = users
            .update("maria", |user| user.login = "mpetrova".into())
            .unwrap();
        assert_eq!(before.id, after.id);
        assert!(users.find("maria").is_none());
        assert_eq!(users.by_id(&before.id).unwrap().login, "mpetrova");
        assert!(
            users
                .update("mpetrova", |user| user.login = "admin".into())
                .is_err()
        );
        assert!(
            users
                .update("mpetrova", |user| user.id = "x".into())
                .is_err()
        );
        assert!(users.update("maria", |_| ()).is_err());
        assert_eq!(
            users.by_email("CUSTOMER@example.com").unwrap().login,
            COMMUNITY_USER
        );
    }
}
