//! The rows, in memory: listing, reading, and every change checked before it is made.

use std::collections::BTreeMap;

use erpnet_types::Timestamp;
use serde_json::{Value, json};

use super::failure::Failure;
use super::generate::{Row, guid, rows};
use super::query::Query;
use super::schema::{Field, Kind, PRODUCTS, SETS, Set, entity_id, reference};
use crate::builder::DataSize;
use crate::random;

/// The rows of every set, by id.
pub(crate) struct Store(BTreeMap<&'static str, BTreeMap<String, Row>>);

/// One page of a list.
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    /// How many rows there are in all.
    pub(crate) total: usize,
    /// The id of the last row of the page, when there are more.
    pub(crate) last_of_more: Option<String>,
}

impl Store {
    pub(crate) fn generate(size: DataSize) -> Self {
        let by_id = |rows: Vec<Row>| rows.into_iter().map(|row| (id_of(&row), row)).collect();
        let sets = SETS.iter().zip(rows(size));
        Self(sets.map(|(set, rows)| (set.name, by_id(rows))).collect())
    }

    fn rows(&self, set: &Set) -> &BTreeMap<String, Row> {
        &self.0[set.name]
    }

    fn rows_mut(&mut self, set: &Set) -> &mut BTreeMap<String, Row> {
        self.0.entry(set.name).or_default()
    }

    pub(crate) fn count(&self, set: &Set) -> usize {
        self.rows(set).len()
    }

    pub(crate) fn page(&self, set: &Set, query: &Query) -> Page {
        let all = self.rows(set);
        let mut rows: Vec<_> = all
            .values()
            .filter(|row| query.after.as_ref().is_none_or(|after| id_of(row) > *after))
            .collect();
        if query.is_ordered() {
            rows.sort_by(|a, b| query.compare(a, b));
        }
        let rest = rows.len().saturating_sub(query.skip);
        let taken = query.top.unwrap_or(rest);
        let shown = rows.into_iter().skip(query.skip).take(taken);
        let rows: Vec<_> = shown
            .map(|row| (id_of(row), query.project(set, row)))
            .collect();
        let last_of_more = rows
            .last()
            .filter(|_| rest > taken)
            .map(|(id, _)| id.clone());
        Page {
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            total: all.len(),
            last_of_more,
        }
    }

    pub(crate) fn get(&self, set: &Set, id: &str) -> Result<&Row, Failure> {
        let row = self.rows(set).get(&id.to_lowercase());
        row.ok_or_else(|| not_found(set, id))
    }

