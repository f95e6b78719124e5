//! A browser of a few hundred lines, for sign-in pages: it follows redirects, keeps cookies, and sends the forms that
//! it finds. It runs no scripts. Where the way leads to an address of the application, it stops and says what it would
//! have sent there.

use std::time::Duration;

use erpnet::TransportOptions;
use erpnet_client::{BlockingTransport, Limits, Zeroizing};
use erpnet_ureq::UreqTransport;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{Method, StatusCode};
use url::Url;

pub mod cookies;
pub mod html;

use cookies::Cookies;
use html::Form;

/// How many redirects are followed before the way counts as a circle.
pub const MAX_REDIRECTS: usize = 20;

/// The largest page, in bytes.
pub const MAX_PAGE: usize = 1 << 20;

/// A browser with one person in front of it.
#[derive(Debug)]
pub struct Browser {
    /// What it remembers.
    pub cookies: Cookies,
    transport: UreqTransport,
    callbacks: Vec<String>,
}

/// Where a request ended.
#[derive(Debug)]
pub enum Landed {
    /// On a page.
    Page(Page),
    /// At a callback of the application, which nobody has received yet.
    Callback(Callback),
}

/// A page, and where it is.
#[derive(Debug)]
pub struct Page {
    /// Its address, after redirects.
    pub url: Url,
    /// The status.
    pub status: StatusCode,
    /// The text.
    pub body: String,
}

/// What the browser would have sent to the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// The address, with its query.
    pub url: Url,
    /// The fields of a form sent by `POST`; `None` for `GET`.
    pub form: Option<Vec<(String, String)>>,
    /// The `Cookie` header.
    pub cookies: Option<String>,
}

impl Callback {
    /// A parameter of the query or of the form.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let of_query = || self.url.query_pairs().into_owned().collect();
        let pairs: Vec<(String, String)> = self.form.clone().unwrap_or_else(of_query);
        pairs
            .into_iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    /// The form, encoded as it would have been sent.
    #[must_use]
    pub fn body(&self) -> Option<String> {
        let pairs = self.form.as_ref()?;
        let mut encoder = url::form_urlencoded::Serializer::new(String::new());
        Some(encoder.extend_pairs(pairs).finish())
    }
}

impl Page {
    /// Its forms.
    #[must_use]
    pub fn forms(&self) -> Vec<Form> {
        html::forms(&self.body)
    }

    /// Its only form, or the first.
    ///
    /// # Panics
    /// Without any.
    #[must_use]
    pub fn form(&self) -> Form {
        let first = self.forms().into_iter().next();
        first.unwrap_or_else(|| panic!("no form at {} ({}): {}", self.url, self.status, self.body))
    }
}

impl Landed {
    /// The page.
    ///
    /// # Panics
    /// When it is a callback.
    #[must_use]
    pub fn page(self) -> Page {
        match self {
            Self::Page(page) => page,
            Self::Callback(callback) => panic!("a page was expected, not {callback:?}"),
        }
    }

    /// The callback.
    ///
    /// # Panics
    /// When it is a page.
    #[must_use]
    pub fn callback(self) -> Callback {
        match self {
            Self::Callback(callback) => callback,
            Self::Page(page) => {
                panic!(
                    "a callback was expected, not {}: {}",
                    page.status, page.body
                )
            }
        }
    }
}

struct Asked<'a> {
    url: Url,
    post: Option<Vec<(String, String)>>,
    from: Option<&'a Url>,
}

impl Browser {
    /// A browser that remembers nothing yet, and stops at addresses that start with one of `callbacks`.
    ///
    /// # Panics
    /// When `ca_pem` is no certificate.
    #[must_use]
    pub fn new(callbacks: &[&str], ca_pem: Option<&str>) -> Self {
        let mut options = TransportOptions::default();
        if let Some(pem) = ca_pem {
            options = options.with_ca_pem(pem);
        }
        Self {
            cookies: Cookies::default(),
            transport: UreqTransport::new(&options).expect("a transport"),
            callbacks: callbacks.iter().map(|&start| start.to_owned()).collect(),
        }
    }

    /// Types an address.
    ///
    /// # Panics
    /// When it is none, or nothing answers.
    pub fn open(&mut self, url: &str) -> Landed {
        let url = Url::parse(url).expect("an address");
        self.go(Asked {
            url,
            post: None,
            from: None,
        })
    }

