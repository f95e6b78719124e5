//! Pages for people: templates whose values are escaped, one layout, and headers that keep pages to themselves.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{
    CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, StatusCode};

use crate::random;
use crate::reply::Reply;

const PAGE: &str = include_str!("pages/page.html");
const STYLE: &str = include_str!("pages/style.css");

/// The one script there is: it sends the form of a `form_post` answer.
pub(crate) const SUBMIT: &str = "document.forms[0].submit()";

/// No script but [`SUBMIT`], no frame around the page (AUTH-051). `form-action` is left out on purpose: browsers apply
/// it to the redirects after a form too, and those end at the application.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = |text: &str| STANDARD.encode(random::sha256(text.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
        hash(STYLE.trim_end()),
        hash(SUBMIT),
    );
    HeaderValue::try_from(policy).expect("a policy has only visible characters")
});

/// A value for a template: a text to be escaped, or HTML made by a template.
#[derive(Clone, Copy)]
pub(crate) enum Part<'a> {
    Text(&'a str),
    Html(&'a str),
}

/// Makes a text safe in elements and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Fills `{{name}}` in a template. Values are not searched for names.
pub(crate) fn fill(template: &str, values: &[(&str, Part<'_>)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        let value = values.iter().find(|(known, _)| *known == name);
        debug_assert!(value.is_some(), "a template asks for {name}");
        match value {
            Some((_, Part::Text(text))) => out.push_str(&escape(text)),
            Some((_, Part::Html(html))) => out.push_str(html),
            None => {}
        }
        rest = after;
    }
    out.push_str(rest);
    out.trim_end().to_owned()
}

/// A whole page, which is not stored and not framed.
pub(crate) fn page(status: StatusCode, title: &str, body: &str) -> Reply {
    page_of("ERP.net sandbox", status, title, body)
}

/// A page that names another place.
pub(crate) fn page_of(place: &str, status: StatusCode, title: &str, body: &str) -> Reply {
    let values = [
        ("title", Part::Text(title)),
        ("place", Part::Text(place)),
        ("style", Part::Html(STYLE.trim_end())),
        ("body", Part::Html(body)),
    ];
    let mut reply = Reply::new(status, "text/html; charset=utf-8", fill(PAGE, &values))
        .with(X_FRAME_OPTIONS, "DENY")
        .with(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .with(REFERRER_POLICY, "no-referrer")
        .no_store();
    reply
        .headers
        .insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_html_reads_is_escaped() {
        assert_eq!(
            escape("<a href='x' title=\"y\">&amp;\u{e9}</a>"),
            "&lt;a href=&#39;x&#39; title=&quot;y&quot;&gt;&amp;amp;\u{e9}&lt;/a&gt;"
        );
        let filled = fill(
            "[{{a}}|{{b}}]",
            &[("a", Part::Text("{{b}}<")), ("b", Part::Html("<i>"))],
        );
        assert_eq!(filled, "[{{b}}&lt;|<i>]");
    }

    proptest::proptest! {
        #[test]
        fn no_text_leaves_its_element_or_attribute(text in ".*") {
            let escaped = escape(&text);
            proptest::prop_assert!(!escaped.contains(['<', '>', '"', '\'']));
            let back = escaped
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&amp;", "&");
            proptest::prop_assert_eq!(back, text);
        }
    }

    #[test]
    fn auth_051_pages_are_neither_framed_nor_stored() {
        let reply = page(StatusCode::OK, "a & b", "<p>x</p>");
        let header = |name| reply.headers[name].to_str().unwrap();
        assert_eq!(header(X_FRAME_OPTIONS), "DENY");
        assert!(header(CONTENT_SECURITY_POLICY).contains("frame-ancestors 'none'"));
        assert!(header(http::header::CACHE_CONTROL).contains("no-store"));
        let body = String::from_utf8(reply.body.to_vec()).unwrap();
        assert!(body.contains("<title>a &amp; b - ERP.net sandbox</title>"));
    }
}
