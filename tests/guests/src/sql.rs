//! Runs whatever SQL it is given.
#![cfg(target_family = "wasm")]

use mainstay_plugin::bindings::mainstay::plugin::database::{self, BatchError, DatabaseError, Value};
use mainstay_plugin::prelude::*;
use mainstay_test_guests::{Done, migrations, with_marks};
use serde_json::json;

#[derive(Default)]
struct Sql;

#[derive(Deserialize, JsonSchema)]
struct Script {
    /// Run in order, all or none.
    statements: Vec<Line>,
    /// Say what went wrong as an answer instead of failing.
    #[serde(default)]
    go_on: bool,
}

#[derive(Deserialize, JsonSchema)]
struct Line {
    sql: String,
    #[serde(default)]
    parameters: Vec<serde_json::Value>,
}

#[derive(Serialize, JsonSchema)]
struct Answers {
    outcomes: Vec<serde_json::Value>,
    problem: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct Pair {
    key: String,
    value: String,
}

impl Plugin for Sql {
    fn describe() -> Description {
        Description::new("sql", env!("CARGO_PKG_VERSION")).migrations(migrations())
    }

    fn tools() -> Vec<Tool<Self>> {
        with_marks(vec![
            Tool::new("run", "Runs SQL.", Self::run),
            Tool::new("insist", "Runs SQL a statement at a time, whatever becomes of each.", Self::insist),
            Tool::new("read", "Runs SQL beside the writer.", Self::run).read_only(),
            Tool::new("put", "Keeps a value and reads it back.", Self::put),
        ])
    }
}

impl Sql {
    fn run(&mut self, _: &Context<'_>, args: Script) -> Outcome<Answers> {
        let statements = args.statements.into_iter().map(|line| database::Statement {
            sql: line.sql,
            parameters: line.parameters.into_iter().map(parameter).collect(),
        });
        match database::execute(&statements.collect::<Vec<_>>()) {
            Ok(outcomes) => Ok(Answers { outcomes: outcomes.into_iter().map(outcome).collect(), problem: None }.into()),
            Err(error) => {
                let (code, message) = words(error);
                if args.go_on {
                    return Ok(Answers { outcomes: Vec::new(), problem: Some(message) }.into());
                }
                Err(Failure::new(code, message))
            }
        }
    }

    fn insist(&mut self, _: &Context<'_>, args: Script) -> Outcome<Answers> {
        let mut answers = Answers { outcomes: Vec::new(), problem: None };
        for line in args.statements {
            let parameters = line.parameters.into_iter().map(parameter).collect();
            match database::execute(&[database::Statement { sql: line.sql, parameters }]) {
                Ok(outcomes) => answers.outcomes.extend(outcomes.into_iter().map(outcome)),
                Err(error) => answers.problem = Some(words(error).1),
            }
        }
        Ok(answers.into())
    }

    fn put(&mut self, cx: &Context<'_>, args: Pair) -> Outcome<Done> {
        cx.state().put(&args.key, &args.value)?;
        let back = cx.state().get::<String>(&args.key)?;
        cx.state().delete("no such key")?;
        Ok(Done { done: back == Some(args.value) }.into())
    }
}

fn parameter(value: serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(integer) => Value::Integer(integer),
            None => Value::Real(number.as_f64().unwrap_or_default()),
        },
        other => Value::Blob(other.to_string().into_bytes()),
    }
}

fn outcome(outcome: database::Outcome) -> serde_json::Value {
    let value = |value: Value| match value {
        Value::Null => json!(null),
        Value::Integer(integer) => json!(integer),
        Value::Real(real) => json!(real),
        Value::Text(text) => json!(text),
        Value::Blob(bytes) => json!(bytes),
    };
    let rows: Vec<Vec<_>> = outcome.rows.into_iter().map(|row| row.into_iter().map(value).collect()).collect();
    json!({ "columns": outcome.columns, "rows": rows, "changes": outcome.changes })
}

/// A code, and a sentence that begins with it.
fn words(error: BatchError) -> (&'static str, String) {
    let (code, message) = match error.error {
        DatabaseError::InvalidSql(invalid) => ("invalid-sql", format!("{} at {:?}", invalid.message, invalid.offset)),
        DatabaseError::Constraint(what) => ("constraint", what),
        DatabaseError::NotAllowed(what) => ("not-allowed", what),
        DatabaseError::ReadOnly => ("read-only", String::new()),
        DatabaseError::TooLarge(what) => ("too-large", what),
        DatabaseError::Full => ("full", String::new()),
        DatabaseError::Interrupted => ("interrupted", String::new()),
        DatabaseError::Failed(what) => ("failed", what),
    };
    (code, format!("{code} in statement {}: {message}", error.statement))
}

mainstay_plugin::export!(Sql);
