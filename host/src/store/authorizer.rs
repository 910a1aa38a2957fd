//! What a plugin's SQL may do.
//!
//! The plugin and the host share a connection, because their writes belong to one transaction. SQLite
//! asks an authorizer about every action of every statement it compiles; while a plugin's statement is
//! compiled or run, [`decide`] answers.

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// Tables of the host begin with this.
const RESERVED: &str = "_mainstay_";

/// Pragmas that only describe the schema.
const DESCRIBING: [&str; 7] =
    ["table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list"];

/// Allows or denies one action of a plugin's statement; a denial says what was denied.
pub(crate) fn decide(context: &AuthContext<'_>, mentions_reserved: bool) -> Result<Authorization, String> {
    use AuthAction as A;
    match context.action {
        A::Attach { .. } => Err("ATTACH".to_owned()),
        A::Detach { .. } => Err("DETACH".to_owned()),
        A::Transaction { .. } => Err("a transaction statement".to_owned()),
        A::Savepoint { .. } => Err("a savepoint statement".to_owned()),
        // Says whether others have written; full-text search asks before it reads.
        A::Pragma { pragma_name: "data_version", pragma_value: None } => Ok(Authorization::Allow),
        // How SQLite tries a constraint of a column that is added on the rows that are there. Tells of problems, not of data.
        A::Pragma { pragma_name: "quick_check", pragma_value: Some(table) } if !is_reserved(table) => {
            Ok(Authorization::Allow)
        }
        A::Pragma { pragma_name, .. } if !DESCRIBING.contains(&pragma_name.to_ascii_lowercase().as_str()) => {
            Err(format!("PRAGMA {pragma_name}"))
        }
        A::Function { function_name } if function_name.eq_ignore_ascii_case("load_extension") => {
            Err("loading extensions".to_owned())
        }
        A::CreateVtable { module_name, .. } if !allowed_module(module_name) => {
            Err(format!("the virtual table module {module_name}"))
        }
        // SQLite does not say what a table is to be renamed to.
        A::AlterTable { .. } if mentions_reserved => Err("ALTER TABLE with a name of the host".to_owned()),
        A::Unknown { code, .. } => Err(format!("an action SQLite numbers {code}")),
        action => {
            let names = [table_of(&action), object_of(&action)];
            match names.into_iter().flatten().find(|name| is_reserved(name) || reads_raw_pages(name)) {
                Some(name) => Err(format!("{name} belongs to the host")),
                None => Ok(Authorization::Allow),
            }
        }
    }
}

fn allowed_module(module: &str) -> bool {
    ["fts5", "rtree"].iter().any(|allowed| module.eq_ignore_ascii_case(allowed))
}

/// Built-in virtual tables that show the file, or what else runs on the connection.
fn reads_raw_pages(table: &str) -> bool {
    ["dbstat", "sqlite_dbpage", "sqlite_dbptr", "sqlite_dbdata", "sqlite_stmt", "bytecode", "tables_used"]
        .iter()
        .any(|hidden| table.eq_ignore_ascii_case(hidden))
}

/// Whether a reserved name occurs in `sql`, as a name or not.
pub(crate) fn mentions_reserved(sql: &str) -> bool {
    sql.as_bytes().windows(RESERVED.len()).any(|window| window.eq_ignore_ascii_case(RESERVED.as_bytes()))
}

fn is_reserved(table: &str) -> bool {
    table.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED))
}

/// The trigger or index that an action is about.
fn object_of<'a>(action: &AuthAction<'a>) -> Option<&'a str> {
    use AuthAction as A;
    match *action {
        A::CreateTrigger { trigger_name, .. }
        | A::CreateTempTrigger { trigger_name, .. }
        | A::DropTrigger { trigger_name, .. }
        | A::DropTempTrigger { trigger_name, .. } => Some(trigger_name),
        A::CreateIndex { index_name, .. }
        | A::CreateTempIndex { index_name, .. }
        | A::DropIndex { index_name, .. }
        | A::DropTempIndex { index_name, .. } => Some(index_name),
        _ => None,
    }
}

/// The table or view that an action is about.
fn table_of<'a>(action: &AuthAction<'a>) -> Option<&'a str> {
    use AuthAction as A;
    match *action {
        A::CreateIndex { table_name, .. }
        | A::CreateTable { table_name }
        | A::CreateTempIndex { table_name, .. }
        | A::CreateTempTable { table_name }
        | A::CreateTempTrigger { table_name, .. }
        | A::CreateTrigger { table_name, .. }
        | A::Delete { table_name }
        | A::DropIndex { table_name, .. }
        | A::DropTable { table_name }
        | A::DropTempIndex { table_name, .. }
        | A::DropTempTable { table_name }
        | A::DropTempTrigger { table_name, .. }
        | A::DropTrigger { table_name, .. }
        | A::Insert { table_name }
        | A::Read { table_name, .. }
        | A::Update { table_name, .. }
        | A::AlterTable { table_name, .. }
        | A::Analyze { table_name }
        | A::CreateVtable { table_name, .. }
        | A::DropVtable { table_name, .. } => Some(table_name),
        A::CreateView { view_name } | A::CreateTempView { view_name } => Some(view_name),
        A::DropView { view_name } | A::DropTempView { view_name } => Some(view_name),
        A::Reindex { index_name } => Some(index_name),
        _ => None,
    }
}
