//! What the web examples share and an application has already: pages, and sessions of its own.

mod answer;
mod page;
mod session;

use axum::http::HeaderMap;
use axum::http::header::COOKIE;

pub use answer::Answer;
pub use page::{Page, STYLE, redirect, style};
pub use session::{MAX_SESSIONS, SESSION_LIFE, Sessions, random_name};

/// The request's cookies: several headers are joined, as HTTP/2 sends them.
#[must_use]
pub fn cookies(headers: &HeaderMap) -> String {
    let values = headers.get_all(COOKIE).into_iter();
    let texts: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
    texts.join("; ")
}
