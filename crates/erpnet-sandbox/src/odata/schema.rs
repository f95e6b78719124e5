//! The shapes of the entity sets: one table that reading, writing and `$metadata` share.

use serde_json::{Map, Value};

/// What an attribute holds, and how it looks as JSON (AUTH-287).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string of at most so many characters.
    Text(usize),
    /// `{"EN": "...", "BG": "..."}`
    MultiText,
    Flag,
    Integer,
    Guid,
    /// `{"Value": 1.5, "Currency": "EUR"}`
    Amount,
    /// `{"Value": 2, "Unit": "pcs"}`
    Quantity,
    /// `2026-05-08T00:00:00Z`
    Date,
    /// One of these names, as a string.
    Choice(&'static [&'static str]),
    /// `{"@odata.id": "Set(guid)"}`, to one of these sets.
    Reference(&'static [&'static str]),
}

impl Kind {
    /// Whether rows can be ordered by it.
    pub(crate) fn is_simple(self) -> bool {
        !matches!(
            self,
            Self::MultiText | Self::Amount | Self::Quantity | Self::Reference(_)
        )
    }

    /// Whether a value that is not null fits. Whether a referred row exists is not looked at here.
    fn accepts(self, value: &Value) -> bool {
        let measured = |unit: &str| {
            let members = value.as_object().filter(|members| members.len() == 2);
            members.is_some_and(|members| {
                members.get("Value").is_some_and(Value::is_number)
                    && members.get(unit).is_some_and(Value::is_string)
            })
        };
        match self {
            Self::Text(max) => value
                .as_str()
                .is_some_and(|text| text.chars().count() <= max),
            Self::MultiText => value.as_object().is_some_and(is_multi_text),
            Self::Flag => value.is_boolean(),
            Self::Integer => value
                .as_i64()
                .is_some_and(|number| i32::try_from(number).is_ok()),
            Self::Guid => value.as_str().is_some_and(is_guid),
            Self::Amount => measured("Currency"),
            Self::Quantity => measured("Unit"),
            Self::Date => value.as_str().is_some_and(is_date),
            Self::Choice(names) => value.as_str().is_some_and(|name| names.contains(&name)),
            Self::Reference(targets) => {
                reference(value).is_some_and(|(target, _)| targets.contains(&target))
            }
        }
    }
}

fn is_multi_text(members: &Map<String, Value>) -> bool {
    let language = |name: &str| name.len() == 2 && name.bytes().all(|b| b.is_ascii_uppercase());
    !members.is_empty()
        && members
            .iter()
            .all(|(name, text)| language(name) && text.is_string())
}

pub(crate) fn is_guid(text: &str) -> bool {
    let dash = |index: usize| [8, 13, 18, 23].contains(&index);
    text.len() == 36
        && text.bytes().enumerate().all(|(index, b)| {
            if dash(index) {
                b == b'-'
            } else {
                b.is_ascii_hexdigit()
            }
        })
}

/// `2026-05-08T00:00:00Z`, by its pattern.
fn is_date(text: &str) -> bool {
    let pattern = b"0000-00-00T00:00:00Z";
    text.len() == pattern.len()
        && text.bytes().zip(pattern).all(|(b, p)| {
            if *p == b'0' {
                b.is_ascii_digit()
            } else {
                b == *p
            }
        })
}

/// The set and id in `{"@odata.id": "Set(guid)"}`.
pub(crate) fn reference(value: &Value) -> Option<(&str, &str)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    entity_id(members.get("@odata.id")?.as_str()?)
}

/// Splits `Set(guid)`.
pub(crate) fn entity_id(text: &str) -> Option<(&str, &str)> {
    let (set, id) = text.strip_suffix(')')?.split_once('(')?;
    is_guid(id).then_some((set, id))
}

/// One attribute or reference.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) read_only: bool,
    /// Whether it is sent without being selected. The `Id` and calculated attributes are not.
    pub(crate) by_default: bool,
}

impl Field {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: false,
            read_only: false,
            by_default: true,
        }
    }

    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Kept by the server, and sent only when selected.
    const fn system(name: &'static str, kind: Kind) -> Self {
        let mut field = Self::new(name, kind);
        field.read_only = true;
        field.by_default = false;
        field
    }

    /// Whether a value can be written.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        if value.is_null() {
            !self.required
        } else {
            self.kind.accepts(value)
        }
    }
}

/// One entity set.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) name: &'static str,
    /// The name of its entity type in `$metadata`.
    pub(crate) entity: &'static str,
    pub(crate) fields: &'static [Field],
}

