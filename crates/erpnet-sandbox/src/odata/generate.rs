//! Believable data, the same for the same size on every machine.

use serde_json::{Map, Value, json};

use super::schema::{CUSTOMERS, STATES};
use crate::builder::DataSize;

/// A row: every attribute of its set by name, the system's included.
pub(crate) type Row = Map<String, Value>;

const COMPANY_FIRST: [&str; 12] = [
    "Balkan",
    "Danube",
    "Rila",
    "Vitosha",
    "Black Sea",
    "Thracia",
    "Orion",
    "Northwind",
    "Pirin",
    "Maritsa",
    "Golden Gate",
    "Silver Line",
];
const COMPANY_SECOND: [&str; 10] = [
    "Foods",
    "Trading",
    "Logistics",
    "Retail",
    "Electronics",
    "Textiles",
    "Machinery",
    "Pharma",
    "Furniture",
    "Paper",
];
const COMPANY_FORM: [&str; 4] = ["Ltd", "JSC", "GmbH", "& Sons"];

/// English and Bulgarian name, unit.
const GOODS: [(&str, &str, &str); 16] = [
    ("Coffee beans", "Кафе на зърна", "kg"),
    ("Green tea", "Зелен чай", "pcs"),
    ("Olive oil", "Зехтин", "l"),
    ("Office chair", "Офис стол", "pcs"),
    ("Desk lamp", "Настолна лампа", "pcs"),
    ("Copy paper", "Копирна хартия", "pcs"),
    ("Suspension arm", "Носач", "pcs"),
    ("Brake pads", "Накладки", "set"),
    ("Steel sheet", "Стоманен лист", "kg"),
    ("Copper wire", "Меден проводник", "m"),
    ("Hand soap", "Течен сапун", "l"),
    ("Mineral water", "Минерална вода", "l"),
    ("Cotton shirt", "Памучна риза", "pcs"),
    ("Safety helmet", "Защитна каска", "pcs"),
    ("Label printer", "Етикетен принтер", "pcs"),
    ("Pallet box", "Палетен контейнер", "pcs"),
];
const VARIANTS: [(&str, &str); 5] = [
    ("standard", "стандарт"),
    ("premium", "премиум"),
    ("small", "малък"),
    ("large", "голям"),
    ("export", "износ"),
];

/// The rows of the three sets: customers, products, sales orders.
pub(crate) fn rows(size: DataSize) -> [Vec<Row>; 3] {
    let (customers, products, orders) = match size {
        DataSize::Small => (25, 40, 60),
        DataSize::Large => (2500, 4000, 6000),
    };
    let mut random = Random(0x0e59_0e75_a2db_0c5e);
    let company = random.reference("General_EnterpriseCompanies");
    let currency = random.reference("General_Currencies");
    let customers: Vec<_> = (0..customers)
        .map(|index| customer(&mut random, index, &company))
        .collect();
    let groups: Vec<_> = (0..8)
        .map(|_| random.reference("General_Products_ProductGroups"))
        .collect();
    let kind = random.reference("General_Products_ProductTypes");
    let products = (0..products)
        .map(|index| product(&mut random, index, &groups, &kind))
        .collect();
    let document = random.reference("General_DocumentTypes");
    let orders = (0..orders)
        .map(|index| {
            let buyer = &customers[random.below(customers.len())]["Id"];
            let id = buyer.as_str().unwrap_or_default();
            let mut order = order(&mut random, index);
            order.insert(
                "Customer".into(),
                json!({ "@odata.id": format!("{CUSTOMERS}({id})") }),
            );
            order.insert("DocumentType".into(), document.clone());
            order.insert("EnterpriseCompany".into(), company.clone());
            order.insert("DocumentCurrency".into(), currency.clone());
            order
        })
        .collect();
    [customers, products, orders]
}

fn customer(random: &mut Random, index: usize, company: &Value) -> Row {
    // Mixed radix, so that the first 480 names differ.
    let (first, rest) = (index % COMPANY_FIRST.len(), index / COMPANY_FIRST.len());
    let second = (index + rest) % COMPANY_SECOND.len();
    let form = (rest / COMPANY_SECOND.len() + index) % COMPANY_FORM.len();
    let limit = random.chance(3).then(|| {
        let value = (random.below(200) + 1) as f64 * 250.0;
        json!({ "Value": value, "Currency": "EUR" })
    });
    let name = format!(
        "{} {} {}",
        COMPANY_FIRST[first], COMPANY_SECOND[second], COMPANY_FORM[form]
    );
    row(json!({
        "Id": random.guid(),
        "Active": !random.chance(10),
        "CreditLimit": limit,
        "DefaultPaymentTermDays": random.pick(&[0, 7, 14, 30, 60]),
        "EnterpriseCompany": company,
        "FromDate": random.date(2016, 9),
        "GracePeriodDays": random.pick(&[0, 3, 5]),
        "Number": format!("{:06}", index + 1),
        "Party": random.reference("General_Contacts_Companies"),
        "AggregateLastUpdateTimeUtc": random.date(2025, 1),
        "DisplayText": name,
        "ObjectVersion": random.below(9) + 1,
    }))
}

