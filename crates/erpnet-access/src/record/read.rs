//! Reading a record: everything that can be read is, every problem is reported, nothing is lost.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use super::field::Field;
use super::hash::HashText;
use super::values::{
    Authorization, ClientType, DateText, MultiText, RedirectList, ReferenceTokenPolicy, SystemUser,
};
use super::{MAX_ADDITIONAL_DATA, TrustedApplication};

/// Something in a record that could not be read, or contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where: a member, or a path such as `Authorizations[1].ValidFromUtc`. Empty for the whole document.
    pub path: String,
    /// What belongs there.
    pub expected: &'static str,
    /// What was there, shortened. Never the text of a hash.
    pub found: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "expected {}, found {}", self.expected, self.found)
        } else {
            write!(
                f,
                "at `{}`: expected {}, found {}",
                self.path, self.expected, self.found
            )
        }
    }
}

/// A record with what was wrong about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The record; members that could not be read have their defaults and are kept in
    /// [`TrustedApplication::other`].
    pub record: TrustedApplication,
    /// Every problem, in the order of the attributes.
    pub problems: Vec<Problem>,
}

/// How much of a value a problem repeats, in characters.
const MAX_SHOWN: usize = 60;

/// A value in words: bounded, control characters escaped.
fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => {
            let shown: String = text
                .chars()
                .take(MAX_SHOWN)
                .flat_map(char::escape_debug)
                .collect();
            let more = if text.chars().nth(MAX_SHOWN).is_some() {
                "..."
            } else {
                ""
            };
            format!("the text `{shown}{more}`")
        }
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Object(members) => format!("an object of {} members", members.len()),
    }
}

struct Reader {
    members: Map<String, Value>,
    kept: Map<String, Value>,
    problems: Vec<Problem>,
    record: TrustedApplication,
}

impl Reader {
    /// Takes a member out, notes that it was there, and reads it. `null` is how a nullable attribute is empty.
    fn take<T>(
        &mut self,
        field: Field,
        expected: &'static str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.members.remove(field.name())?;
        let result = if value.is_null() { None } else { read(&value) };
        if result.is_none() && !value.is_null() {
            let found = if field == Field::ApplicationSecretHash {
                "another type".to_owned()
            } else {
                describe(&value)
            };
            self.problem(field.name().to_owned(), expected, found);
            self.kept.insert(field.name().to_owned(), value);
        } else {
            self.record.written.note(field, value.is_null());
        }
        result
    }

    /// As `take`, for attributes that are never null.
    fn require<T>(
        &mut self,
        field: Field,
        expected: &'static str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        if self.members.get(field.name()).is_some_and(Value::is_null) {
            self.problem(field.name().to_owned(), expected, "null".to_owned());
        }
        self.take(field, expected, read)
    }

    fn problem(&mut self, path: String, expected: &'static str, found: String) {
        self.problems.push(Problem {
            path,
            expected,
            found,
        });
    }

    fn text(&mut self, field: Field) -> Option<String> {
        self.take(field, "a text", |value| value.as_str().map(str::to_owned))
    }

    fn flag(&mut self, field: Field, default: bool) -> bool {
        self.require(field, "true or false", Value::as_bool)
            .unwrap_or(default)
    }

    fn date(&mut self, field: Field) -> Option<DateText> {
        let date = self.take(field, "a date and time in UTC", |value| {
            value.as_str().map(DateText::new)
        })?;
        if date.at().is_none() {
            let found = describe(&Value::String(date.as_str().to_owned()));
            self.problem(
                field.name().to_owned(),
                "a date and time such as `2026-01-21T14:34:09Z`",
                found,
            );
        }
        Some(date)
    }
}

impl TrustedApplication {
    /// Reads a record from a JSON text. A text that is no JSON object gives the default record and one problem.
    #[must_use]
    pub fn from_json_str(text: &str) -> Parsed {
        match serde_json::from_str::<Value>(text) {
            Ok(value) => Self::from_json(value),
            Err(error) => Parsed {
                record: Self::default(),
                problems: vec![Problem {
                    path: String::new(),
                    expected: "a JSON object",
                    found: format!(
                        "text that is no JSON (line {}, column {})",
                        error.line(),
                        error.column()
                    ),
                }],
            },
        }
    }