    /// Sends a form of a page.
    ///
    /// # Panics
    /// When its action is no address, or nothing answers there.
    pub fn submit(&mut self, page: &Page, form: &Form) -> Landed {
        let mut url = page.url.join(&form.action).expect("a form's action");
        let entries = form.entries();
        let from = Some(&page.url);
        if form.post {
            let post = Some(entries);
            return self.go(Asked { url, post, from });
        }
        url.query_pairs_mut().clear().extend_pairs(&entries);
        self.go(Asked {
            url,
            post: None,
            from,
        })
    }

    /// Goes through sign-in and consent pages until a callback: `answers` are typed into whichever form asks for them,
    /// all other forms are sent as they are.
    ///
    /// # Panics
    /// When it does not get there within ten pages.
    pub fn sign_in(&mut self, url: &str, answers: &[(&str, &str)]) -> Callback {
        let mut landed = self.open(url);
        for _ in 0..10 {
            let page = match landed {
                Landed::Callback(callback) => return callback,
                Landed::Page(page) => page,
            };
            landed = self.answer(&page, answers);
        }
        panic!("ten pages and no callback: {landed:?}");
    }

    /// Sends the first form of a page, with what it asks for filled in.
    ///
    /// # Panics
    /// When the page is an error or has no form.
    pub fn answer(&mut self, page: &Page, answers: &[(&str, &str)]) -> Landed {
        assert!(page.status.is_success(), "{}: {}", page.status, page.body);
        let mut form = page.form();
        for (name, value) in answers {
            if form.asks_for(name) {
                form = form.fill(name, value);
            }
        }
        self.submit(page, &form)
    }

    fn go(&mut self, mut asked: Asked<'_>) -> Landed {
        for _ in 0..=MAX_REDIRECTS {
            let leads_away = |start: &String| asked.url.as_str().starts_with(start);
            if self.callbacks.iter().any(leads_away) {
                let safe = asked.post.is_none();
                return Landed::Callback(Callback {
                    cookies: self.cookies.header(&asked.url, asked.from, safe),
                    url: asked.url,
                    form: asked.post,
                });
            }
            let (parts, body) = self.send(&asked);
            for header in parts.headers.get_all(SET_COOKIE) {
                let header = header.to_str().expect("a cookie is text");
                self.cookies.set(header, &asked.url);
            }
            let location = parts
                .headers
                .get(LOCATION)
                .filter(|_| parts.status.is_redirection());
            let Some(location) = location else {
                return Landed::Page(Page {
                    url: asked.url,
                    status: parts.status,
                    body,
                });
            };
            let location = location.to_str().expect("an address is text");
            asked.url = asked.url.join(location).expect("a redirect's address");
            let keeps = [
                StatusCode::TEMPORARY_REDIRECT,
                StatusCode::PERMANENT_REDIRECT,
            ];
            if !keeps.contains(&parts.status) {
                asked.post = None;
            }
        }
        panic!("a circle of redirects at {}", asked.url.path());
    }

    fn send(&self, asked: &Asked<'_>) -> (http::response::Parts, String) {
        let method = if asked.post.is_some() {
            Method::POST
        } else {
            Method::GET
        };
        let cookies = self
            .cookies
            .header(&asked.url, asked.from, method.is_safe());
        let mut target = asked.url.clone();
        target.set_fragment(None);
        let mut request = http::Request::builder().method(method).uri(target.as_str());
        if let Some(cookies) = cookies {
            request = request.header(COOKIE, cookies);
        }
        let mut body = String::new();
        if let Some(pairs) = &asked.post {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            let mut encoder = url::form_urlencoded::Serializer::new(String::new());
            body = encoder.extend_pairs(pairs).finish();
        }
        let request = request
            .body(Zeroizing::new(body.into_bytes()))
            .expect("a request");
        let limits = Limits {
            body: MAX_PAGE,
            deadline: Duration::from_secs(20),
        };
        let at = target.path();
        let response = self.transport.send(request, limits);
        let (parts, mut reader) = response
            .unwrap_or_else(|error| panic!("{at}: {error}"))
            .into_parts();
        let mut bytes = Vec::new();
        while let Some(chunk) = reader
            .chunk()
            .unwrap_or_else(|error| panic!("{at}: {error}"))
        {
            bytes.extend_from_slice(&chunk);
        }
        (parts, String::from_utf8_lossy(&bytes).into_owned())
    }
}
