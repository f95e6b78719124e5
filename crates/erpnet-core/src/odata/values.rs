//! The values of ERP.net that are objects in JSON: amounts, quantities, references, texts in languages, custom properties.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::decimal::Decimal;
use super::fault::QueryFault;
use super::guid::Guid;
use super::name::check_name;

/// The longest text that is read as a reference, in bytes.
pub const MAX_REFERENCE: usize = 2048;

/// An amount of money: `{"Value": 12.5, "Currency": "EUR"}`, without any float between.
///
/// ```
/// use erpnet_core::odata::Amount;
///
/// let total: Amount = serde_json::from_str(r#"{"Value": 12948.770, "Currency": "BGN"}"#)?;
/// assert_eq!((total.value.to_string().as_str(), total.currency.as_deref()), ("12948.770", Some("BGN")));
/// assert_eq!(serde_json::to_string(&total)?, r#"{"Value":12948.770,"Currency":"BGN"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Amount {
    /// How much.
    #[serde(rename = "Value")]
    pub value: Decimal,
    /// The currency's sign.
    #[serde(rename = "Currency")]
    pub currency: Option<String>,
}

impl Amount {
    /// So much of a currency.
    #[must_use]
    pub fn new(value: Decimal, currency: impl Into<String>) -> Self {
        let currency = Some(currency.into());
        Self { value, currency }
    }
}

/// A quantity: `{"Value": 3, "Unit": "pcs"}`, without any float between.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Quantity {
    /// How much.
    #[serde(rename = "Value")]
    pub value: Decimal,
    /// The measurement unit's code.
    #[serde(rename = "Unit")]
    pub unit: Option<String>,
}

impl Quantity {
    /// So many of a unit.
    #[must_use]
    pub fn new(value: Decimal, unit: impl Into<String>) -> Self {
        let unit = Some(unit.into());
        Self { value, unit }
    }
}

/// A text in several languages: `{"EN": "Goods", "BG": "Стоки"}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MultilanguageString(pub BTreeMap<String, String>);

impl MultilanguageString {
    /// A text in one language.
    #[must_use]
    pub fn of(language: impl Into<String>, text: impl Into<String>) -> Self {
        Self(BTreeMap::from([(language.into(), text.into())]))
    }

    /// The text in a language, by its code in either case.
    #[must_use]
    pub fn get(&self, language: &str) -> Option<&str> {
        let found = self
            .0
            .iter()
            .find(|(code, _)| code.eq_ignore_ascii_case(language));
        found.map(|(_, text)| text.as_str())
    }

    /// The text in the first of these languages that has one, or in any.
    #[must_use]
    pub fn in_first_of(&self, languages: &[&str]) -> Option<&str> {
        let wished = languages.iter().find_map(|language| self.get(language));
        wished.or_else(|| self.0.values().next().map(String::as_str))
    }
}

/// The value of a custom property: `{"Value": "blue", "ValueId": null, "Description": null}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomPropertyValue {
    /// The short value, which filters compare.
    #[serde(rename = "Value")]
    pub value: Option<String>,
    /// The allowed value that it is one of.
    #[serde(rename = "ValueId", default)]
    pub value_id: Option<Guid>,
    /// The long value.
    #[serde(rename = "Description", default)]
    pub description: Option<MultilanguageString>,
}

/// A reference to an entity: `General_Products_Products(edf2bd2a-7e4d-e111-a06c-00155d00050a)`.
///
/// In JSON it is `{"@odata.id": "..."}`. An object with more attributes, the bare text, and an absolute URL are read as
/// well. For `X@odata.bind`, write [`to_string`](ToString::to_string).
///
/// ```
/// use erpnet_core::odata::{EntityRef, field};
///
/// let json = r#"{"@odata.id": "Crm_Customers(79480957-f0b6-49c4-9874-2cd150de982a)", "Number": "7"}"#;
/// let customer: EntityRef = serde_json::from_str(json)?;
/// assert_eq!(customer.entity_set(), "Crm_Customers");
/// assert_eq!(field("Customer").eq(&customer).text()?, "Customer eq 'Crm_Customers(79480957-f0b6-49c4-9874-2cd150de982a)'");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EntityRef {
    set: String,
    id: Guid,
}

impl EntityRef {
    /// A reference by entity set and id.
    ///
    /// # Errors
    /// [`QueryFault::Name`] or [`QueryFault::Value`].
    pub fn new<I>(entity_set: &str, id: I) -> Result<Self, QueryFault>
    where
        I: TryInto<Guid>,
        QueryFault: From<I::Error>,
    {
        check_name("an entity set", entity_set)?;
        Ok(Self {
            set: entity_set.to_owned(),
            id: id.try_into()?,
        })
    }