    /// Reads a record as the Domain API spells it. Total: what cannot be read is reported and kept.
    #[must_use]
    pub fn from_json(value: Value) -> Parsed {
        let members = match value {
            Value::Object(members) => members,
            other => {
                let problem = Problem {
                    path: String::new(),
                    expected: "a JSON object",
                    found: describe(&other),
                };
                return Parsed {
                    record: Self::default(),
                    problems: vec![problem],
                };
            }
        };
        let mut reader = Reader {
            members,
            kept: Map::new(),
            problems: Vec::new(),
            record: Self::default(),
        };
        reader.identity();
        reader.sign_in();
        reader.service();
        reader.rest();
        let Reader {
            members,
            mut kept,
            problems,
            mut record,
        } = reader;
        // What is left was not known: it survives as it came.
        kept.extend(members);
        record.other = kept;
        Parsed { record, problems }
    }
}

impl Reader {
    fn identity(&mut self) {
        self.record.id = self.text(Field::Id);
        let uri = self.require(Field::ApplicationUri, "a text", |value| {
            value.as_str().map(str::to_owned)
        });
        let missing = uri.is_none() && !self.kept.contains_key("ApplicationUri");
        if missing
            && !self
                .problems
                .iter()
                .any(|problem| problem.path == "ApplicationUri")
        {
            self.problem("ApplicationUri".to_owned(), "a text", "nothing".to_owned());
        }
        self.record.application_uri = uri.unwrap_or_default();
        let name = self.take(
            Field::Name,
            "a text, or a text per language",
            |value| match value {
                Value::String(text) => Some(MultiText::Plain(text.clone())),
                Value::Object(texts) => {
                    let text = |(language, text): (&String, &Value)| {
                        Some((language.clone(), text.as_str()?.to_owned()))
                    };
                    texts
                        .iter()
                        .map(text)
                        .collect::<Option<BTreeMap<_, _>>>()
                        .map(MultiText::ByLanguage)
                }
                _ => None,
            },
        );
        self.record.name = name.unwrap_or_default();
        let kind = self.require(
            Field::ClientType,
            "`Confidential`, `Public` or `None`",
            |value| value.as_str().and_then(ClientType::from_name),
        );
        self.record.client_type = kind.unwrap_or_default();
        // An empty text is an empty attribute, and is written back as it came.
        let hash = self.text(Field::ApplicationSecretHash);
        self.record.written.empty_hash = hash.as_deref() == Some("");
        self.record.application_secret_hash = hash
            .filter(|text| !text.is_empty())
            .map(|text| HashText::new(&text));
        self.record.is_enabled = self.flag(Field::IsEnabled, true);
    }

    fn sign_in(&mut self) {
        self.record.impersonate_as_internal_user_allowed =
            self.flag(Field::ImpersonateAsInternalUserAllowed, false);
        self.record.impersonate_as_community_user_allowed =
            self.flag(Field::ImpersonateAsCommunityUserAllowed, false);
        let list = "a text with comma-separated URIs";
        let read = |value: &Value| value.as_str().map(RedirectList::new);
        self.record.impersonate_login_url = self
            .take(Field::ImpersonateLoginUrl, list, read)
            .unwrap_or_default();
        self.record.impersonate_logout_url = self
            .take(Field::ImpersonateLogoutUrl, list, read)
            .unwrap_or_default();
        self.record.scope = self.text(Field::Scope).unwrap_or_default();
    }

    fn service(&mut self) {
        self.record.system_user_allowed = self.flag(Field::SystemUserAllowed, false);
        let user = self.take(
            Field::SystemUser,
            "a reference such as `{\"@odata.id\": \"Systems_Security_Users(..)\"}`",
            |value| {
                matches!(value, Value::Object(_) | Value::String(_))
                    .then(|| SystemUser(value.clone()))
            },
        );
        self.record.system_user = user;
        self.record.system_user_login_url = self.text(Field::SystemUserLoginUrl);
        self.policy();
        self.record.basic_authentication_allowed =
            self.flag(Field::BasicAuthenticationAllowed, false);
    }

