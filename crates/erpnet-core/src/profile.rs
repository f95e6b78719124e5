//! `/me` of the Profile site: the user that a token acts as, with a stable id (AUTH-301..303).

use erpnet_access::UserType;
use erpnet_types::Instance;
use serde::Deserialize;
use url::Url;

use crate::api::ApiReply;
use crate::error::{Error, Reason, clean_text};
use crate::id_token::Identity;
use crate::site::with_slash;

/// The answer to [`ApiRequest::me`](crate::api::ApiRequest::me). Works with a user's token and with a PAT; internal and
/// external community users alike (AUTH-302). Fields that a later version adds are passed over.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ProfileMe {
    /// The stable id, a GUID (AUTH-252).
    pub id: String,
    /// The login name, which can change.
    pub login: String,
    /// The name to show.
    pub name: String,
    /// The e-mail address; whether it is verified is not said (AUTH-261).
    pub email: Option<String>,
    /// The telephone number.
    pub phone_number: Option<String>,
    /// Whether the user is an administrator: for display, never the ground of a right (AUTH-251).
    pub is_admin: Option<bool>,
    /// Whether the user may sign in.
    pub is_active: Option<bool>,
    /// The kind of user, as it came: [`ProfileMe::user_type`] reads it (AUTH-254).
    #[serde(rename = "userType")]
    pub user_type_name: Option<String>,
    /// The language that the user prefers: `en`.
    pub preferred_language: Option<String>,
    /// The picture, 64 pixels wide.
    pub picture_url: Option<String>,
    /// The picture, 128 pixels wide.
    pub large_picture_url: Option<String>,
    /// The person behind the user.
    pub person: Option<ProfileReference>,
    /// The user's domain.
    pub domain: Option<ProfileReference>,
    /// The instance that answered.
    pub instance: ProfileInstance,
    /// Pages of the Profile site.
    pub links: Option<ProfileLinks>,
}

/// A record that the user belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ProfileReference {
    /// Its id, a GUID.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
}

/// The instance that answered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ProfileInstance {
    /// The database, for display (AUTH-259).
    pub database: Option<String>,
    /// The root URL.
    pub url: String,
}

/// Pages of the Profile site, to send a browser to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ProfileLinks {
    /// The profile.
    pub profile: Option<String>,
    /// Where the password is changed.
    pub change_password: Option<String>,
    /// Where PATs and refresh tokens are listed and revoked (AUTH-198).
    pub access_tokens: Option<String>,
    /// The devices.
    pub devices: Option<String>,
}

impl ProfileMe {
    /// Reads the answer, and holds the instance that it names against the one that was asked (AUTH-303).
    ///
    /// # Errors
    /// [`Reason::NotJson`] when it has another shape, [`Reason::ForeignToken`] when another instance answered.
    pub fn read(reply: &ApiReply, instance: &Instance) -> Result<Self, Error> {
        let me: Self = reply.json()?;
        let same = Url::parse(&me.instance.url)
            .is_ok_and(|url| with_slash(url) == with_slash(instance.root_url().clone()));
        if same {
            return Ok(me);
        }
        Err(Reason::ForeignToken {
            expected: instance.to_string(),
            found: clean_text(&me.instance.url, 200),
        }
        .into())
    }

    /// Who it is, for the issuer that the user signed in at (AUTH-052).
    #[must_use]
    pub fn identity(&self, issuer: &str) -> Identity {
        Identity::new(issuer, Some(&self.id), &*self.login)
    }

    /// The kind of user (AUTH-254).
    #[must_use]
    pub fn user_type(&self) -> UserType {
        self.user_type_name
            .as_deref()
            .map_or(UserType::NotStated, UserType::from_name)
    }
}
