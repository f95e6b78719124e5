//! Lints over redirect lists.

use super::Report;
use crate::record::{Field, MAX_REDIRECT_LIST, MAX_REDIRECT_URI, RedirectList, TrustedApplication};

/// How much of a URI a reason repeats, in characters.
const MAX_SHOWN: usize = 80;

fn shown(uri: &str) -> String {
    let start: String = uri
        .chars()
        .take(MAX_SHOWN)
        .flat_map(char::escape_debug)
        .collect();
    if uri.chars().nth(MAX_SHOWN).is_some() {
        format!("{start}...")
    } else {
        start
    }
}

pub(super) fn lint_redirects(record: &TrustedApplication, report: &mut Report) {
    lint_list(
        Field::ImpersonateLoginUrl,
        &record.impersonate_login_url,
        report,
    );
    lint_list(
        Field::ImpersonateLogoutUrl,
        &record.impersonate_logout_url,
        report,
    );
}

fn lint_list(field: Field, list: &RedirectList, report: &mut Report) {
    let at = Some(field);
    let length = list.as_str().chars().count();
    if length > MAX_REDIRECT_LIST {
        let reason = format!(
            "the list has {length} characters, the column takes {MAX_REDIRECT_LIST}: it is cut off"
        );
        report.add_at(16, at, reason, "register fewer or shorter URIs");
    }
    let mut untidy = false;
    let mut seen: Vec<&str> = Vec::new();
    for item in list.items() {
        let uri = item.trim();
        untidy |= uri.len() != item.len() || uri.is_empty() || seen.contains(&uri);
        seen.push(uri);
        if !uri.is_empty() {
            lint_uri(at, uri, report);
        }
    }
    if untidy {
        report.add_at(
            15,
            at,
            "the list has blanks around commas, duplicates or empty items; whether they are trimmed is not documented",
            "write `https://one,https://two`, without blanks",
        );
    }
}

fn lint_uri(at: Option<Field>, uri: &str, report: &mut Report) {
    let length = uri.chars().count();
    if length > MAX_REDIRECT_URI {
        let reason =
            format!("a URI has {length} characters, identity services take {MAX_REDIRECT_URI}");
        report.add_at(16, at, reason, "register a shorter URI");
    }
    let parts = Parts::of(uri);
    let flaw = match &parts {
        None => Some("is not absolute"),
        _ if uri.contains('*') => Some("has a wildcard, and matching is exact"),
        _ if uri.contains('#') => Some("has a fragment"),
        Some(parts) if parts.user => Some("has a user name"),
        _ if uri.chars().any(|c| c.is_whitespace() || c.is_control()) => {
            Some("has a blank or a control character")
        }
        Some(_) => None,
    };
    if let Some(flaw) = flaw {
        let reason = format!("`{}` {flaw}: it never matches, or is unsafe", shown(uri));
        report.add_at(
            12,
            at,
            reason,
            "register the exact, absolute URI that the application sends",
        );
        return;
    }
    let Some(parts) = parts else { return };
    if !parts.scheme.eq_ignore_ascii_case("http") {
        return;
    }
    if parts.host.eq_ignore_ascii_case("localhost") {
        let reason = format!(
            "`{}` says `localhost`, which need not resolve to this machine",
            shown(uri)
        );
        report.add_at(
            14,
            at,
            reason,
            "use `http://127.0.0.1` with the same port and path, in the application too",
        );
    } else if !is_loopback(parts.host) {
        let reason = format!(
            "`{}` is plain http: codes can be read on the way",
            shown(uri)
        );
        report.add_at(13, at, reason, "use https; http is for loopback hosts only");
    }
}

/// What of a URI the lints look at.
struct Parts<'a> {
    scheme: &'a str,
    host: &'a str,
    user: bool,
}

