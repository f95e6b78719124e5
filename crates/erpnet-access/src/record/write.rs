//! Writing a record: what was read comes back and what was changed is changed. Only `ClientType` is added unasked.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::TrustedApplication;
use super::field::Field;
use super::hash::HashText;
use super::values::{MultiText, ReferenceTokenPolicy};

/// Which members a record had when it was read. Not part of what a record is: two records that were written
/// differently are equal when they say the same.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    present: u32,
    null: u32,
    pub(super) old_policy_name: bool,
    pub(super) empty_hash: bool,
}

impl PartialEq for Written {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

const fn bit(field: Field) -> u32 {
    1 << (field as u32)
}

impl Written {
    pub(super) fn note(&mut self, field: Field, null: bool) {
        self.present |= bit(field);
        if null {
            self.null |= bit(field);
        }
    }

    fn had(self, field: Field) -> bool {
        self.present & bit(field) != 0
    }

    fn had_null(self, field: Field) -> bool {
        self.null & bit(field) != 0
    }
}

struct Writer {
    members: Map<String, Value>,
    written: Written,
}

impl Writer {
    /// Writes a member that differs from its default, or that was there before.
    fn put(&mut self, field: Field, value: Value, is_default: bool) {
        self.put_as(field.name(), field, value, is_default);
    }

    fn put_as(&mut self, name: &str, field: Field, value: Value, is_default: bool) {
        if is_default && self.members.contains_key(name) {
            // It could not be read, and nobody set it since: it stays as it came.
            return;
        }
        if !is_default {
            self.members.insert(name.to_owned(), value);
        } else if self.written.had_null(field) {
            self.members.insert(name.to_owned(), Value::Null);
        } else if self.written.had(field) {
            self.members.insert(name.to_owned(), value);
        }
    }

    fn text(&mut self, field: Field, text: Option<&str>) {
        self.put(field, text.map_or(Value::Null, Value::from), text.is_none());
    }

    fn flag(&mut self, field: Field, value: bool, default: bool) {
        self.put(field, Value::Bool(value), value == default);
    }
}

impl TrustedApplication {
    /// Writes the record as the Domain API spells it.
    ///
    /// Members that were read are written again under the name they had; members with their default value that were
    /// not there are left out.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut writer = Writer {
            members: self.other.clone(),
            written: self.written,
        };
        writer.text(Field::Id, self.id.as_deref());
        writer.put(
            Field::ApplicationUri,
            json!(self.application_uri),
            self.application_uri.is_empty(),
        );
        let (name, blank) = match &self.name {
            MultiText::Plain(text) => (json!(text), text.is_empty()),
            MultiText::ByLanguage(texts) => (json!(texts), false),
        };
        writer.put(Field::Name, name, blank);
        // The data model requires the type of client: it is always written (AUTH-349 asks the same of links).
        let unread = self.other.contains_key(Field::ClientType.name());
        writer.put(
            Field::ClientType,
            json!(self.client_type.as_str()),
            unread && self.client_type == super::ClientType::Confidential,
        );
        let empty = || self.written.empty_hash.then_some("");
        writer.text(
            Field::ApplicationSecretHash,
            self.application_secret_hash
                .as_ref()
                .map(HashText::as_str)
                .or_else(empty),
        );
        writer.flag(Field::IsEnabled, self.is_enabled, true);
        writer.flag(
            Field::ImpersonateAsInternalUserAllowed,
            self.impersonate_as_internal_user_allowed,
            false,
        );
        writer.flag(
            Field::ImpersonateAsCommunityUserAllowed,
            self.impersonate_as_community_user_allowed,
            false,
        );
        let login = self.impersonate_login_url.as_str();
        writer.put(Field::ImpersonateLoginUrl, json!(login), login.is_empty());
        let logout = self.impersonate_logout_url.as_str();
        writer.put(
            Field::ImpersonateLogoutUrl,
            json!(logout),
            logout.is_empty(),
        );
        writer.flag(Field::SystemUserAllowed, self.system_user_allowed, false);
        let user = self
            .system_user
            .as_ref()
            .map_or(Value::Null, |user| user.as_json().clone());
        writer.put(Field::SystemUser, user, self.system_user.is_none());
        writer.text(
            Field::SystemUserLoginUrl,
            self.system_user_login_url.as_deref(),
        );
        writer.put(Field::Scope, json!(self.scope), self.scope.is_empty());
        self.write_policy(&mut writer);
        writer.flag(
            Field::BasicAuthenticationAllowed,
            self.basic_authentication_allowed,
            false,
        );
        self.write_rest(&mut writer);
        Value::Object(writer.members)
    }

    fn write_policy(&self, writer: &mut Writer) {
        let policy = json!(self.reference_tokens.as_str());
        if self.written.old_policy_name {
            writer.put_as("AccessTokens", Field::ReferenceTokens, policy, false);
        } else {
            writer.put(
                Field::ReferenceTokens,
                policy,
                self.reference_tokens == ReferenceTokenPolicy::None,
            );
        }
    }

    fn write_rest(&self, writer: &mut Writer) {
        writer.text(
            Field::CreationTimeUtc,
            self.creation_time_utc.as_ref().map(super::DateText::as_str),
        );
        writer.text(Field::Notes, self.notes.as_deref());
        let items: Vec<Value> = self
            .authorizations
            .iter()
            .map(|item| item.as_json().clone())
            .collect();
        writer.put(
            Field::Authorizations,
            Value::Array(items),
            self.authorizations.is_empty(),
        );
        writer.put(
            Field::ObjectVersion,
            json!(self.object_version),
            self.object_version.is_none(),
        );
        writer.text(Field::ExternalId, self.external_id.as_deref());
        writer.text(Field::ExternalSystem, self.external_system.as_deref());
        let updated = self
            .aggregate_last_update_time_utc
            .as_ref()
            .map(super::DateText::as_str);
        writer.text(Field::AggregateLastUpdateTimeUtc, updated);
        writer.text(
            Field::AdditionalDataJson,
            self.additional_data_json.as_deref(),
        );
        writer.text(Field::DisplayText, self.display_text.as_deref());
    }
}

impl Serialize for TrustedApplication {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}
