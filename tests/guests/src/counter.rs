//! Appends numbered rows, without any protection against doing it twice: so that doing it twice would show.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;
use mainstay_test_guests::Nothing;

#[derive(Default)]
struct Counter;

#[derive(Deserialize, JsonSchema)]
struct Append {
    client: String,
    number: i64,
}

#[derive(Serialize, JsonSchema)]
struct Appended {
    id: i64,
}

#[derive(Serialize, JsonSchema)]
struct List {
    /// Client and number, in the order in which they were appended.
    rows: Vec<(String, i64)>,
}

impl Plugin for Counter {
    fn describe() -> Description {
        Description::new("counter", "1.0.0").migrations([Migration {
            name: "appended",
            up: "CREATE TABLE appended (id INTEGER PRIMARY KEY, client TEXT NOT NULL, number INTEGER NOT NULL)",
            down: None,
        }])
    }

    fn tools() -> Vec<Tool<Self>> {
        vec![
            Tool::new("append", "Appends a numbered row.", Self::append).additive(),
            Tool::new("list", "Lists all rows.", Self::list).read_only(),
        ]
    }
}

impl Counter {
    fn append(&mut self, cx: &Context<'_>, args: Append) -> Outcome<Appended> {
        let insert = "INSERT INTO appended (client, number) VALUES (?1, ?2)";
        let rows = cx.db().batch(vec![Statement::new(insert, params![args.client, args.number])])?;
        Ok(Appended { id: rows[0].last_insert_rowid() }.into())
    }

    fn list(&mut self, cx: &Context<'_>, _: Nothing) -> Outcome<List> {
        let rows = cx.db().query("SELECT client, number FROM appended ORDER BY id", params![])?;
        Ok(List { rows }.into())
    }
}

mainstay_plugin::export!(Counter);