impl<'a> Parts<'a> {
    /// Splits an absolute URI. Schemes of native applications (`myapp://cb`, `com.example:/cb`) are absolute, too
    /// (AUTH-105).
    fn of(uri: &'a str) -> Option<Self> {
        let (scheme, rest) = uri.split_once(':')?;
        let mut letters = scheme.bytes();
        let good = letters.next().is_some_and(|b| b.is_ascii_alphabetic())
            && letters.all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        let web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        let Some(rest) = rest.strip_prefix("//") else {
            // `localhost:5000/cb` and `example.com:443` look like a scheme; a port gives them away.
            let port = rest.bytes().next().is_none_or(|b| b.is_ascii_digit());
            return (good && !web && !port && rest.starts_with('/')).then_some(Self {
                scheme,
                host: "",
                user: false,
            });
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let (user, host) = authority
            .rsplit_once('@')
            .map_or((false, authority), |(_, host)| (true, host));
        let host = if host.starts_with('[') {
            host.split_inclusive(']').next().unwrap_or(host)
        } else {
            host.split(':').next().unwrap_or(host)
        };
        (good && !(web && host.is_empty())).then_some(Self { scheme, host, user })
    }
}

fn is_loopback(host: &str) -> bool {
    let mut numbers = host.split('.').map(str::parse::<u8>);
    let ipv4 = numbers.next() == Some(Ok(127))
        && numbers.clone().count() == 3
        && numbers.all(|number| number.is_ok());
    ipv4 || host == "[::1]"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(list: &str) -> Vec<String> {
        let mut record = TrustedApplication::new("x");
        record.impersonate_login_url = RedirectList::new(list);
        let mut report = Report::new();
        lint_redirects(&record, &mut report);
        report
            .finish()
            .iter()
            .map(|lint| lint.id.to_string())
            .collect()
    }

    #[test]
    fn ta_l12_l13_l14_uris() {
        for good in [
            "https://a.example/cb",
            "http://127.0.0.1:5000/cb",
            "http://[::1]:5000/cb",
            "myapp://cb",
            "com.example.app:/cb",
            "https://localhost/cb",
            "https://a.example/cb?x=1@2",
        ] {
            assert_eq!(ids(good), [""; 0], "{good}");
        }
        for bad in [
            "/cb",
            "cb",
            "https://*.example/cb",
            "https://a.example/cb#x",
            "https://u@a.example/",
            "//a.example/cb",
            "https:///cb",
            "localhost:5000/cb",
            "example.com:443",
            "https://a b/cb",
            "1http://x",
            "https:",
        ] {
            assert_eq!(ids(bad), ["TA-L12"], "{bad}");
        }
        for (uri, id) in [
            ("http://a.example/cb", "TA-L13"),
            ("http://127.0.0.1.evil.example/cb", "TA-L13"),
            ("http://127.0.0/cb", "TA-L13"),
            ("HTTP://10.0.0.1/cb", "TA-L13"),
            ("http://localhost:5000/cb", "TA-L14"),
        ] {
            assert_eq!(ids(uri), [id], "{uri}");
        }
    }

    #[test]
    fn ta_l15_untidy_lists() {
        for list in [
            "https://a/x, https://b/x",
            "https://a/x,",
            ",https://a/x",
            "https://a/x,https://a/x",
            " ",
        ] {
            assert_eq!(ids(list), ["TA-L15"], "{list:?}");
        }
    }

    #[test]
    fn ta_l16_limits_at_below_and_above() {
        let uri = |n: usize| format!("https://a.example/{}", "x".repeat(n - 18));
        for (n, expected) in [
            (MAX_REDIRECT_URI - 1, 0),
            (MAX_REDIRECT_URI, 0),
            (MAX_REDIRECT_URI + 1, 1),
        ] {
            assert_eq!(ids(&uri(n)).len(), expected, "{n}");
        }
        let list = |n: usize| format!("{},{}", uri(300), uri(n - 301));
        for (n, expected) in [
            (MAX_REDIRECT_LIST - 1, 0),
            (MAX_REDIRECT_LIST, 0),
            (MAX_REDIRECT_LIST + 1, 1),
        ] {
            assert_eq!(ids(&list(n)).len(), expected, "{n}");
        }
    }
}
