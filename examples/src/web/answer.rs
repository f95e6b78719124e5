//! The authority's answer, taken from the request that brought it.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::Method;
use axum::response::{IntoResponse, Response};
use erpnet::Callback;

use super::page::Page;

/// What the browser brought to the redirect URI: in the query, or as the form that it posted. Which of the two was asked
/// for is known to the sign-in, which takes no other.
#[derive(Debug)]
pub struct Answer(pub Callback);

impl<S: Send + Sync> FromRequest<S> for Answer {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let callback = if request.method() == Method::POST {
            let form = Bytes::from_request(request, state).await;
            Callback::from_form(&form.map_err(IntoResponse::into_response)?)
        } else {
            Callback::from_query(request.uri().query().unwrap_or_default())
        };
        callback
            .map(Self)
            .map_err(|error| Page::error("Sign-in", &error).into_response())
    }
}
