//! A hunt for secrets in whatever is shown.

use std::fmt::{Debug, Display};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Secrets to look for, and what was looked through.
#[derive(Default)]
pub struct Hunt {
    needles: Vec<String>,
    looked: usize,
}

impl Hunt {
    /// Looks for a secret from now on: as it is, encoded in the usual ways, as the numbers of its bytes, and in part.
    pub fn add(&mut self, secret: &str) {
        self.needles.push(STANDARD.encode(secret));
        self.needles.push(URL_SAFE_NO_PAD.encode(secret));
        let bytes = format!("{:?}", secret.as_bytes());
        self.needles.push(bytes.trim_matches(['[', ']']).to_owned());
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        self.needles.push(hex);
        // Six characters at the end may show (AUTH-224). The header of a token is no secret, the rest of it is.
        match secret.split_once('.') {
            Some((_, rest)) => rest.split('.').for_each(|part| self.add_parts(part)),
            None => self.add_parts(secret),
        }
    }

    fn add_parts(&mut self, secret: &str) {
        let chars: Vec<_> = secret.chars().collect();
        let parts = chars
            .windows(10)
            .step_by(4)
            .map(|part| part.iter().collect());
        self.needles.extend(parts);
        self.needles.push(secret.to_owned());
    }

    /// Looks through a text.
    ///
    /// # Panics
    /// When a secret is in it.
    pub fn text(&mut self, what: &str, shown: &str) {
        self.looked += 1;
        let lower = shown.to_lowercase();
        for needle in &self.needles {
            let found = shown.contains(needle) || lower.contains(&needle.to_lowercase());
            assert!(!found, "{what} shows `{needle}`: {shown}");
        }
    }

    /// Looks through what a value shows to developers, in both forms.
    pub fn debug(&mut self, what: &str, value: &dyn Debug) {
        self.text(what, &format!("{value:?}"));
        self.text(what, &format!("{value:#?}"));
    }

    /// Looks through an error, its causes and its advice.
    pub fn error(&mut self, what: &str, error: &erpnet::Error) {
        self.debug(what, error);
        self.debug(what, error.reason());
        self.text(what, &error.to_string());
        self.text(what, &error.advice());
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            self.debug(what, &inner);
            self.text(what, &inner.to_string());
            cause = inner.source();
        }
    }

    /// Looks through what a value shows to people.
    pub fn display(&mut self, what: &str, value: &dyn Display) {
        self.text(what, &value.to_string());
    }

    /// How many texts were looked through.
    #[must_use]
    pub fn looked(&self) -> usize {
        self.looked
    }
}
