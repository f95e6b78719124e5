//! The scopes of an authorization request (section 6 of the rules).

use super::stop::Stop;
use crate::application::{Application, ClientType};
use crate::identity::API_SCOPES;
use crate::identity::form::Form;
use crate::identity::limits::{MAX_SCOPE_LEN, fits};
use crate::state::State;
use crate::user::User;

/// The scopes of a request, all of them grantable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requested {
    /// `openid` and `profile`, in the order asked for.
    pub(crate) identity: Vec<String>,
    /// Scopes of APIs, in the order asked for.
    pub(crate) api: Vec<String>,
    /// `offline_access`.
    pub(crate) offline: bool,
}

impl Requested {
    pub(crate) fn has_openid(&self) -> bool {
        self.identity.iter().any(|scope| scope == "openid")
    }

    /// What this user gets: external users no API (AUTH-152). `offline_access` comes last.
    pub(crate) fn granted_to(&self, user: &User) -> Vec<String> {
        let api = if user.is_community() {
            &[][..]
        } else {
            &self.api
        };
        let offline = self.offline.then(|| "offline_access".to_owned());
        let scopes = self.identity.iter().chain(api).cloned();
        scopes.chain(offline).collect()
    }
}

/// All scopes that are asked for, or a stop (AUTH-141, AUTH-142).
pub(super) fn requested(
    state: &State,
    app: &Application,
    form: &Form,
    hybrid: bool,
) -> Result<Requested, Stop> {
    let asked = form
        .get("scope")
        .ok_or_else(|| Stop::request("Invalid scope: missing"))?;
    if !fits(asked, MAX_SCOPE_LEN) {
        return Err(Stop::request("Invalid scope: longer than 300 characters"));
    }
    let mut scopes = Requested {
        identity: Vec::new(),
        api: Vec::new(),
        offline: false,
    };
    for scope in asked.split(' ').filter(|scope| !scope.is_empty()) {
        let list = match scope {
            "openid" | "profile" => &mut scopes.identity,
            "offline_access" => {
                scopes.offline = true;
                continue;
            }
            _ if !state.is_global() && API_SCOPES.contains(&scope) && app.allows(scope) => {
                &mut scopes.api
            }
            _ => {
                let problem =
                    format!("Invalid scope: {scope} is not within the scope of the application");
                return Err(Stop::new("invalid_scope", problem).field("Scope"));
            }
        };
        if !list.iter().any(|known| known == scope) {
            list.push(scope.to_owned());
        }
    }
    // AUTH-137
    if !scopes.has_openid() && hybrid {
        return Err(Stop::request(
            "Missing openid scope: code id_token needs it",
        ));
    }
    if !scopes.has_openid() && !scopes.identity.is_empty() {
        let problem = "Identity related scope requests, but no openid scope";
        return Err(Stop::new("invalid_scope", problem));
    }
    if scopes.identity.is_empty() && scopes.api.is_empty() {
        return Err(Stop::new(
            "invalid_scope",
            "Invalid scope: offline_access alone is nothing",
        ));
    }
    // G04: public applications get no refresh token, and their sign-in goes on without (AUTH-190).
    let public = app.client_type == ClientType::Public;
    scopes.offline &= !public || state.options.sign_in.public_refresh_tokens;
    Ok(scopes)
}
