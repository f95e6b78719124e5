//! Is a redirect URI registered?

use crate::readings::Readings;
use crate::record::RedirectList;
use crate::rule::RuleId::{Auth, Gap, Lint};
use crate::verdict::Finding;

/// AUTH-120: exact, byte by byte. G15: case, if the reading says so. G14: any loopback port, if the reading says so.
/// AUTH-119: whether the instance trims blanks around the commas is not documented.
pub(super) fn check_redirect(list: &RedirectList, uri: &str, readings: &Readings) -> Finding {
    if list.is_empty() {
        return Finding::deny(Lint(9));
    }
    // AUTH-121: a wildcard in the record matches only itself, so it needs no case of its own.
    let mut best = Finding::deny(Auth(120));
    for item in list.items().filter(|item| !item.is_empty()) {
        if item == uri {
            return Finding::allow(Auth(120));
        }
        if !readings.redirect_case_sensitive && item.eq_ignore_ascii_case(uri) {
            return Finding::allow(Gap(15));
        }
        if readings.loopback_any_port && item == "http://127.0.0.1" && is_loopback_port(uri) {
            return Finding::allow(Gap(14));
        }
        if item.trim() == uri {
            best = Finding::unknown(Auth(119));
        }
    }
    best
}

/// `http://127.0.0.1:<port>`, with any path: what IdentityServer4's AppAuth validator lets through.
fn is_loopback_port(uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix("http://127.0.0.1:") else {
        return false;
    };
    let port = rest.split(['/', '?']).next().unwrap_or(rest);
    port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Verdict;

    #[test]
    fn auth_120_121_g14_g15_matching() {
        let list = RedirectList::new(
            "https://a.example/cb, https://b.example/cb,http://127.0.0.1,https://*.c.example/cb",
        );
        let strict = Readings::default();
        let loose = Readings {
            redirect_case_sensitive: false,
            loopback_any_port: true,
            ..strict
        };
        for (uri, by_strict, by_loose) in [
            ("https://a.example/cb", Verdict::Allow, Verdict::Allow),
            ("https://a.example/cb/", Verdict::Deny, Verdict::Deny),
            ("https://a.example/CB", Verdict::Deny, Verdict::Allow),
            ("https://b.example/cb", Verdict::Unknown, Verdict::Unknown),
            ("http://127.0.0.1:5000/cb", Verdict::Deny, Verdict::Allow),
            ("http://127.0.0.1:0/cb", Verdict::Deny, Verdict::Deny),
            ("http://127.0.0.1:65536/cb", Verdict::Deny, Verdict::Deny),
            (
                "http://127.0.0.1.evil.example/",
                Verdict::Deny,
                Verdict::Deny,
            ),
            ("https://x.c.example/cb", Verdict::Deny, Verdict::Deny),
            ("", Verdict::Deny, Verdict::Deny),
        ] {
            assert_eq!(
                check_redirect(&list, uri, &strict).verdict,
                by_strict,
                "{uri}"
            );
            assert_eq!(
                check_redirect(&list, uri, &loose).verdict,
                by_loose,
                "{uri}"
            );
        }
        assert_eq!(
            check_redirect(&RedirectList::default(), "", &strict),
            Finding::deny(Lint(9))
        );
    }
}
