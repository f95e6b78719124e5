//! How the Domain API says no: HTTP 500 with JSON (AUTH-273, AUTH-274), 404 for what is not there.

use http::StatusCode;
use serde_json::{Value, json};

use crate::reply::Reply;

/// The type that documented errors carry.
const SERVER_EXCEPTION: &str =
    "Aloe.EnterpriseOne.Server.ServerAPI.Exceptions.EnterpriseOneServerException";

/// Why a call to the Domain API does not succeed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The request is not understood, or asks for what the sandbox cannot do.
    Query(String),
    /// The data do not allow it.
    Business(String),
    /// There is no such thing.
    NotFound(String),
    /// The method is not one for this resource.
    Method,
}

impl Failure {
    pub(crate) fn reply(&self) -> Reply {
        let error = |members: Value| json!({ "error": members });
        match self {
            Self::Query(message) => Reply::json(
                StatusCode::INTERNAL_SERVER_ERROR,
                &error(json!({ "message": message })),
            ),
            Self::Business(message) => Reply::json(
                StatusCode::INTERNAL_SERVER_ERROR,
                &error(json!({
                    "message": format!("An error occurred while saving data to the database\r\n{message}"),
                    "code": 2029,
                    "type": SERVER_EXCEPTION,
                    "info": "...skipped",
                    "messageFormat": null,
                    "parameters": null,
                })),
            ),
            Self::NotFound(message) => {
                Reply::json(StatusCode::NOT_FOUND, &error(json!({ "message": message })))
            }
            Self::Method => Reply::json(
                StatusCode::METHOD_NOT_ALLOWED,
                &error(json!({ "message": "this resource does not support the method" })),
            ),
        }
    }
}