    /// AUTH-109, G03: one logical field under two names.
    fn policy(&mut self) {
        const EXPECTED: &str = "`None`, `AuthenticatedUsers` or `AdministratorsOnly`";
        const OLD_NAME: &str = "AccessTokens";
        let read = |value: &Value| value.as_str().and_then(ReferenceTokenPolicy::from_name);
        let new = self.require(Field::ReferenceTokens, EXPECTED, read);
        let old = match self
            .members
            .get(OLD_NAME)
            .map(|value| (read(value), describe(value)))
        {
            None => None,
            Some((Some(policy), _)) => Some(policy),
            Some((None, found)) => {
                self.problem(OLD_NAME.to_owned(), EXPECTED, found);
                None
            }
        };
        if let (Some(new), Some(old)) = (new, old)
            && new != old
        {
            let found = format!("`{old}`, while `ReferenceTokens` is `{new}`");
            self.problem(
                OLD_NAME.to_owned(),
                "the same as `ReferenceTokens`: they are one attribute",
                found,
            );
        }
        if new.is_none() && old.is_some() {
            self.members.remove(OLD_NAME);
            self.record.written.old_policy_name = true;
        }
        self.record.reference_tokens = new.or(old).unwrap_or_default();
    }

    fn rest(&mut self) {
        self.record.creation_time_utc = self.date(Field::CreationTimeUtc);
        self.record.notes = self.text(Field::Notes);
        let authorizations =
            self.take(Field::Authorizations, "a list of authorizations", |value| {
                value
                    .as_array()
                    .map(|items| items.iter().cloned().map(Authorization).collect::<Vec<_>>())
            });
        self.record.authorizations = authorizations.unwrap_or_default();
        self.authorizations();
        self.record.object_version =
            self.take(Field::ObjectVersion, "a whole number", Value::as_i64);
        self.record.external_id = self.text(Field::ExternalId);
        self.record.external_system = self.text(Field::ExternalSystem);
        self.record.aggregate_last_update_time_utc = self.date(Field::AggregateLastUpdateTimeUtc);
        self.record.additional_data_json = self.text(Field::AdditionalDataJson);
        let length = self
            .record
            .additional_data_json
            .as_deref()
            .map_or(0, |text| text.chars().count());
        if length > MAX_ADDITIONAL_DATA {
            let found = format!("{length} characters");
            self.problem(
                Field::AdditionalDataJson.name().to_owned(),
                "at most 32000 characters",
                found,
            );
        }
        self.record.display_text = self.text(Field::DisplayText);
    }

    fn authorizations(&mut self) {
        let mut problems = Vec::new();
        for (index, authorization) in self.record.authorizations.iter().enumerate() {
            let Value::Object(members) = &authorization.0 else {
                let found = describe(&authorization.0);
                problems.push(Problem {
                    path: format!("Authorizations[{index}]"),
                    expected: "an object",
                    found,
                });
                continue;
            };
            let mut check = |name: &str, expected: &'static str, good: &dyn Fn(&Value) -> bool| {
                if let Some(value) = members
                    .get(name)
                    .filter(|value| !value.is_null() && !good(value))
                {
                    let path = format!("Authorizations[{index}].{name}");
                    problems.push(Problem {
                        path,
                        expected,
                        found: describe(value),
                    });
                }
            };
            let date = |value: &Value| {
                value
                    .as_str()
                    .is_some_and(|text| DateText::new(text).at().is_some())
            };
            check("IsRevoked", "true or false", &Value::is_boolean);
            for name in ["GrantTimeUtc", "ValidFromUtc", "ValidUntilUtc"] {
                check(name, "a date and time in UTC", &date);
            }
        }
        self.problems.append(&mut problems);
    }
}
