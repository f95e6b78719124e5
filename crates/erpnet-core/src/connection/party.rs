//! Who talks to which authority, and how: what a connection is made of.

use std::sync::Arc;

use erpnet_types::ClientId;

use super::api_token::has_user;
use super::app::{App, Credential, Options};
use crate::error::Error;
use crate::flow::SessionKey;
use crate::sign_in::{Home, IdentityApp, InteractiveApp, Registration};

/// One party of a conversation with an authority.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) home: Home,
    pub(crate) role: Role,
    pub(crate) options: Options,
}

/// What the party does there.
#[derive(Clone, Debug)]
pub(crate) enum Role {
    /// Calls APIs with a credential of its own.
    Calls(Credential),
    /// Signs users in.
    SignsIn(Arc<Registration>),
    /// Calls APIs as a user who signed in.
    User(Arc<Registration>, SessionKey),
}

impl From<App> for Party {
    fn from(app: App) -> Self {
        Self {
            home: Home::Instance(app.instance),
            role: Role::Calls(app.credential),
            options: app.options,
        }
    }
}

impl From<InteractiveApp> for Party {
    fn from(app: InteractiveApp) -> Self {
        Self {
            home: Home::Instance(app.instance),
            role: Role::SignsIn(Arc::new(app.registration)),
            options: app.options,
        }
    }
}

impl From<IdentityApp> for Party {
    fn from(app: IdentityApp) -> Self {
        Self {
            home: app.home,
            role: Role::SignsIn(Arc::new(app.registration)),
            options: app.options,
        }
    }
}

impl Party {
    /// The application's id; a reference token is used without one (AUTH-237).
    pub(crate) fn client_id(&self) -> Option<&ClientId> {
        match &self.role {
            Role::Calls(Credential::Service { client_id, .. }) => Some(client_id),
            Role::Calls(Credential::Reference { .. }) => None,
            Role::SignsIn(registration) | Role::User(registration, _) => {
                Some(&registration.client_id)
            }
        }
    }

    /// Whether its tokens act as a person, where that is known: what the Profile site asks for (AUTH-221, AUTH-244).
    pub(crate) fn has_user(&self) -> Option<bool> {
        match &self.role {
            Role::Calls(Credential::Service { .. }) => Some(false),
            Role::Calls(Credential::Reference { token, .. }) => has_user(token.kind()),
            Role::SignsIn(_) | Role::User(..) => Some(true),
        }
    }

    /// What it is registered with, where users sign in.
    pub(crate) fn registration(&self) -> Result<&Arc<Registration>, Error> {
        match &self.role {
            Role::SignsIn(registration) | Role::User(registration, _) => Ok(registration),
            Role::Calls(_) => Err(Error::config(
                "this application acts as itself: nobody signs in to it",
            )),
        }
    }

    /// A service's id as it is sent (AUTH-211).
    pub(crate) fn wire_client_id(&self, client_id: &ClientId) -> Result<ClientId, Error> {
        if !self.options.legacy_service_suffix {
            return Ok(client_id.clone());
        }
        ClientId::parse(&format!("{client_id}-service")).map_err(|error| {
            Error::config(format!("client id with the suffix `-service`: {error}"))
        })
    }

    /// Refuses what the authority would refuse without saying why (AUTH-086).
    pub(crate) fn check_input(&self) -> Result<(), Error> {
        let limits = &self.options.input_limits;
        match &self.role {
            Role::Calls(Credential::Service {
                client_id,
                secret,
                scopes,
            }) => limits.check(
                &self.wire_client_id(client_id)?,
                Some(secret),
                &scopes.to_string(),
            ),
            Role::Calls(Credential::Reference { .. }) => Ok(()),
            Role::SignsIn(registration) | Role::User(registration, _) => limits.check(
                &registration.client_id,
                registration.secret.as_ref(),
                &registration.scopes.to_string(),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ServiceApp;
    use erpnet_types::Instance;

    #[test]
    fn auth_211_the_suffix_is_exactly_service_and_off() {
        let app = ServiceApp::new(Instance::parse("demodb").unwrap(), "PK", "x").unwrap();
        let (app, id) = (App::from(app), ClientId::parse("PK").unwrap());
        assert_eq!(
            Party::from(app.clone())
                .wire_client_id(&id)
                .unwrap()
                .as_str(),
            "PK"
        );
        let old = Party::from(app.configure(|options| options.legacy_service_suffix = true));
        assert_eq!(old.wire_client_id(&id).unwrap().as_str(), "PK-service");
    }
}
