//! The queries of the Domain API's documentation, each with the code that writes it.

use erpnet_core::odata::{
    Aggregate, Apply, Expand, Guid, Query, asc, date, date_time, desc, enumeration, field,
    reference,
};

/// A documented query, relative to the OData root, and its twin in code.
pub(crate) type Documented = (&'static str, fn() -> Query);

const ORDERS: &str = "Crm_Sales_SalesOrders";
const LINES: &str = "Crm_Sales_SalesOrderLines";
const PRODUCTS: &str = "General_Products_Products";

fn id(text: &str) -> Guid {
    Guid::parse(text).unwrap()
}

fn grouped(key: &str, figure: Aggregate<'_>) -> Query {
    Query::of(LINES).apply(Apply::group_by([key], [figure]))
}

fn count() -> Aggregate<'static> {
    Aggregate::count("Count")
}

fn total() -> Aggregate<'static> {
    Aggregate::sum("LineAmount", "TotalAmount")
}

fn shown(key: &str, number: &str) -> Expand {
    Expand::of(key).select([number, "DisplayText"])
}

/// Every documented query.
pub(crate) const DOCUMENTED: [Documented; 71] = [
    (
        "General_Contacts_Parties?$top=5&$filter=contains(PartyCode,'30')",
        || {
            Query::of("General_Contacts_Parties")
                .top(5)
                .filter(field("PartyCode").contains("30"))
        },
    ),
    (
        "General_Contacts_Parties?$top=5&$filter=contains(PartyName,'Ivan')",
        || {
            Query::of("General_Contacts_Parties")
                .top(5)
                .filter(field("PartyName").contains("Ivan"))
        },
    ),
    (
        "General_Products_Products?$top=10&$filter=Id in (edf2bd2a-7e4d-e111-a06c-00155d00050a, cf728601-1fd5-4853-ab23-01deeee7d038)",
        || {
            let ids = [
                "edf2bd2a-7e4d-e111-a06c-00155d00050a",
                "cf728601-1fd5-4853-ab23-01deeee7d038",
            ];
            Query::of(PRODUCTS)
                .top(10)
                .filter(field("Id").is_in(ids.map(id)))
        },
    ),
    (
        "Crm_Sales_SalesOrders?$top=10&$filter=State in ('FirmPlanned', 'Released')&$select=State",
        || {
            Query::of(ORDERS)
                .top(10)
                .filter(field("State").is_in(["FirmPlanned", "Released"]))
                .select(["State"])
        },
    ),
    (
        "Crm_Sales_SalesOrders?$top=10&$select=DocumentType&$filter=DocumentType in ('General_DocumentTypes(de4913f3-962a-4289-a0f3-01bc2c1da21d)', 'General_DocumentTypes(a8b99412-3348-4c12-abdf-1a6a15ab5449)')",
        || {
            let types = [
                "de4913f3-962a-4289-a0f3-01bc2c1da21d",
                "a8b99412-3348-4c12-abdf-1a6a15ab5449",
            ];
            let types = types.map(|id| reference("General_DocumentTypes", id));
            Query::of(ORDERS)
                .top(10)
                .select(["DocumentType"])
                .filter(field("DocumentType").is_in(types))
        },
    ),
    (
        "Crm_Sales_SalesOrders?$top=10&$filter=ToParty in ('General_Contacts_Persons(2e97f255-f410-4925-8c51-211c8eaa18b8)', 'General_Contacts_Companies(bc60d0bc-2804-4e3c-b355-04184aef5505)')",
        || {
            Query::of(ORDERS).top(10).filter(field("ToParty").is_in([
                reference(
                    "General_Contacts_Persons",
                    "2e97f255-f410-4925-8c51-211c8eaa18b8",
                ),
                reference(
                    "General_Contacts_Companies",
                    "bc60d0bc-2804-4e3c-b355-04184aef5505",
                ),
            ]))
        },
    ),
    (
        "General_Products_Products?$top=1&$select=default,CalculatedAttribute_name",
        || {
            Query::of(PRODUCTS)
                .top(1)
                .select(["default", "CalculatedAttribute_name"])
        },
    ),
    (
        "Crm_Sales_SalesOrders(59098bcf-f331-478f-91c2-f5520590f534)?$expand=Lines($expand=Product($select=Codes,Name,PartNumber;$expand=Codes($select=Code)))",
        || {
            let product = Expand::of("Product")
                .select(["Codes", "Name", "PartNumber"])
                .expand(Expand::of("Codes").select(["Code"]));
            Query::of(ORDERS)
                .key("59098bcf-f331-478f-91c2-f5520590f534")
                .expand(Expand::of("Lines").expand(product))
        },
    ),
    (
        "Crm_Sales_SalesOrders(59098bcf-f331-478f-91c2-f5520590f534)?$expand=Lines/$ref",
        || {
            Query::of(ORDERS)
                .key("59098bcf-f331-478f-91c2-f5520590f534")
                .expand(Expand::of("Lines").only_references())
        },
    ),
    (
        "Crm_Sales_SalesOrders?$top=2&$filter=DocumentDate eq 2012-01-01T00:00:00Z",
        || {
            Query::of(ORDERS)
                .top(2)
                .filter(field("DocumentDate").eq(date_time("2012-01-01T00:00:00Z")))
        },
    ),
    (
        "General_Products_Products?$top=10&$select=CustomProperty_color&$filter=CustomProperty_color eq 'blue'",
        || {
            Query::of(PRODUCTS)
                .top(10)
                .select(["CustomProperty_color"])
                .filter(field("CustomProperty_color").eq("blue"))
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$top=10&$filter=QuantityValue ge 3 and QuantityValue le 5 and LineAmountValue ge 15.45&$select=Quantity",
        || {
            let amount = "15.45".parse::<erpnet_core::odata::Decimal>().unwrap();
            let filter = field("QuantityValue")
                .ge(3)
                .and(field("QuantityValue").le(5))
                .and(field("LineAmountValue").ge(amount));
            Query::of(LINES).top(10).filter(filter).select(["Quantity"])
        },
    ),
    (
        "Crm_Invoicing_Invoices/$count?$filter=DocumentDate eq 2020-03-23T00:00:00Z",
        || {
            Query::of("Crm_Invoicing_Invoices")
                .only_count()
                .filter(field("DocumentDate").eq(date_time("2020-03-23T00:00:00Z")))
        },
    ),
    (
        "Crm_Sales_SalesOrderLines/$count?$filter=SalesOrder/Void eq false and SalesOrder/State ge 'Released' and Product eq 'General_Products_Products(35d5bcb9-0881-4bc8-bfe4-84fb874d4626)'",
        || {
            let product = reference(PRODUCTS, "35d5bcb9-0881-4bc8-bfe4-84fb874d4626");
            let filter = field("SalesOrder/Void")
                .eq(false)
                .and(field("SalesOrder/State").ge("Released"))
                .and(field("Product").eq(product));
            Query::of(LINES).only_count().filter(filter)
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$filter=SalesOrder/Void eq false and SalesOrder/State ge 'Released'&$top=10&$skip=120&$count=true",
        || {
            let filter = field("SalesOrder/Void")
                .eq(false)
                .and(field("SalesOrder/State").ge("Released"));
            Query::of(LINES)
                .filter(filter)
                .top(10)
                .skip(120)
                .count(true)
        },
    ),
    (
        "Crm_Sales_SalesOrders?$top=1&$filter=State ge Erp.General_DocumentState'Released'",
        || {
            let released = enumeration("Erp.General_DocumentState", "Released");
            Query::of(ORDERS).top(1).filter(field("State").ge(released))
        },
    ),
    (
        "Crm_Sales_SalesOrders?$top=2&$filter=MasterDocument eq 'Crm_Sales_SalesOrders(70ef9b04-d843-df11-a1e1-0018f3790817)'",
        || {
            let master = reference(ORDERS, "70ef9b04-d843-df11-a1e1-0018f3790817");
            Query::of(ORDERS)
                .top(2)
                .filter(field("MasterDocument").eq(master))
        },
    ),
    (
        "General_Products_Products?$filter=contains(Name,'ppl')",
        || Query::of(PRODUCTS).filter(field("Name").contains("ppl")),
    ),
    // The documentation shows it as one that the instance refuses.
    ("General_Products_Products?$filter=Name eq 'Apple'", || {
        Query::of(PRODUCTS).filter(field("Name").eq("Apple"))
    }),
    (
        "General_Products_Products?$top=2&$select=PartNumber,Name",
        || Query::of(PRODUCTS).top(2).select(["PartNumber", "Name"]),
    ),
    (
        "General_Products_ProductGroups?$top=2&$select=Name,Code",
        || {
            Query::of("General_Products_ProductGroups")
                .top(2)
                .select(["Name", "Code"])
        },
    ),
    (
        "General_Products_Products?$top=10&$select=Id,AggregateLastUpdateTimeUtc,PartNumber",
        || {
            Query::of(PRODUCTS)
                .top(10)
                .select(["Id", "AggregateLastUpdateTimeUtc", "PartNumber"])
        },
    ),
    (
        "Crm_Sales_SalesOrders(a727114c-3b36-e311-81cb-00155d001f00)?$select=Lines,ObjectVersion&$expand=Lines($select=ObjectVersion,default)",
        || {
            Query::of(ORDERS)
                .key("a727114c-3b36-e311-81cb-00155d001f00")
                .select(["Lines", "ObjectVersion"])
                .expand(Expand::of("Lines").select(["ObjectVersion", "default"]))
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=groupby((Product),aggregate($count as Count))",
        || grouped("Product", count()),
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=groupby((SalesOrder/Customer),aggregate($count as LinesCount,LineAmount with sum as TotalAmount))",
        || {
            Query::of(LINES).apply(Apply::group_by(
                ["SalesOrder/Customer"],
                [Aggregate::count("LinesCount"), total()],
            ))
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=groupby((SalesOrder/Customer),aggregate($count as LinesCount,LineAmount with sum as TotalAmount))&expandgroup=SalesOrder/Customer($select=Number,DisplayText)",
        || {
            Query::of(LINES)
                .apply(Apply::group_by(
                    ["SalesOrder/Customer"],
                    [Aggregate::count("LinesCount"), total()],
                ))
                .expand_group(shown("SalesOrder/Customer", "Number"))
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$top=10&$apply=groupby((Product,SalesOrder/Customer),aggregate($count as Count,LineAmount with sum as TotalAmount))&expandgroup=Product($select=Id,DisplayText),SalesOrder/Customer($select=Number,DisplayText)",
        || {
            Query::of(LINES)
                .top(10)
                .apply(Apply::group_by(
                    ["Product", "SalesOrder/Customer"],
                    [count(), total()],
                ))
                .expand_group([
                    shown("Product", "Id"),
                    shown("SalesOrder/Customer", "Number"),
                ])
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=aggregate(LineAmount with sum as TotalAmount)",
        || Query::of(LINES).apply(Apply::aggregate([total()])),
    ),
    (
        "Crm_Sales_SalesOrderLines?$filter=RequiredDeliveryDate ge 2026-01-01&$apply=aggregate(LineAmount with sum as TotalAmount,$count as Count)",
        || {
            Query::of(LINES)
                .filter(field("RequiredDeliveryDate").ge(date("2026-01-01")))
                .apply(Apply::aggregate([total(), count()]))
        },
    ),
    (
        "Crm_Sales_SalesAnalytics?$apply=compute(yearmonth(DocumentDate) as YearMonth)/groupby((YearMonth),aggregate(LineAmount with sum as TotalAmount))",
        || {
            Query::of("Crm_Sales_SalesAnalytics").apply(
                Apply::compute(field("DocumentDate").year_month(), "YearMonth")
                    .then(Apply::group_by(["YearMonth"], [total()])),
            )
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=compute(date(RequiredDeliveryDate) as DeliveryDate)/groupby((DeliveryDate),aggregate($count as Count))",
        || {
            Query::of(LINES).apply(
                Apply::compute(field("RequiredDeliveryDate").date(), "DeliveryDate")
                    .then(Apply::group_by(["DeliveryDate"], [count()])),
            )
        },
    ),
    (
        "Crm_Sales_Customers?$apply=compute(substring(Number,0,1) as NumberInitial)/groupby((NumberInitial),aggregate($count as Count))",
        || {
            Query::of("Crm_Sales_Customers").apply(
                Apply::compute(field("Number").substring(0, Some(1)), "NumberInitial")
                    .then(Apply::group_by(["NumberInitial"], [count()])),
            )
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$skip=100&$top=100&$apply=groupby((Product),aggregate(LineAmount with sum as TotalAmount))",
        || {
            Query::of(LINES)
                .skip(100)
                .top(100)
                .apply(Apply::group_by(["Product"], [total()]))
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=groupby((Product),aggregate($count as Count))&expandgroup=Product($select=Id,DisplayText)",
        || grouped("Product", count()).expand_group(shown("Product", "Id")),
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=groupby((SalesOrder/Customer),aggregate(LineAmount with sum as TotalAmount))&expandgroup=SalesOrder/Customer($select=Number,DisplayText)",
        || {
            grouped("SalesOrder/Customer", total())
                .expand_group(shown("SalesOrder/Customer", "Number"))
        },
    ),
    (
        "Crm_Sales_SalesAnalytics?$apply=groupby((Customer/Id),aggregate(LineAmount with sum as Total))",
        || {
            Query::of("Crm_Sales_SalesAnalytics").apply(Apply::group_by(
                ["Customer/Id"],
                [Aggregate::sum("LineAmount", "Total")],
            ))
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=groupby((SalesOrder/DocumentNo),aggregate($count as Count))",
        || grouped("SalesOrder/DocumentNo", count()),
    ),
    (
        "Crm_Sales_SalesOrderLines?$filter=RequiredDeliveryDate ge 2026-01-01&$apply=groupby((Product),aggregate(LineAmount with sum as TotalAmount))",
        || {
            Query::of(LINES)
                .filter(field("RequiredDeliveryDate").ge(date("2026-01-01")))
                .apply(Apply::group_by(["Product"], [total()]))
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=groupby((Product,SalesOrder/Customer),aggregate(LineAmount with sum as TotalAmount))",
        || {
            Query::of(LINES).apply(Apply::group_by(
                ["Product", "SalesOrder/Customer"],
                [total()],
            ))
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=groupby((SalesOrder/Customer),aggregate(Product with countdistinct as DistinctProducts))",
        || {
            grouped(
                "SalesOrder/Customer",
                Aggregate::count_distinct("Product", "DistinctProducts"),
            )
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=groupby((SalesOrder/Customer),aggregate(LineAmount with sum as TotalAmount))",
        || grouped("SalesOrder/Customer", total()),
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=groupby((Product),aggregate(Quantity with sum as TotalQuantity))&expandgroup=Product($select=Id,DisplayText)",
        || {
            grouped("Product", Aggregate::sum("Quantity", "TotalQuantity"))
                .expand_group(shown("Product", "Id"))
        },
    ),
    // The documentation shows it as one that the instance refuses.
    (
        "Crm_Sales_SalesOrderLines?$apply=groupby((Product),aggregate(LineAmount with sum as TotalAmount))&$orderby=TotalAmount desc",
        || grouped("Product", total()).order_by(desc("TotalAmount")),
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=groupby((SalesOrder/Customer),aggregate($count as Count))&expandgroup=SalesOrder/Customer($select=Number,DisplayText)",
        || {
            grouped("SalesOrder/Customer", count())
                .expand_group(shown("SalesOrder/Customer", "Number"))
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$apply=groupby((Product),aggregate(LineAmount with sum as TotalAmount))",
        || grouped("Product", total()),
    ),
    (
        "General_Products_Products?$top=1000&$select=Id,PartNumber",
        || {
            Query::of(PRODUCTS)
                .page_size(1000)
                .select(["Id", "PartNumber"])
        },
    ),
    (
        "General_Products_Products?$filter=Id in 0e8fb111-5b04-4eab-a890-47cfb9cfa4c4",
        || {
            Query::of(PRODUCTS)
                .filter(field("Id").is_in_one(id("0e8fb111-5b04-4eab-a890-47cfb9cfa4c4")))
        },
    ),
    (
        "General_Products_Products?$filter=ProductGroup eq 'General_Products_ProductGroups(0bf6b45c-7ec1-484d-9f84-00072b77fabb)'",
        || {
            let group = reference(
                "General_Products_ProductGroups",
                "0bf6b45c-7ec1-484d-9f84-00072b77fabb",
            );
            Query::of(PRODUCTS).filter(field("ProductGroup").eq(group))
        },
    ),
    ("Crm_Sales_SalesOrderLines?$filter=LineNo eq 10", || {
        Query::of(LINES).filter(field("LineNo").eq(10))
    }),
    (
        "General_Products_Products?$filter=PartNumber eq '1234'",
        || Query::of(PRODUCTS).filter(field("PartNumber").eq("1234")),
    ),
    ("Crm_Sales_SalesOrders?$filter=State eq 'Released'", || {
        Query::of(ORDERS).filter(field("State").eq("Released"))
    }),
    (
        "General_Products_Products?$filter=CustomProperty_color eq 'blue'",
        || Query::of(PRODUCTS).filter(field("CustomProperty_color").eq("blue")),
    ),
    (
        "General_Products_Products?$filter=Id in (0e8fb111-5b04-4eab-a890-47cfb9cfa4c4, 14389ba0-ee5c-459e-afd0-d74c17240f28)",
        || {
            let ids = [
                "0e8fb111-5b04-4eab-a890-47cfb9cfa4c4",
                "14389ba0-ee5c-459e-afd0-d74c17240f28",
            ];
            Query::of(PRODUCTS).filter(field("Id").is_in(ids.map(id)))
        },
    ),
    (
        "Crm_Sales_SalesOrders?$top=10&$select=DocumentType&$filter=DocumentType in ('General_DocumentTypes(f8a93d3a-8cf3-4a09-9d45-667d664cb98d)', 'General_DocumentTypes(469b67b1-8b4b-4fb4-9d97-20c96105a85a)')",
        || {
            let types = [
                "f8a93d3a-8cf3-4a09-9d45-667d664cb98d",
                "469b67b1-8b4b-4fb4-9d97-20c96105a85a",
            ];
            let types = types.map(|id| reference("General_DocumentTypes", id));
            Query::of(ORDERS)
                .top(10)
                .select(["DocumentType"])
                .filter(field("DocumentType").is_in(types))
        },
    ),
    (
        "Crm_Sales_SalesOrders?$top=10&$filter=ToParty in ('General_Contacts_Persons(adb66f3f-e173-4a37-878c-000920f44ff0)', 'General_Contacts_Companies(39148781-d316-4d4d-a392-0002f73710f2)')",
        || {
            Query::of(ORDERS).top(10).filter(field("ToParty").is_in([
                reference(
                    "General_Contacts_Persons",
                    "adb66f3f-e173-4a37-878c-000920f44ff0",
                ),
                reference(
                    "General_Contacts_Companies",
                    "39148781-d316-4d4d-a392-0002f73710f2",
                ),
            ]))
        },
    ),
    (
        "Crm_Sales_SalesOrders?$top=10&$filter=DocumentDate ge 2020-01-01Z",
        || {
            Query::of(ORDERS)
                .top(10)
                .filter(field("DocumentDate").ge(date("2020-01-01Z")))
        },
    ),
    (
        "Logistics_Inventory_StoreTransactionLines?$filter=QuantityValue ge 5.555",
        || {
            let quantity = erpnet_core::odata::Decimal::new(5555, 3).unwrap();
            Query::of("Logistics_Inventory_StoreTransactionLines")
                .filter(field("QuantityValue").ge(quantity))
        },
    ),
    (
        "Crm_Sales_SalesOrderLines?$filter=LineAmountValue ge 5.555",
        || {
            let amount = erpnet_core::odata::Decimal::new(5555, 3).unwrap();
            Query::of(LINES).filter(field("LineAmountValue").ge(amount))
        },
    ),
    (
        "Crm_Customers?$filter=contains(Party/PartyName,'Peter')",
        || Query::of("Crm_Customers").filter(field("Party/PartyName").contains("Peter")),
    ),
    (
        "Crm_Customers?$filter=contains(SalesPerson,'Peter')",
        || Query::of("Crm_Customers").filter(field("SalesPerson").contains("Peter")),
    ),
    // The documentation has a stray `&` after the question mark.
    (
        "Crm_Sales_SalesOrders?$filter=equalnull(Store,'Logistics_Inventory_Stores(8d7dd360-17cc-47f4-a878-1ee0f06445ad)')",
        || {
            let store = reference(
                "Logistics_Inventory_Stores",
                "8d7dd360-17cc-47f4-a878-1ee0f06445ad",
            );
            Query::of(ORDERS).filter(field("Store").eq_or_null(store))
        },
    ),
    (
        "Crm_SalesPersons?$top=10&$filter=lessequalnull(ContractEndDate,2019-02-01T00:00:00.000Z)",
        || {
            let day = date_time("2019-02-01T00:00:00.000Z");
            Query::of("Crm_SalesPersons")
                .top(10)
                .filter(field("ContractEndDate").le_or_null(day))
        },
    ),
    (
        "Crm_SalesPersons?$top=10&$filter=greaterequalnull(ContractStartDate,2019-02-01T00:00:00.000Z)",
        || {
            let day = date_time("2019-02-01T00:00:00.000Z");
            Query::of("Crm_SalesPersons")
                .top(10)
                .filter(field("ContractStartDate").ge_or_null(day))
        },
    ),
    ("Crm_Customers?$select=Number&$search=\"015\"", || {
        Query::of("Crm_Customers").select(["Number"]).search("015")
    }),
    (
        "Crm_Customers?$select=Party&$expand=Party($select=PartyName)&$search=\"UNI\"",
        || {
            Query::of("Crm_Customers")
                .select(["Party"])
                .expand(Expand::of("Party").select(["PartyName"]))
                .search("UNI")
        },
    ),
    (
        "Crm_Customers?$select=Number,GracePeriodDays,Party&$expand=Party($select=PartyName)&$search=\"50\"",
        || {
            Query::of("Crm_Customers")
                .select(["Number", "GracePeriodDays", "Party"])
                .expand(Expand::of("Party").select(["PartyName"]))
                .search("50")
        },
    ),
    ("General_Products_ProductTypes?$top=2", || {
        Query::of("General_Products_ProductTypes").top(2)
    }),
    (
        "General_Products_Products?$top=2&$select=CustomProperty_WebName,CalculatedAttribute_ExampleAttr",
        || {
            Query::of(PRODUCTS)
                .top(2)
                .select(["CustomProperty_WebName", "CalculatedAttribute_ExampleAttr"])
        },
    ),
    (
        "General_Products_Products?$top=2&$select=default,CustomProperty_WebName,CalculatedAttribute_ExampleAttr",
        || {
            Query::of(PRODUCTS).top(2).select([
                "default",
                "CustomProperty_WebName",
                "CalculatedAttribute_ExampleAttr",
            ])
        },
    ),
    ("General_Products_Products?$top=10&$orderby=Name", || {
        Query::of(PRODUCTS).top(10).order_by(asc("Name"))
    }),
    (
        "General_Products_Products?$top=5&$filter=contains(PartNumber,'001')&$select=Id,PartNumber,Name,ProductGroup&$expand=ProductGroup($select=Id,Code,Name)",
        || {
            Query::of(PRODUCTS)
                .top(5)
                .filter(field("PartNumber").contains("001"))
                .select(["Id", "PartNumber", "Name", "ProductGroup"])
                .expand(Expand::of("ProductGroup").select(["Id", "Code", "Name"]))
        },
    ),
];
