//! `mainstay prepare`

use serde_json::{Map, Value};

use super::answer::{conclude, each, lines, number_of, text_of};
use super::exit_code::Failure;
use super::report::calls;
use super::table::{list, table};
use super::{block_on, health, host};
use crate::app::Options;
use crate::store::DataDir;

/// The tool that does it.
const TOOL: &str = "orchestrator_shutdown_prepare";

/// Say whether the running host can be restarted now, and what would be lost if it ended
///
/// Changes nothing. Ends with 10 if something is in the way.
#[derive(Debug, clap::Args)]
pub(super) struct Prepare {
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Prepare {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let otherwise = "so nothing would be lost";
        let answer = block_on(host::tool(&dir, TOOL, Map::new(), health::LIMIT, otherwise))?;
        let not_ready = |answer: &Value| (answer["ready_for_shutdown"] != true).then_some(Failure::NotReady);
        conclude(answer, self.json, as_text, not_ready)
    }
}

fn as_text(answer: &Value) -> String {
    let ready = if answer["ready_for_shutdown"] == true { "is ready for a restart" } else { "is not ready" };
    let checks = &answer["checks"];
    let (tasks, data, clients) = (&checks["active_tasks"], &checks["database"], &checks["client_connections"]);
    let mut rows = table(&["what", "how it is", "figures"]);
    let waiting = each(tasks, "waiting").count();
    let under_way = format!("{} under way, {waiting} waiting for somebody", calls(number_of(tasks, "count")));
    let pending = calls(number_of(data, "transactions_pending"));
    let pending = format!("{pending} to be written, {} connections to files", number_of(data, "connections_open"));
    let told = if clients["notifiable"] == true { "all can be told" } else { "not all can be told" };
    let connected = format!("{} connected, {told}", number_of(clients, "active_connections"));
    for (what, part, figures) in [("calls", tasks, under_way), ("data", data, pending), ("clients", clients, connected)]
    {
        rows.add_row([what, &text_of(part, "status").replace('_', " "), &figures]);
    }
    let (running, waiting) = (running(tasks), waits(tasks));
    let issues = lines(answer, "blocking_issues", "in the way: ");
    let lost = lines(answer, "would_not_survive", "would end with the host's process: ");
    format!("the host {ready}\n{rows}{running}{waiting}{issues}{lost}")
}

/// Calls whose clients wait for the answer.
fn running(tasks: &Value) -> String {
    let mut rows = list(&["call", "slot", "client", "state", "for"]);
    for call in each(tasks, "calls") {
        let seconds = format!("{:.1} s", call["seconds"].as_f64().unwrap_or_default());
        rows.add_row([
            text_of(call, "tool"),
            text_of(call, "slot"),
            text_of(call, "client"),
            text_of(call, "state"),
            &seconds,
        ]);
    }
    if rows.is_empty() { String::new() } else { format!("\n{rows}") }
}

/// Calls that wait for a person, a model, a timer.
fn waits(tasks: &Value) -> String {
    let mut rows = list(&["call that waits", "slot", "client", "for", "survives a restart", "and the host's end"]);
    for call in each(tasks, "waiting") {
        let asks: Vec<_> = each(call, "asks").filter_map(Value::as_str).collect();
        let word = |field: &str| if call[field] == true { "yes" } else { "no" };
        rows.add_row([
            text_of(call, "tool"),
            text_of(call, "slot"),
            text_of(call, "client"),
            &asks.join(", "),
            word("survives_restart"),
            word("survives"),
        ]);
    }
    if rows.is_empty() { String::new() } else { format!("\n{rows}") }
}
