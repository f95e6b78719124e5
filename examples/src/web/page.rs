//! Pages whose parts are texts: whatever is shown is escaped here, and no handler writes HTML.

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use erpnet::{Error, Row};

/// Where the style sheet is.
pub const STYLE: &str = "/style.css";

const SHEET: &str = include_str!("style.css");

/// No script, no frame around the page, nothing from elsewhere. Forms may lead to the authority, so `form-action` is not
/// restricted: browsers apply it to redirects as well.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'";

/// A page, put together from the top.
#[derive(Debug)]
#[must_use]
pub struct Page {
    status: StatusCode,
    place: &'static str,
    title: String,
    person: Option<String>,
    body: String,
}

impl Page {
    /// A page of this application with this title.
    pub fn new(place: &'static str, title: &str) -> Self {
        Self {
            status: StatusCode::OK,
            place,
            title: title.to_owned(),
            person: None,
            body: String::new(),
        }
    }

    /// An error: what happened, and what to do.
    pub fn error(place: &'static str, error: &Error) -> Self {
        let mut page = Self::new(place, "That did not work");
        page.status = StatusCode::from_u16(match error.kind() {
            erpnet::ErrorKind::Transport
            | erpnet::ErrorKind::Protocol
            | erpnet::ErrorKind::Unavailable => 502,
            _ => 400,
        })
        .unwrap_or_default();
        let message = escape(&sentence(&error.to_string()));
        let advice = escape(&sentence(&error.advice()));
        page.body = format!(
            "<p class=\"bad\" role=\"alert\">{message}</p>\n<p><strong>What to do:</strong> {advice}</p>\n"
        );
        page
    }

    /// With the name of the person who is signed in, and a button to sign out. It is a form that is posted, which other
    /// sites cannot send with the session's cookie.
    pub fn signed_in(mut self, name: &str) -> Self {
        self.person = Some(name.to_owned());
        self
    }

    /// Adds a paragraph.
    pub fn text(mut self, text: &str) -> Self {
        self.body += &format!("<p>{}</p>\n", escape(text));
        self
    }

    /// Adds names with values; those without a value are left out.
    pub fn facts(mut self, facts: &[(&str, Option<&str>)]) -> Self {
        self.body += "<dl>\n";
        for (name, value) in facts {
            if let Some(value) = value {
                self.body += &format!("<dt>{}</dt><dd>{}</dd>\n", escape(name), escape(value));
            }
        }
        self.body += "</dl>\n";
        self
    }

    /// Adds members of rows as a table.
    pub fn table(mut self, caption: &str, columns: &[(&str, &str)], rows: &[Row]) -> Self {
        let heads = columns
            .iter()
            .map(|(_, head)| format!("<th scope=\"col\">{}</th>", escape(head)));
        let heads: String = heads.collect();
        let caption = escape(caption);
        self.body += &format!(
            "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\n\
             <table>\n<caption>{caption}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n"
        );
        for row in rows {
            let cells = columns.iter().map(|(name, _)| {
                let text = row.get(*name).map(cell).unwrap_or_default();
                format!("<td>{}</td>", escape(&text))
            });
            self.body += &format!("<tr>{}</tr>\n", cells.collect::<String>());
        }
        self.body += "</tbody>\n</table>\n</div>\n";
        self
    }

    /// Adds a link that looks like a button.
    pub fn link(mut self, label: &str, to: &str) -> Self {
        let (label, to) = (escape(label), escape(to));
        self.body += &format!("<a class=\"button\" href=\"{to}\">{label}</a>\n");
        self
    }

    fn write(&self) -> String {
        let (place, title, body) = (escape(self.place), escape(&self.title), &self.body);
        let person = self.person.as_deref().map_or_else(String::new, |name| {
            format!(
                "<form method=\"post\" action=\"/sign-out\"><span>{}</span> <button>Sign out</button></form>",
                escape(name)
            )
        });
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
             <link rel=\"stylesheet\" href=\"{STYLE}\">\n<title>{title} - {place}</title>\n</head>\n<body>\n\
             <header><a href=\"/\">{place}</a>{person}</header>\n<main>\n<h1>{title}</h1>\n{body}</main>\n\
             </body>\n</html>\n"
        )
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, "text/html; charset=utf-8"),
            (CONTENT_SECURITY_POLICY, POLICY),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (CACHE_CONTROL, "no-store"),
        ];
        (self.status, headers, self.write()).into_response()
    }
}

/// `GET /style.css`.
pub async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], SHEET)
}

/// Sends the browser elsewhere, by GET, with these cookies.
pub fn redirect<'a>(to: &str, set_cookies: impl IntoIterator<Item = &'a str>) -> Response {
    let mut headers = HeaderMap::new();
    let value = |text: &str| HeaderValue::try_from(text).ok();
    if let Some(to) = value(to) {
        headers.insert(LOCATION, to);
    }
    for cookie in set_cookies.into_iter().filter_map(value) {
        headers.append(SET_COOKIE, cookie);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// A value of a row, as people read it.
fn cell(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        // A date without a time of day (AUTH-287).
        serde_json::Value::String(text) => text.replace("T00:00:00Z", ""),
        other => other.to_string(),
    }
}

/// Messages begin small and have no full stop, for logs.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_shown_is_escaped() {
        let evil = "<script>alert('x')</script>\"&";
        let row = Row::from_iter([("A".to_owned(), evil.into())]);
        let html = Page::new("App", evil)
            .signed_in(evil)
            .text(evil)
            .facts(&[(evil, Some(evil))])
            .table(evil, &[("A", evil)], &[row])
            .link(evil, evil)
            .write();
        assert!(!html.contains("<script") && !html.contains("'x'"));
        let shown = "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;";
        assert_eq!(html.matches(shown).count(), 12);
    }
}
