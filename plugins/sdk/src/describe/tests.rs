use super::{Description, Migration};
use crate::bindings::exports::mainstay::plugin::lifecycle::SchemaSupport;

const ONE_WAY: Migration = Migration { name: "one way", up: "CREATE TABLE a (b)", down: None };
const BOTH_WAYS: Migration = Migration { name: "both ways", up: "CREATE INDEX c ON a (b)", down: Some("DROP INDEX c") };

fn schema(description: &Description) -> SchemaSupport {
    description.to_contract().schema
}

#[test]
fn a_plugin_without_data_says_1_everywhere_and_starts_from_nothing() {
    let schema = schema(&Description::new("notes", "1.0.0"));
    assert_eq!(schema, SchemaSupport { writes: 1, reads_min: 0, reads_max: 1, downgrades_to: 1 });
}

#[test]
fn the_schemas_follow_from_the_migrations() {
    let schema = schema(&Description::new("notes", "1.0.0").migrations([ONE_WAY, ONE_WAY, BOTH_WAYS]));
    assert_eq!(schema, SchemaSupport { writes: 3, reads_min: 0, reads_max: 3, downgrades_to: 2 });
}

#[test]
fn what_is_said_of_the_schemas_that_are_read_holds_in_any_order() {
    let expected = SchemaSupport { writes: 2, reads_min: 2, reads_max: 4, downgrades_to: 1 };
    let said_last = Description::new("notes", "1.0.0").migrations([ONE_WAY, BOTH_WAYS]).reads(2, 4);
    let said_first = Description::new("notes", "1.0.0").reads(2, 4).migrations([ONE_WAY, BOTH_WAYS]);
    assert_eq!(schema(&said_last), expected);
    assert_eq!(schema(&said_first), expected);
}
