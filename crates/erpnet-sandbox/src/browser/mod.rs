//! The browser's part of a sign-in, for tests: cookies, redirects and forms, over real HTTP and without a person.

mod callback;
mod http;
mod page;

use std::collections::BTreeMap;

use url::Url;

use crate::error::SandboxError;
pub use callback::Callback;
use http::{Answer, fetch};
use page::{Form, Page};

/// How many redirects and pages one sign-in may take.
const MAX_STEPS: usize = 20;

/// A browser with the cookies of one sandbox: several sign-ins in one browser share their session (AUTH-206).
///
/// It opens URLs of its sandbox only; any other is a callback, which it returns instead of opening it. It blocks, for
/// moments.
///
/// ```
/// use erpnet_sandbox::{Application, DEFAULT_PASSWORD, INTERNAL_USER, Sandbox};
///
/// let sandbox = Sandbox::start()?;
/// sandbox.register(Application::web("app", "https://app.example/cb"))?;
/// let url = format!(
///     "{}/connect/authorize?client_id=app&redirect_uri=https://app.example/cb&response_type=code&scope=openid",
///     sandbox.issuer(),
/// );
/// let mut browser = sandbox.browser();
/// browser.sign_in(&url, INTERNAL_USER, DEFAULT_PASSWORD)?;
/// assert!(browser.open(&url)?.parameter("code").is_some(), "signed in already");
/// # Ok::<(), erpnet_sandbox::SandboxError>(())
/// ```
#[derive(Debug)]
pub struct Browser {
    root: String,
    ca_pem: Option<String>,
    cookies: BTreeMap<String, String>,
}

/// What the person does on the pages.
enum Person<'a> {
    /// Nothing: a page is the end.
    Absent,
    Password {
        login: &'a str,
        password: &'a str,
    },
    External {
        email: &'a str,
    },
    Cancels,
    Leaves,
}

impl Browser {
    pub(crate) fn new(root: &str, ca_pem: Option<&str>) -> Self {
        Self {
            root: root.to_owned(),
            ca_pem: ca_pem.map(str::to_owned),
            cookies: BTreeMap::new(),
        }
    }

    /// Opens a URL and follows redirects until one leads to an application. Types nothing.
    ///
    /// # Errors
    /// [`SandboxError::NoCallback`] when it ends on a page; [`SandboxError::Browser`].
    pub fn open(&mut self, url: &str) -> Result<Callback, SandboxError> {
        self.go(url, &Person::Absent)
    }

    /// Opens an authorization URL, signs in where asked, and gives consent where asked.
    ///
    /// # Errors
    /// As [`Browser::open`].
    pub fn sign_in(
        &mut self,
        url: &str,
        login: &str,
        password: &str,
    ) -> Result<Callback, SandboxError> {
        self.go(url, &Person::Password { login, password })
    }

    /// Opens an authorization URL, and signs in with the external provider where asked.
    ///
    /// # Errors
    /// As [`Browser::open`].
    pub fn sign_in_externally(&mut self, url: &str, email: &str) -> Result<Callback, SandboxError> {
        self.go(url, &Person::External { email })
    }

    /// Opens an authorization URL, and presses `Cancel` or `Refuse` where asked.
    ///
    /// # Errors
    /// As [`Browser::open`].
    pub fn cancel(&mut self, url: &str) -> Result<Callback, SandboxError> {
        self.go(url, &Person::Cancels)
    }

    /// Opens an end-session URL, confirms where asked; where the application is returned to, or `None` when the
    /// sign-out ends on a page.
    ///
    /// # Errors
    /// [`SandboxError::Browser`].
    pub fn sign_out(&mut self, url: &str) -> Result<Option<String>, SandboxError> {
        match self.go(url, &Person::Leaves) {
            Ok(callback) => Ok(Some(callback.url().to_owned())),
            Err(SandboxError::NoCallback { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn go(&mut self, url: &str, person: &Person<'_>) -> Result<Callback, SandboxError> {
        let mut target = url.to_owned();
        let mut body = None;
        let mut acted = Vec::new();
        for _ in 0..MAX_STEPS {
            let Some(path) = self.own(&target) else {
                return Ok(Callback::Get { url: target });
            };
            let answer = self.request(&path, body.take())?;
            if let Some(location) = answer.location() {
                target = self.resolve(location);
                continue;
            }
            let page = Page::read(&answer.body);
            let Some(form) = page.form.as_ref() else {
                return Err(page.end());
            };
            let action = self.resolve(&form.action);
            if self.own(&action).is_none() {
                let form = form.fields.clone();
                return Ok(Callback::Post { url: action, form });
            }
            // The same page again says that something was wrong with what was typed.
            if acted.contains(&form.action) {
                return Err(page.end());
            }
            acted.push(form.action.clone());
            match act(person, &page, form) {
                Some(Act::Submit(fields)) => (target, body) = (action, Some(fields)),
                Some(Act::Follow(link)) => target = self.resolve(&link),
                None => return Err(page.end()),
            }
        }
        Err(SandboxError::Browser {
            reason: format!("expected a callback within {MAX_STEPS} steps"),
        })
    }

    /// The path and query of a URL of the sandbox, else `None`.
    fn own(&self, url: &str) -> Option<String> {
        let rest = url.strip_prefix(&self.root)?;
        let (path, _) = rest.split_once('#').unwrap_or((rest, ""));
        path.starts_with('/').then(|| path.to_owned())
    }

    fn resolve(&self, location: &str) -> String {
        match Url::parse(location) {
            Ok(_) => location.to_owned(),
            Err(_) => format!("{}{location}", self.root),
        }
    }

    fn request(&mut self, path: &str, form: Option<String>) -> Result<Answer, SandboxError> {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let answer = fetch(
            &self.root,
            self.ca_pem.as_deref(),
            path,
            &cookies.join("; "),
            form.as_deref(),
        );
        let answer = answer.map_err(|reason| SandboxError::Browser { reason })?;
        for cookie in answer.headers("set-cookie") {
            let pair = cookie.split(';').next().unwrap_or_default();
            match pair.split_once('=') {
                Some((name, "")) => drop(self.cookies.remove(name)),
                Some((name, value)) => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
                None => {}
            }
        }
        Ok(answer)
    }
}

enum Act {
    Submit(String),
    Follow(String),
}

/// What the person does on this page; `None` when nothing fits.
fn act(person: &Person<'_>, page: &Page, form: &Form) -> Option<Act> {
    let submit = |pairs: &[(&str, &str)]| Some(Act::Submit(form.filled(pairs)));
    match (form.action.as_str(), person) {
        (_, Person::Absent) => None,
        ("/id/account/login", Person::Password { login, password }) => submit(&[
            ("username", login),
            ("password", password),
            ("button", "login"),
        ]),
        ("/id/account/login", Person::External { .. }) => page.link.clone().map(Act::Follow),
        ("/id/account/login", Person::Cancels) => submit(&[("button", "cancel")]),
        ("/example-idp/sign-in", Person::External { email }) => {
            submit(&[("email", email), ("button", "continue")])
        }
        ("/id/account/logout", Person::Leaves) => submit(&[]),
        ("/id/consent", Person::Cancels) => submit(&[("button", "refuse")]),
        ("/id/consent", Person::Password { .. } | Person::External { .. }) => {
            submit(&[("button", "allow")])
        }
        _ => None,
    }
}
