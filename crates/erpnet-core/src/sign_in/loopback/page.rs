//! The pages that a listener shows: static, without script, readable in light and dark, by eye and by ear.

/// What a page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page<'a> {
    /// The awaited answer came.
    Received,
    /// The awaited answer says that the user refused (AUTH-174).
    Cancelled,
    /// The awaited answer is another error, or holds nothing usable.
    Failed(Option<&'a str>),
    /// The awaited answer came before.
    Again,
    /// Looks like an answer, is not the awaited one.
    NotAwaited,
    /// Anything else.
    Other(&'static str),
}

pub(super) const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#4a525c;--ground:#f4f5f7;--sheet:#fff;--edge:#d5d9de}\
@media(prefers-color-scheme:dark){:root{--ink:#eef0f2;--soft:#b6bdc6;--ground:#15181c;--sheet:#20252b;--edge:#3a424b}}\
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--ink);\
font:1rem/1.5 system-ui,sans-serif}\
main{box-sizing:border-box;max-width:30rem;margin:1rem;padding:2rem;background:var(--sheet);\
border:1px solid var(--edge);border-radius:.5rem}\
h1{margin:0 0 .75rem;font-size:1.4rem;line-height:1.25}\
p{margin:.5rem 0 0;color:var(--soft);overflow-wrap:anywhere}\
code{color:var(--ink);font-size:1em}";

/// The hash that lets exactly [`STYLE`] through the policy: base64 of its SHA-256.
pub(super) const STYLE_HASH: &str = "ZKgR+Pm9d4Fdp82PP8MMNnDgRL+XkjvjVKcjODLmIuQ=";

pub(super) fn html(page: Page<'_>) -> String {
    let (title, text) = match page {
        Page::Received => (
            "You can close this window",
            "The application has received the answer and goes on by itself.".to_owned(),
        ),
        Page::Cancelled => (
            "Sign-in cancelled",
            "You can close this window and go back to the application.".to_owned(),
        ),
        Page::Failed(code) => (
            "Sign-in not completed",
            match code {
                Some(code) => format!(
                    "The identity server answered <code>{}</code>.</p>\n<p>You can close this window; the application says \
                     what to do.",
                    escape(code)
                ),
                None => "You can close this window; the application says what to do.".to_owned(),
            },
        ),
        Page::Again => (
            "This sign-in was answered already",
            "You can close this window and go back to the application.".to_owned(),
        ),
        Page::NotAwaited => (
            "Not the answer to this sign-in",
            "The application still waits. Go on in the window where you are signing in, or start the sign-in again in the \
             application."
                .to_owned(),
        ),
        Page::Other(title) => (
            title,
            "An application on this machine waits here for a sign-in, and for nothing else.".to_owned(),
        ),
    };
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n<p>{text}</p>\n</main>\n</body>\n</html>\n"
    )
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use ring::digest::{SHA256, digest};

    use super::*;

    const EVERY: [Page<'static>; 7] = [
        Page::Received,
        Page::Cancelled,
        Page::Failed(Some("x")),
        Page::Failed(None),
        Page::Again,
        Page::NotAwaited,
        Page::Other("Nothing here"),
    ];

    #[test]
    fn the_policy_lets_exactly_the_style_through() {
        assert_eq!(
            STANDARD.encode(digest(&SHA256, STYLE.as_bytes())),
            STYLE_HASH
        );
    }

    #[test]
    fn pages_are_small_and_load_and_run_nothing() {
        for page in EVERY {
            let html = html(page).to_lowercase();
            assert!(html.len() < 2500, "{page:?}: {}", html.len());
            for absent in [
                "<script",
                "http:",
                "https:",
                "url(",
                "<form",
                "<img",
                "<a ",
                " onload=",
                " onerror=",
                " style=",
            ] {
                assert!(!html.contains(absent), "{page:?}: {absent}");
            }
            for present in [
                "<html lang=\"en\">",
                "<title>",
                "<main>",
                "<h1>",
                "<meta charset=\"utf-8\">",
                "viewport",
            ] {
                assert!(html.contains(present), "{page:?}: {present}");
            }
            assert_eq!(html.matches("<p>").count(), html.matches("</p>").count());
        }
    }

    #[test]
    fn auth_173_codes_are_escaped() {
        let html = html(Page::Failed(Some("<img src=x onerror='a(\"&\")'>")));
        assert!(
            html.contains("<code>&lt;img src=x onerror=&#39;a(&quot;&amp;&quot;)&#39;&gt;</code>"),
            "{html}"
        );
        assert!(!html.contains("<img"));
    }
}
