//! The pages of the identity service, by name. Their texts are templates beside this file.

use http::StatusCode;

use super::authorize::stop::Stop;
use super::html::{Part, SUBMIT, fill, page, page_of};
use crate::reply::Reply;

/// A request that cannot go on (AUTH-172). The status is 400, so that scripts notice too.
pub(crate) fn stopped(stop: &Stop) -> Reply {
    let field = stop.field.map(|field| {
        fill(
            include_str!("pages/field.html"),
            &[("field", Part::Text(field))],
        )
    });
    let values = [
        ("problem", Part::Text(&stop.problem)),
        ("error", Part::Text(stop.error)),
        ("field", Part::Html(field.as_deref().unwrap_or_default())),
    ];
    let body = fill(include_str!("pages/stopped.html"), &values);
    page(StatusCode::BAD_REQUEST, "The sign-in cannot go on", &body)
}

/// The login form.
pub(crate) struct Login<'a> {
    pub(crate) app: &'a str,
    pub(crate) return_url: &'a str,
    pub(crate) token: &'a str,
    pub(crate) login: &'a str,
    pub(crate) external: &'a str,
    pub(crate) problem: Option<&'a str>,
}

pub(crate) fn login(form: &Login<'_>) -> Reply {
    let problem = form.problem.map(|problem| {
        fill(
            include_str!("pages/problem.html"),
            &[("problem", Part::Text(problem))],
        )
    });
    // Fields that nobody has filled in are not wrong.
    let invalid = match problem {
        Some(_) if !form.login.is_empty() => "aria-invalid=\"true\" aria-describedby=\"problem\"",
        _ => "",
    };
    let (focus_login, focus_password) = if form.login.is_empty() {
        ("autofocus", "")
    } else {
        ("", "autofocus")
    };
    let values = [
        ("app", Part::Text(form.app)),
        ("return_url", Part::Text(form.return_url)),
        ("token", Part::Text(form.token)),
        ("login", Part::Text(form.login)),
        ("external", Part::Text(form.external)),
        (
            "problem",
            Part::Html(problem.as_deref().unwrap_or_default()),
        ),
        ("invalid", Part::Html(invalid)),
        ("focus_login", Part::Html(focus_login)),
        ("focus_password", Part::Html(focus_password)),
    ];
    let title = if problem.is_some() {
        "Error: sign in"
    } else {
        "Sign in"
    };
    page(
        StatusCode::OK,
        title,
        &fill(include_str!("pages/login.html"), &values),
    )
}

/// The form that carries an answer to the application, by itself or at the press of a button (OAuth 2.0 Form Post
/// Response Mode).
pub(crate) fn form_post<'a>(
    action: &str,
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Reply {
    let fields: Vec<_> = pairs
        .into_iter()
        .map(|(name, value)| {
            let values = [("name", Part::Text(name)), ("value", Part::Text(value))];
            fill(include_str!("pages/hidden.html"), &values)
        })
        .collect();
    let values = [
        ("action", Part::Text(action)),
        ("fields", Part::Html(&fields.join("\n"))),
        ("script", Part::Html(SUBMIT)),
    ];
    let body = fill(include_str!("pages/form_post.html"), &values);
    page(StatusCode::OK, "Going back to the application", &body)
}

/// Asks whether an application may.
pub(crate) fn consent(
    app: &str,
    user: &str,
    scopes: &[String],
    return_url: &str,
    token: &str,
) -> Reply {
    let meaning = |scope: &str| match scope {
        "openid" => "Know who you are",
        "profile" => "Know your name and e-mail address",
        "read" => "Read data as you",
        "update" => "Create, change and delete data as you",
        "offline_access" => "Do so while you are away",
        _ => "Use a part of the instance as you",
    };
    let scopes = scopes.iter().map(|scope| {
        let values = [
            ("meaning", Part::Text(meaning(scope))),
            ("scope", Part::Text(scope)),
        ];
        fill(include_str!("pages/scope.html"), &values)
    });
    let scopes: Vec<_> = scopes.collect();
    let values = [
        ("app", Part::Text(app)),
        ("user", Part::Text(user)),
        ("scopes", Part::Html(&scopes.join("\n"))),
        ("return_url", Part::Text(return_url)),
        ("token", Part::Text(token)),
    ];
    page(
        StatusCode::OK,
        "Allow access",
        &fill(include_str!("pages/consent.html"), &values),
    )
}

/// The page of the simulated external provider.
pub(crate) fn provider(state: &str) -> Reply {
    let body = fill(
        include_str!("pages/provider.html"),
        &[("state", Part::Text(state))],
    );
    page_of("Example IdP", StatusCode::OK, "Sign in", &body)
}

/// Asks whether to sign out.
pub(crate) fn sign_out(login: &str, token: &str) -> Reply {
    let values = [("login", Part::Text(login)), ("token", Part::Text(token))];
    page(
        StatusCode::OK,
        "Sign out",
        &fill(include_str!("pages/sign_out.html"), &values),
    )
}

pub(crate) fn signed_out() -> Reply {
    page(
        StatusCode::OK,
        "Signed out",
        include_str!("pages/signed_out.html"),
    )
}