impl Set {
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

pub(crate) const CUSTOMERS: &str = "Crm_Customers";
pub(crate) const PRODUCTS: &str = "General_Products_Products";
pub(crate) const ORDERS: &str = "Crm_Sales_SalesOrders";

pub(crate) const STATES: &[&str] = &[
    "New",
    "Adjustment",
    "Planned",
    "FirmPlanned",
    "Released",
    "Completed",
    "Closed",
];

/// All sets, in the order of the service document.
pub(crate) static SETS: [Set; 3] = [
    Set {
        name: CUSTOMERS,
        entity: "Crm_Customer",
        fields: &[
            Field::system("Id", Kind::Guid),
            Field::new("Active", Kind::Flag).required(),
            Field::new("CreditLimit", Kind::Amount),
            Field::new("DefaultPaymentTermDays", Kind::Integer).required(),
            Field::new(
                "EnterpriseCompany",
                Kind::Reference(&["General_EnterpriseCompanies"]),
            ),
            Field::new("FromDate", Kind::Date),
            Field::new("GracePeriodDays", Kind::Integer).required(),
            Field::new("Number", Kind::Text(16)),
            Field::new(
                "Party",
                Kind::Reference(&[
                    "General_Contacts_Companies",
                    "General_Contacts_Persons",
                    "General_Contacts_Parties",
                ]),
            )
            .required(),
            Field::system("AggregateLastUpdateTimeUtc", Kind::Date),
            Field::system("DisplayText", Kind::Text(254)),
            Field::system("ObjectVersion", Kind::Integer),
        ],
    },
    Set {
        name: PRODUCTS,
        entity: "General_Products_Product",
        fields: &[
            Field::system("Id", Kind::Guid),
            Field::new("Active", Kind::Flag).required(),
            Field::new(
                "MeasurementUnit",
                Kind::Reference(&["General_MeasurementUnits"]),
            ),
            Field::new("Name", Kind::MultiText).required(),
            Field::new("PartNumber", Kind::Text(60)).required(),
            Field::new(
                "ProductGroup",
                Kind::Reference(&["General_Products_ProductGroups"]),
            )
            .required(),
            Field::new(
                "ProductType",
                Kind::Reference(&["General_Products_ProductTypes"]),
            ),
            Field::new("StandardLotSizeBase", Kind::Quantity),
            Field::system("AggregateLastUpdateTimeUtc", Kind::Date),
            Field::system("DisplayText", Kind::Text(254)),
            Field::system("ObjectVersion", Kind::Integer),
        ],
    },
    Set {
        name: ORDERS,
        entity: "Crm_Sales_SalesOrder",
        fields: &[
            Field::system("Id", Kind::Guid),
            Field::new("Customer", Kind::Reference(&[CUSTOMERS])).required(),
            Field::new("DocumentCurrency", Kind::Reference(&["General_Currencies"])),
            Field::new("DocumentDate", Kind::Date).required(),
            Field::new("DocumentNo", Kind::Text(20)),
            Field::new("DocumentNotes", Kind::Text(4000)),
            Field::new(
                "DocumentType",
                Kind::Reference(&["General_DocumentTypes", "Systems_Documents_DocumentTypes"]),
            )
            .required(),
            Field::new(
                "EnterpriseCompany",
                Kind::Reference(&["General_EnterpriseCompanies"]),
            )
            .required(),
            Field::new("RequiredDeliveryDate", Kind::Date),
            Field::new("State", Kind::Choice(STATES)).required(),
            Field::new("Void", Kind::Flag).required(),
            Field::system("AggregateLastUpdateTimeUtc", Kind::Date),
            Field::system("DisplayText", Kind::Text(254)),
            Field::system("ObjectVersion", Kind::Integer),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn auth_287_values_have_the_documented_shapes() {
        let id = "edf2bd2a-7e4d-e111-a06c-00155d00050a";
        let good = [
            (Kind::Text(3), json!("abc")),
            (Kind::MultiText, json!({ "EN": "Tea", "BG": "Чай" })),
            (Kind::Integer, json!(7)),
            (Kind::Amount, json!({ "Value": 1.5, "Currency": "EUR" })),
            (Kind::Quantity, json!({ "Value": 2, "Unit": "pcs" })),
            (Kind::Date, json!("2026-05-08T00:00:00Z")),
            (Kind::Choice(STATES), json!("Released")),
            (
                Kind::Reference(&["A"]),
                json!({ "@odata.id": format!("A({id})") }),
            ),
            (Kind::Guid, json!(id)),
        ];
        let bad = [
            (Kind::Text(3), json!("abcd")),
            (Kind::MultiText, json!("Tea")),
            (Kind::MultiText, json!({})),
            (Kind::MultiText, json!({ "en": "Tea" })),
            (Kind::Integer, json!(1.5)),
            (Kind::Integer, json!(3_000_000_000_i64)),
            (Kind::Amount, json!(1.5)),
            (Kind::Amount, json!({ "Value": 1.5, "Unit": "EUR" })),
            (Kind::Date, json!("2026-05-08")),
            (Kind::Choice(STATES), json!(30)),
            (
                Kind::Reference(&["A"]),
                json!({ "@odata.id": format!("B({id})") }),
            ),
            (Kind::Reference(&["A"]), json!({ "@odata.id": "A(1)" })),
            (Kind::Flag, json!("true")),
        ];
        assert!(good.iter().all(|(kind, value)| kind.accepts(value)));
        for (kind, value) in &bad {
            assert!(!kind.accepts(value), "{kind:?} {value}");
        }
    }
}
