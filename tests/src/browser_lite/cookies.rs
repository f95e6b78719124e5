//! Cookies as browsers keep them (RFC 6265bis), by host name and path, with `SameSite`.

use std::time::SystemTime;

use url::{Host, Url};

/// What a browser remembers.
#[derive(Clone, Debug, Default)]
pub struct Cookies(Vec<Cookie>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    host: String,
    path: String,
    secure: bool,
    same_site: SameSite,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SameSite {
    None,
    Lax,
    Strict,
}

impl Cookies {
    /// Takes a `Set-Cookie` header from an answer of `url`, unless browsers would refuse it.
    pub fn set(&mut self, header: &str, url: &Url) {
        let Some((cookie, kept)) = parse(header, url) else {
            return;
        };
        self.0.retain(|known| {
            (&known.name, &known.host, &known.path) != (&cookie.name, &cookie.host, &cookie.path)
        });
        if kept {
            self.0.push(cookie);
        }
    }

    /// The `Cookie` header of a top-level request to `url`, if there is any. `from` is the page that leads there; no
    /// page when a person typed the address.
    #[must_use]
    pub fn header(&self, url: &Url, from: Option<&Url>, safe_method: bool) -> Option<String> {
        let same_site = from.is_none_or(|from| site(from) == site(url));
        let mut found: Vec<_> = self
            .0
            .iter()
            .filter(|cookie| cookie.host == host(url) && path_matches(url.path(), &cookie.path))
            .filter(|cookie| !cookie.secure || is_secure(url))
            .filter(|cookie| match cookie.same_site {
                SameSite::None => true,
                SameSite::Lax => same_site || safe_method,
                SameSite::Strict => same_site,
            })
            .collect();
        found.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let pairs: Vec<_> = found
            .iter()
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The names of all cookies of a host.
    #[must_use]
    pub fn names(&self, host: &str) -> Vec<&str> {
        let of_host = self.0.iter().filter(|cookie| cookie.host == host);
        of_host.map(|cookie| cookie.name.as_str()).collect()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// The cookie, and whether it is to be kept: a past end deletes.
fn parse(header: &str, url: &Url) -> Option<(Cookie, bool)> {
    let mut parts = header.split(';');
    let (name, value) = parts.next()?.split_once('=')?;
    let mut cookie = Cookie {
        name: name.trim().to_owned(),
        value: value.trim().to_owned(),
        host: host(url),
        path: default_path(url.path()),
        secure: false,
        same_site: SameSite::Lax,
    };
    let (mut kept, mut max_age, mut domain, mut at_root) = (true, false, false, false);
    for part in parts {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "path" if value.starts_with('/') => {
                value.clone_into(&mut cookie.path);
                at_root = value == "/";
            }
            "domain" => {
                domain = true;
                if value.trim_start_matches('.') != cookie.host {
                    return None;
                }
            }
            "secure" => cookie.secure = true,
            "max-age" => {
                max_age = true;
                kept = value.parse::<i64>().ok()? > 0;
            }
            "expires" if !max_age => {
                kept = httpdate::parse_http_date(value).is_ok_and(|end| end > SystemTime::now());
            }
            "samesite" => {
                cookie.same_site = match value.to_ascii_lowercase().as_str() {
                    "none" => SameSite::None,
                    "strict" => SameSite::Strict,
                    _ => SameSite::Lax,
                };
            }
            _ => {}
        }
    }
    let host_bound = cookie.secure && at_root && !domain;
    let lawful = (!cookie.secure || is_secure(url))
        && (!cookie.name.starts_with("__Secure-") || cookie.secure)
        && (!cookie.name.starts_with("__Host-") || host_bound);
    lawful.then_some((cookie, kept))
}

/// Loopback counts as secure, as in Chromium.
fn is_secure(url: &Url) -> bool {
    url.scheme() == "https"
        || match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

/// Ports do not part sites, schemes do. That related hosts are one site is left out.
fn site(url: &Url) -> (String, String) {
    (url.scheme().to_owned(), host(url))
}

fn default_path(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((folder, _)) if !folder.is_empty() => folder.to_owned(),
        _ => "/".to_owned(),
    }
}

fn path_matches(path: &str, of_cookie: &str) -> bool {
    path.strip_prefix(of_cookie)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || of_cookie.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn host_path_end_and_prefix_decide() {
        let here = url("http://127.0.0.1:1/id/login");
        let mut cookies = Cookies::default();
        cookies.set("a=1; Path=/id", &here);
        cookies.set("b=2", &here);
        cookies.set("c=3; Path=/; Secure", &here);
        cookies.set("d=4; Domain=example.com", &here);
        cookies.set("__Host-e=5; Secure", &here);
        cookies.set("__Host-f=6; Secure; Path=/", &here);
        let sent = |to: &str, cookies: &Cookies| cookies.header(&url(to), None, true);
        assert_eq!(
            sent("http://127.0.0.1:2/id", &cookies).unwrap(),
            "a=1; b=2; c=3; __Host-f=6"
        );
        assert_eq!(
            sent("http://127.0.0.1/idea", &cookies).unwrap(),
            "c=3; __Host-f=6"
        );
        assert_eq!(sent("http://localhost/id", &cookies), None);
        cookies.set("a=; Path=/id; Max-Age=0", &here);
        cookies.set(
            "c=; Path=/; Secure; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            &here,
        );
        assert_eq!(cookies.names("127.0.0.1"), ["b", "__Host-f"]);
        let plain = url("http://app.example.test/");
        cookies.set("g=7; Secure", &plain);
        assert!(
            cookies.names("app.example.test").is_empty(),
            "no TLS, no secure cookie"
        );
    }

    /// AUTH-167: why a `form_post` callback needs `SameSite=None`.
    #[test]
    fn auth_167_a_post_from_another_site_brings_no_lax_cookie() {
        let (app, authority) = (url("https://app.example.test/cb"), url("https://id.test/"));
        let mut cookies = Cookies::default();
        cookies.set("none=1; SameSite=None; Secure", &app);
        cookies.set("lax=1; SameSite=Lax", &app);
        cookies.set("unset=1", &app);
        cookies.set("strict=1; SameSite=Strict", &app);
        let sent = |from: Option<&Url>, safe| cookies.header(&app, from, safe).unwrap();
        assert_eq!(sent(Some(&authority), false), "none=1");
        assert_eq!(sent(Some(&authority), true), "none=1; lax=1; unset=1");
        for from in [None, Some(&app)] {
            assert_eq!(sent(from, false), "none=1; lax=1; unset=1; strict=1");
        }
    }
}