    /// Reads `Set(id)`, alone or at the end of a URL.
    ///
    /// # Errors
    /// [`QueryFault::Name`] or [`QueryFault::Value`].
    pub fn parse(text: &str) -> Result<Self, QueryFault> {
        let fault = |why| {
            QueryFault::value(
                "a reference like `Crm_Customers(79480957-f0b6-49c4-9874-2cd150de982a)`",
                why,
            )
        };
        if text.len() > MAX_REFERENCE {
            return Err(fault("it is longer than 2048 bytes"));
        }
        let last = text.rsplit('/').next().unwrap_or_default();
        let (set, id) = last
            .strip_suffix(')')
            .and_then(|inner| inner.split_once('('))
            .ok_or_else(|| fault("it has no id in parentheses"))?;
        Self::new(set, id)
    }

    /// The entity set, which also tells the type where references may be to several.
    #[must_use]
    pub fn entity_set(&self) -> &str {
        &self.set
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> Guid {
        self.id
    }
}

impl fmt::Display for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.set, self.id)
    }
}

impl fmt::Debug for EntityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntityRef({self})")
    }
}

impl std::str::FromStr for EntityRef {
    type Err = QueryFault;

    fn from_str(text: &str) -> Result<Self, QueryFault> {
        Self::parse(text)
    }
}

#[derive(Serialize, Deserialize)]
struct Wire<T> {
    #[serde(rename = "@odata.id", alias = "@id")]
    id: T,
}

impl Serialize for EntityRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire {
            id: self.to_string(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EntityRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Object(Wire<String>),
            Text(String),
        }
        let (Form::Object(Wire { id: text }) | Form::Text(text)) = Form::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "79480957-f0b6-49c4-9874-2cd150de982a";

    #[test]
    fn auth_287_references_are_read_in_each_form_and_written_in_one() {
        let expected = EntityRef::new("Crm_Customers", ID).unwrap();
        for json in [
            format!(r#"{{"@odata.id":"Crm_Customers({ID})"}}"#),
            format!(r#"{{"Number":7.50,"@odata.id":"Crm_Customers({ID})","Lines":[{{}}]}}"#),
            format!(r#"{{"@id":"Crm_Customers({ID})"}}"#),
            format!(r#""Crm_Customers({ID})""#),
            format!(r#""https://demodb.my.erp.net/api/domain/odata/Crm_Customers({ID})""#),
        ] {
            assert_eq!(
                serde_json::from_str::<EntityRef>(&json).unwrap(),
                expected,
                "{json}"
            );
        }
        assert_eq!(
            serde_json::to_string(&expected).unwrap(),
            format!(r#"{{"@odata.id":"Crm_Customers({ID})"}}"#)
        );
        for bad in [
            "",
            "x",
            "Crm_Customers",
            "Crm_Customers()",
            "(1)",
            "Crm_Customers(1)",
            "Crm Customers(79480957-f0b6-49c4-9874-2cd150de982a)",
            "Crm_Customers(79480957-f0b6-49c4-9874-2cd150de982a)x",
            "Crm_Customers(79480957-f0b6-49c4-9874-2cd150de982a)/Lines",
        ] {
            assert!(EntityRef::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn references_have_a_length() {
        let of = |n: usize| {
            let end = format!("/Crm_Customers({ID})");
            EntityRef::parse(&format!("{}{end}", "x".repeat(n - end.len()))).is_ok()
        };
        assert!(of(MAX_REFERENCE - 1) && of(MAX_REFERENCE) && !of(MAX_REFERENCE + 1));
    }

    #[test]
    fn amounts_and_quantities_keep_their_digits() {
        let json = r#"{"Value":0.10000000000000000000000001,"Unit":"кг"}"#;
        let quantity: Quantity = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&quantity).unwrap(), json);
        // The documentation writes the number in quotes, too.
        let amount: Amount = serde_json::from_str(r#"{"Value":"3.55","Currency":"USD"}"#).unwrap();
        assert_eq!(amount, Amount::new("3.55".parse().unwrap(), "USD"));
        assert_eq!(
            quantity,
            Quantity::new("0.10000000000000000000000001".parse().unwrap(), "кг")
        );
        let bare: Amount = serde_json::from_str(r#"{"Value":1,"Currency":null}"#).unwrap();
        assert_eq!(bare.currency, None);
        assert!(serde_json::from_str::<Amount>(r#"{"Value":null,"Currency":"USD"}"#).is_err());
        assert!(
            serde_json::from_str::<Option<Amount>>("null")
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn custom_properties_and_texts() {
        let json = r#"{"Value":"apple","ValueId":"5263a2d3-88b0-41db-adae-31c76135719e","Description":{"DE":"Der Apfel.","EN":"The apple."}}"#;
        let value: CustomPropertyValue = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), json);
        let texts = value.description.unwrap();
        assert_eq!(texts.get("en"), Some("The apple."));
        assert_eq!(texts.in_first_of(&["BG", "EN"]), Some("The apple."));
        assert_eq!(texts.in_first_of(&["BG"]), Some("Der Apfel."));
        assert_eq!(MultilanguageString::default().in_first_of(&["BG"]), None);
        assert_eq!(MultilanguageString::of("EN", "x").get("EN"), Some("x"));
        let short: CustomPropertyValue = serde_json::from_str(r#"{"Value":null}"#).unwrap();
        assert_eq!(short, CustomPropertyValue::default());
    }
}
