//! Says back what it is told: the smallest plugin, and the one that benchmarks measure.
#![cfg(target_family = "wasm")]

use mainstay_plugin::prelude::*;

#[derive(Default)]
struct Echo;

#[derive(Deserialize, JsonSchema)]
struct Message {
    /// What to say back.
    message: String,
}

#[derive(Serialize, JsonSchema)]
struct Echoed {
    message: String,
}

#[derive(Serialize, JsonSchema)]
struct Inserted {
    id: i64,
}

impl Plugin for Echo {
    fn describe() -> Description {
        Description::new("echo", env!("CARGO_PKG_VERSION")).migrations([Migration {
            name: "messages",
            up: "CREATE TABLE message (id INTEGER PRIMARY KEY, text TEXT NOT NULL)",
            down: None,
        }])
    }

    fn tools() -> Vec<Tool<Self>> {
        vec![
            Tool::new("echo", "Says the message back.", Self::echo).read_only(),
            Tool::new("insert", "Keeps the message and returns its row.", Self::insert).additive(),
        ]
    }
}

impl Echo {
    fn echo(&mut self, _: &Context<'_>, args: Message) -> Outcome<Echoed> {
        Ok(Reply::from(Echoed { message: args.message.clone() }).with_text(args.message))
    }

    fn insert(&mut self, cx: &Context<'_>, args: Message) -> Outcome<Inserted> {
        let rows =
            cx.db().batch(vec![Statement::new("INSERT INTO message (text) VALUES (?1)", params![args.message])])?;
        Ok(Inserted { id: rows[0].last_insert_rowid() }.into())
    }
}

mainstay_plugin::export!(Echo);
