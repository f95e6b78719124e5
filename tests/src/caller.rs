//! One face for all clients: an action in, a comparable value out.

use erpnet::{Client, Error, Reason, Row, blocking};
use serde_json::{Value, json};

/// What a caller asks of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `sites`
    Sites,
    /// `provider`
    Provider,
    /// `token`
    Token,
    /// `verified_token`
    VerifiedToken,
    /// `verify`
    Verify(String),
    /// `get`
    Get(String),
    /// `post`
    Post(String, Row),
    /// `forget_token`
    Forget,
}

/// A client with its runtime, whichever they are.
pub trait Caller: Send + Sync {
    /// Carries an action out, and says what came as JSON, the same for every driver.
    ///
    /// # Errors
    /// The client's own.
    fn call(&self, action: &Action) -> Result<Value, Error>;
}

macro_rules! carry_out {
    ($client:expr, $action:expr $(, $wait:tt)?) => {
        Ok(match $action {
            Action::Sites => {
                let sites = $client.sites()$(.$wait)??;
                json!({ "sites": sites.sites().len(), "host": sites.host() })
            }
            Action::Provider => {
                let provider = $client.provider()$(.$wait)??;
                json!({ "issuer": provider.issuer, "token_endpoint": provider.token_endpoint.to_string() })
            }
            Action::Token => {
                let token = $client.token()$(.$wait)??;
                json!({ "number": token.generation(), "scopes": token.scopes().map(ToString::to_string).unwrap_or_default(), "withheld": token.withheld().to_string() })
            }
            Action::VerifiedToken => {
                let token = $client.verified_token()$(.$wait)??;
                json!({
                    "scopes": token.scopes().to_string(), "client_id": token.client_id(), "sub": token.subject(),
                })
            }
            Action::Verify(token) => {
                let token = $client.verify(token)$(.$wait)??;
                json!({ "scopes": token.scopes().to_string(), "client_id": token.client_id() })
            }
            Action::Get(path) => Value::Object($client.get::<Row>(path)$(.$wait)??),
            Action::Post(path, body) => Value::Object($client.post::<_, Row>(path, body)$(.$wait)??),
            Action::Forget => {
                $client.forget_token();
                Value::Null
            }
        })
    };
}

/// Carries an action out with a blocking client.
///
/// # Errors
/// The client's own.
pub fn carry_out_blocking(client: &blocking::Client, action: &Action) -> Result<Value, Error> {
    carry_out!(client, action)
}

/// Carries an action out with an async client.
///
/// # Errors
/// The client's own.
pub async fn carry_out(client: &Client, action: &Action) -> Result<Value, Error> {
    carry_out!(client, action, await)
}

impl Caller for blocking::Client {
    fn call(&self, action: &Action) -> Result<Value, Error> {
        carry_out_blocking(self, action)
    }
}

/// The name of the variant: `NotAnIdentityServer`.
#[must_use]
pub fn reason_name(reason: &Reason) -> String {
    let shown = format!("{reason:?}");
    let end = shown.find(|c: char| !c.is_alphanumeric());
    shown[..end.unwrap_or(shown.len())].to_owned()
}

/// A result as JSON: the value, or kind, reason and text of the error. Texts of HTTP libraries are left out, for they
/// differ.
#[must_use]
pub fn as_json(result: &Result<Value, Error>) -> Value {
    let error = match result {
        Ok(value) => return json!({ "ok": value }),
        Err(error) => error,
    };
    let mut shown = json!({ "kind": error.kind().name(), "reason": reason_name(error.reason()) });
    match error.reason() {
        Reason::Transport(lost) | Reason::OutcomeUnknown(lost) => {
            shown["transport"] = json!(format!("{:?}", lost.kind()));
        }
        _ => shown["says"] = json!(error.to_string()),
    }
    if let Reason::OAuth(verdict) = error.reason() {
        shown["code"] = json!(verdict.code());
    }
    json!({ "error": shown })
}