    pub(crate) fn create(
        &mut self,
        set: &Set,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Row, Failure> {
        let mut row: Row = set
            .fields
            .iter()
            .map(|field| (field.name.to_owned(), self.initial(set, field, now)))
            .collect();
        let mut given = self.changes(set, body)?;
        given.remove("ObjectVersion");
        row.extend(given);
        let missing = set
            .fields
            .iter()
            .find(|field| field.required && row[field.name].is_null());
        if let Some(field) = missing {
            return Err(Failure::Business(format!(
                "the attribute '{}' is required",
                field.name
            )));
        }
        let id = random::bytes::<16>().map_err(|error| Failure::Business(error.to_string()))?;
        let id = guid(&id);
        row.insert("Id".to_owned(), json!(id));
        touch(set, &mut row, now);
        self.rows_mut(set).insert(id, row.clone());
        Ok(row)
    }

    pub(crate) fn update(
        &mut self,
        set: &Set,
        id: &str,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(), Failure> {
        let mut row = self.get(set, id)?.clone();
        let mut changes = self.changes(set, body)?;
        // AUTH-286: a version that is sent must be the one that is stored.
        if let Some(version) = changes.remove("ObjectVersion")
            && version != row["ObjectVersion"]
        {
            let message = "the object was changed by someone else: the object version differs";
            return Err(Failure::Business(message.to_owned()));
        }
        row.extend(changes);
        touch(set, &mut row, now);
        self.rows_mut(set).insert(id_of(&row), row);
        Ok(())
    }

    pub(crate) fn delete(&mut self, set: &Set, id: &str) -> Result<(), Failure> {
        let id = id_of(self.get(set, id)?);
        let here = json!({ "@odata.id": format!("{}({id})", set.name) });
        let mut others = self.0.values().flat_map(BTreeMap::values);
        if others.any(|row| row.values().any(|value| *value == here)) {
            let message = "the object cannot be deleted: other objects refer to it";
            return Err(Failure::Business(message.to_owned()));
        }
        self.rows_mut(set).remove(&id);
        Ok(())
    }

    /// The members of a body that are to be written, each checked. `ObjectVersion` may be among them.
    fn changes(&self, set: &Set, body: &[u8]) -> Result<Row, Failure> {
        let members: Row = serde_json::from_slice(body)
            .map_err(|_| Failure::Query("expected a json object as body".to_owned()))?;
        let mut changes = Row::new();
        for (name, value) in members {
            // AUTH-287: `X@odata.bind` is the other way to write a reference.
            let (name, value) = match name.strip_suffix("@odata.bind") {
                Some(name) => (name.to_owned(), json!({ "@odata.id": value })),
                None => (name, value),
            };
            let Some(field) = set.field(&name) else {
                let message = format!(
                    "the property '{name}' does not exist on type 'Erp.{}'",
                    set.entity
                );
                return Err(Failure::Query(message));
            };
            if field.read_only && name != "ObjectVersion" {
                return Err(Failure::Business(format!(
                    "the attribute '{name}' is read-only"
                )));
            }
            if !field.accepts(&value) {
                return Err(Failure::Query(format!(
                    "the value of the property '{name}' does not fit"
                )));
            }
            let value = match reference(&value) {
                Some((target, id)) if matches!(field.kind, Kind::Reference(_)) => {
                    self.target(field, target, id)?
                }
                _ => value,
            };
            changes.insert(name, value);
        }
        Ok(changes)
    }

    /// A reference as it is stored. One to a set of the sandbox must lead somewhere; others are not here to look into.
    fn target(&self, field: &Field, target: &str, id: &str) -> Result<Value, Failure> {
        let here = SETS.iter().find(|set| set.name == target);
        if here.is_some_and(|set| self.get(set, id).is_err()) {
            let message = format!("the reference '{}' leads to no object", field.name);
            return Err(Failure::Business(message));
        }
        Ok(json!({ "@odata.id": format!("{target}({})", id.to_lowercase()) }))
    }

    /// What an attribute has when it is not given.
    fn initial(&self, set: &Set, field: &Field, now: Timestamp) -> Value {
        match (field.kind, field.name) {
            (_, "Number" | "DocumentNo") => json!(self.next_number(set, field.name)),
            (_, "DocumentDate") => json!(midnight(now)),
            (Kind::Flag, name) => json!(name == "Active"),
            (Kind::Integer, _) => json!(0),
            (Kind::Choice(names), _) => json!(names.first()),
            _ => Value::Null,
        }
    }

    /// The number after the largest, as wide as the others.
    fn next_number(&self, set: &Set, name: &str) -> String {
        let numbers = self.rows(set).values().filter_map(|row| row[name].as_str());
        let numbers = numbers.filter_map(|text| Some((text.parse::<u64>().ok()?, text.len())));
        let (largest, width) = numbers.max().unwrap_or((0, 6));
        format!("{:0width$}", largest.saturating_add(1))
    }
}

/// What the server writes itself on every change.
fn touch(set: &Set, row: &mut Row, now: Timestamp) {
    let version = row["ObjectVersion"].as_i64().unwrap_or_default();
    let name = match set.name {
        PRODUCTS => row["Name"]
            .get("EN")
            .or_else(|| row["Name"].as_object()?.values().next()),
        _ => row.get("DocumentNo"),
    };
    // The name of a customer is its party's, which is not here.
    let kept = row.get("DisplayText").filter(|text| text.is_string());
    let name = name.or(kept).or_else(|| row.get("Number")).cloned();
    row.insert("DisplayText".to_owned(), name.unwrap_or_default());
    row.insert("ObjectVersion".to_owned(), json!(version + 1));
    let now = Timestamp::from_unix_seconds(now.unix_seconds()).to_string();
    row.insert("AggregateLastUpdateTimeUtc".to_owned(), json!(now));
}

fn midnight(now: Timestamp) -> String {
    let seconds = now.unix_seconds();
    Timestamp::from_unix_seconds(seconds - seconds.rem_euclid(86_400)).to_string()
}

fn id_of(row: &Row) -> String {
    row["Id"].as_str().unwrap_or_default().to_owned()
}

pub(crate) fn not_found(set: &Set, id: &str) -> Failure {
    Failure::NotFound(format!("there is no object {}({id})", set.name))
}

/// Finds the set and the id in `Set(guid)`.
pub(crate) fn entity(text: &str) -> Option<(&'static Set, &str)> {
    let (name, id) = entity_id(text)?;
    Some((SETS.iter().find(|set| set.name == name)?, id))
}
