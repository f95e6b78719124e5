//! `$metadata` and the service document: small, and true to what is served.

use std::fmt::Write;

use serde_json::{Value, json};

use super::schema::{Kind, SETS, Set};

/// The service document.
pub(crate) fn service(root: &str) -> Value {
    let sets: Vec<_> = SETS
        .iter()
        .map(|set| json!({ "name": set.name, "kind": "EntitySet", "url": set.name }))
        .collect();
    json!({ "@odata.context": format!("{root}$metadata"), "value": sets })
}

/// The schema as CSDL.
pub(crate) fn csdl() -> String {
    let mut sets = String::new();
    let mut types = String::new();
    for set in &SETS {
        let (name, entity) = (set.name, set.entity);
        let _ = writeln!(
            sets,
            r#"        <EntitySet Name="{name}" EntityType="Erp.{entity}"/>"#
        );
        types.push_str(&entity_type(set));
    }
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
  <edmx:DataServices>
    <Schema Namespace="Erp" xmlns="http://docs.oasis-open.org/odata/ns/edm">
      <EntityType Name="EntityObject" Abstract="true" OpenType="true"/>
      <ComplexType Name="OpenObject" OpenType="true"/>
      <ComplexType Name="MultilanguageString" OpenType="true"/>
      <ComplexType Name="Amount">
        <Property Name="Value" Type="Edm.Decimal"/>
        <Property Name="Currency" Type="Edm.String"/>
      </ComplexType>
      <ComplexType Name="Quantity">
        <Property Name="Value" Type="Edm.Decimal"/>
        <Property Name="Unit" Type="Edm.String"/>
      </ComplexType>
{types}      <Function Name="GetVersion">
        <ReturnType Type="Erp.OpenObject"/>
      </Function>
      <EntityContainer Name="Container">
{sets}        <FunctionImport Name="GetVersion" Function="Erp.GetVersion"/>
      </EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
"#
    )
}

fn entity_type(set: &Set) -> String {
    let mut text = String::new();
    let mut choices = String::new();
    for field in set.fields {
        let (name, nullable) = (field.name, !field.required);
        let _ = match field.kind {
            Kind::Reference(targets) => {
                let here = SETS.iter().find(|other| targets == [other.name]);
                let target = here.map_or("EntityObject", |other| other.entity);
                writeln!(
                    text,
                    r#"        <NavigationProperty Name="{name}" Type="Erp.{target}" Nullable="{nullable}"/>"#
                )
            }
            Kind::Choice(members) => {
                let _ = writeln!(choices, r#"      <EnumType Name="{}_{name}">"#, set.entity);
                for member in members {
                    let _ = writeln!(choices, r#"        <Member Name="{member}"/>"#);
                }
                choices.push_str("      </EnumType>\n");
                writeln!(
                    text,
                    r#"        <Property Name="{name}" Type="Erp.{}_{name}" Nullable="{nullable}"/>"#,
                    set.entity
                )
            }
            kind => {
                let edm = edm(kind);
                writeln!(
                    text,
                    r#"        <Property Name="{name}" Type="{edm}" Nullable="{nullable}"/>"#
                )
            }
        };
    }
    format!(
        r#"{choices}      <EntityType Name="{}" BaseType="Erp.EntityObject">
        <Key><PropertyRef Name="Id"/></Key>
{text}      </EntityType>
"#,
        set.entity
    )
}

fn edm(kind: Kind) -> &'static str {
    match kind {
        Kind::Text(_) | Kind::Choice(_) | Kind::Reference(_) => "Edm.String",
        Kind::MultiText => "Erp.MultilanguageString",
        Kind::Flag => "Edm.Boolean",
        Kind::Integer => "Edm.Int32",
        Kind::Guid => "Edm.Guid",
        Kind::Amount => "Erp.Amount",
        Kind::Quantity => "Erp.Quantity",
        Kind::Date => "Edm.DateTimeOffset",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_is_closed_and_every_attribute_is_there() {
        let text = csdl();
        let opened =
            text.matches('<').count() - text.matches("</").count() - text.matches("/>").count() - 1;
        assert_eq!(opened, text.matches("</").count());
        for field in SETS.iter().flat_map(|set| set.fields) {
            assert!(
                text.contains(&format!(r#"Name="{}""#, field.name)),
                "{}",
                field.name
            );
        }
    }
}
