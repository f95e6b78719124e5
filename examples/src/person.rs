//! A person at a browser, played by the sandbox: for examples that end by themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use erpnet_sandbox::{Browser, Callback, DEFAULT_PASSWORD};

/// How many redirects one step may take.
const MAX_STEPS: usize = 10;

/// Somebody with an account, a browser, and its cookies.
#[derive(Debug)]
pub struct Person {
    login: String,
    authority: String,
    there: Browser,
    here: ureq::Agent,
    cookies: BTreeMap<String, String>,
    home: String,
}

impl Person {
    /// Somebody with this login at the sandbox, who visits the application at `home`.
    #[must_use]
    pub fn new(login: &str, sandbox: &erpnet_sandbox::Sandbox, home: &str) -> Self {
        let config = ureq::Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(20)));
        Self {
            login: login.to_owned(),
            authority: sandbox.root_url().to_owned(),
            there: sandbox.browser(),
            here: config.build().into(),
            cookies: BTreeMap::new(),
            home: home.trim_end_matches('/').to_owned(),
        }
    }

    /// Opens a page of the application and signs in where asked. What is shown in the end has to hold this text.
    ///
    /// # Errors
    /// What went wrong, or the page that came instead.
    pub fn open(&mut self, path: &str, expected: &str) -> Result<(), String> {
        let page = self.go(format!("{}{path}", self.home), None)?;
        holds(&page, expected)
    }

    /// Presses the button of a form without fields.
    ///
    /// # Errors
    /// As [`Person::open`].
    pub fn press(&mut self, path: &str, expected: &str) -> Result<(), String> {
        let page = self.go(format!("{}{path}", self.home), Some(String::new()))?;
        holds(&page, expected)
    }

    fn go(&mut self, mut url: String, mut form: Option<String>) -> Result<String, String> {
        for _ in 0..MAX_STEPS {
            if url.starts_with(&self.authority) {
                (url, form) = self.at_the_authority(&url)?;
                continue;
            }
            let response = self.at_the_application(&url, form.take())?;
            let status = response.status();
            let location = response.headers().get("location");
            let location = location.and_then(|value| value.to_str().ok());
            if let Some(location) = location.filter(|_| status.is_redirection()) {
                url = match location.starts_with('/') {
                    true => format!("{}{location}", self.home),
                    false => location.to_owned(),
                };
                continue;
            }
            let mut body = response.into_body();
            let page = body.read_to_string().map_err(|error| error.to_string())?;
            return match status.is_success() {
                true => Ok(page),
                false => Err(format!("{status}: {page}")),
            };
        }
        Err(format!("expected a page within {MAX_STEPS} redirects"))
    }

    fn at_the_authority(&mut self, url: &str) -> Result<(String, Option<String>), String> {
        let said = |error: erpnet_sandbox::SandboxError| error.to_string();
        if url.contains("/connect/endsession") {
            let back = self.there.sign_out(url).map_err(said)?;
            return back
                .map(|back| (back, None))
                .ok_or_else(|| "the authority did not come back after signing out".to_owned());
        }
        let answer = self.there.sign_in(url, &self.login, DEFAULT_PASSWORD);
        let answer: Callback = answer.map_err(said)?;
        Ok((answer.url().to_owned(), answer.body()))
    }

    fn at_the_application(
        &mut self,
        url: &str,
        form: Option<String>,
    ) -> Result<ureq::http::Response<ureq::Body>, String> {
        let cookies = self.cookies.iter();
        let cookies: Vec<_> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        let sent = match form {
            None => self.here.get(url).header("cookie", cookies).call(),
            Some(form) => self
                .here
                .post(url)
                .header("cookie", cookies)
                .header("content-type", "application/x-www-form-urlencoded")
                .send(form),
        };
        let response = sent.map_err(|error| error.to_string())?;
        for set in response.headers().get_all("set-cookie") {
            let pair = set.to_str().unwrap_or_default().split(';').next();
            let (name, value) = pair
                .and_then(|pair| pair.split_once('='))
                .unwrap_or_default();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(response)
    }
}

fn holds(page: &str, expected: &str) -> Result<(), String> {
    if page.contains(expected) {
        return Ok(());
    }
    Err(format!("expected a page with `{expected}`, found {page}"))
}