fn product(random: &mut Random, index: usize, groups: &[Value], kind: &Value) -> Row {
    let (en, bg, unit) = GOODS[index % GOODS.len()];
    let (variant_en, variant_bg) = VARIANTS[index / GOODS.len() % VARIANTS.len()];
    let series = index / (GOODS.len() * VARIANTS.len()) + 1;
    let name = format!("{en}, {variant_en} {series}");
    row(json!({
        "Id": random.guid(),
        "Active": !random.chance(12),
        "MeasurementUnit": random.reference("General_MeasurementUnits"),
        "Name": { "EN": name, "BG": format!("{bg}, {variant_bg} {series}") },
        "PartNumber": format!("PRD-{:05}", index + 1),
        "ProductGroup": groups[index % groups.len()],
        "ProductType": kind,
        "StandardLotSizeBase": { "Value": random.pick(&[1.0, 2.5, 10.0, 12.0]), "Unit": unit },
        "AggregateLastUpdateTimeUtc": random.date(2025, 1),
        "DisplayText": name,
        "ObjectVersion": random.below(9) + 1,
    }))
}

fn order(random: &mut Random, index: usize) -> Row {
    let number = format!("{:010}", index + 1);
    let notes = [
        "Deliver to the back entrance",
        "Call before delivery",
        "Partial shipments allowed",
    ];
    row(json!({
        "Id": random.guid(),
        "DocumentDate": random.date(2025, 2),
        "DocumentNo": number,
        "DocumentNotes": random.chance(4).then(|| random.pick(&notes)),
        "RequiredDeliveryDate": random.chance(2).then(|| random.date(2026, 1)),
        "State": random.pick(STATES),
        "Void": random.chance(20),
        "AggregateLastUpdateTimeUtc": random.date(2025, 1),
        "DisplayText": number,
        "ObjectVersion": random.below(9) + 1,
    }))
}

fn row(value: Value) -> Row {
    match value {
        Value::Object(members) => members,
        _ => Row::new(),
    }
}

/// SplitMix64: small, and the same everywhere. Nothing secret is made with it.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap_or(0)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// True once in `n` times.
    fn chance(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn guid(&mut self) -> String {
        let bytes = [self.next().to_be_bytes(), self.next().to_be_bytes()].concat();
        guid(&bytes)
    }

    fn reference(&mut self, set: &str) -> Value {
        json!({ "@odata.id": format!("{set}({})", self.guid()) })
    }

    /// A day within so many years from the first of January of a year.
    fn date(&mut self, year: usize, years: usize) -> String {
        let year = year + self.below(years);
        let (month, day) = (self.below(12) + 1, self.below(28) + 1);
        format!("{year:04}-{month:02}-{day:02}T00:00:00Z")
    }
}

/// 16 bytes as a GUID of version 4.
pub(crate) fn guid(bytes: &[u8]) -> String {
    let mut bytes = bytes.to_vec();
    bytes.resize(16, 0);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = crate::random::upper_hex(&bytes).to_lowercase();
    [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ]
    .join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odata::schema::SETS;
    use std::collections::HashSet;

    #[test]
    fn generated_rows_fit_their_schema_and_repeat() {
        let small = rows(DataSize::Small);
        assert_eq!(small, rows(DataSize::Small));
        for (set, rows) in SETS.iter().zip(&small) {
            for row in rows {
                assert_eq!(row.len(), set.fields.len());
                for field in set.fields {
                    assert!(
                        field.accepts(&row[field.name]),
                        "{} {}",
                        field.name,
                        row[field.name]
                    );
                }
            }
        }
    }

    #[test]
    fn names_and_ids_differ() {
        let [customers, products, orders] = rows(DataSize::Large);
        let distinct = |rows: &[Row], name: &str| {
            let values: HashSet<_> = rows.iter().map(|row| row[name].to_string()).collect();
            values.len()
        };
        assert_eq!(
            (customers.len(), products.len(), orders.len()),
            (2500, 4000, 6000)
        );
        assert_eq!(distinct(&customers, "Id"), 2500);
        assert_eq!(distinct(&customers[..100], "DisplayText"), 100);
        assert_eq!(distinct(&products, "Name"), 4000);
        assert_eq!(distinct(&orders, "DocumentNo"), 6000);
    }
}
