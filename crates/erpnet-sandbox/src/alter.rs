//! Documents on order: what a broken or hostile identity service makes of its tokens, callbacks and answers.

use serde_json::{Map, Value};

/// What the identity service makes, and a [`Fault::Alter`](crate::Fault::Alter) can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// The claims of the ID token in the callback of `code id_token`.
    FrontChannelIdToken,
    /// The claims of the ID token that a code is exchanged for.
    IdToken,
    /// The claims of the ID token in the answer to a refresh.
    RefreshedIdToken,
    /// The claims of an access token.
    AccessToken,
    /// The parameters of a callback (`code`, `state`, `error`...). An array is a parameter that is there several times.
    Callback,
    /// The members of a successful answer of the token endpoint.
    TokenAnswer,
    /// The members of an answer of the userinfo endpoint.
    Userinfo,
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Headers are overrides of the usual one, so `null` stays, to take a member away there.
pub(crate) fn merge_header(overrides: &mut Value, changes: &Map<String, Value>) {
    if let Value::Object(members) = overrides {
        members.extend(changes.clone());
    }
}

/// Adds and replaces members; `null` takes one away.
pub(crate) fn merge(value: &mut Value, changes: &Map<String, Value>) {
    if let Value::Object(members) = value {
        members.extend(changes.clone());
        members.retain(|name, value| !(value.is_null() && changes.contains_key(name)));
    }
}
