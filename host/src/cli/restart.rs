//! `mainstay restart`

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::answer::{conclude, each, number_of, text_of, version};
use super::report::calls;
use super::table::{list, table};
use super::{block_on, host, restart_host};
use crate::app::Options;
use crate::model::SlotName;
use crate::store::DataDir;

/// The tool that does it.
const TOOL: &str = "orchestrator_restart_server";
/// As in its schema: in seconds.
const TIMEOUT: u64 = 30;
const REASON: &str = "manual_request";
const NOW: &str = "now";
/// What a host needs beyond that to say what came of it.
const GRACE: Duration = Duration::from_secs(10);

/// Begin a slot of the running host anew, while its clients stay connected
///
/// With the file in place if it is news, else with the version that serves. Calls that come meanwhile wait and are
/// answered. Data stays; state is handed over unless it is told not to be.
#[derive(Debug, clap::Args)]
pub(super) struct Restart {
    /// Which slot [default: orchestrator, or the only one there is]
    slot: Option<SlotName>,
    /// All slots, one after the other
    #[arg(long, conflicts_with = "slot")]
    all: bool,
    /// The host itself: the program on disk, if it can, takes the place of the one that runs. Connections stay
    #[arg(long, conflicts_with_all = ["slot", "all", "no_graceful", "no_preserve_state", "force", "when"])]
    host: bool,
    /// Stop what runs, instead of letting it finish: it is undone, and its client is told to call again
    #[arg(long)]
    no_graceful: bool,
    /// Begin without what is in memory and without the plugin's keys and values; tables stay
    #[arg(long)]
    no_preserve_state: bool,
    /// Why: configuration_update reads the settings again first, schema_migration backs the data up first,
    /// error_recovery does without what fails on the way, and emergency_shutdown is never graceful
    #[arg(long, default_value = REASON, hide_possible_values = true, value_parser = REASONS)]
    reason: String,
    /// Accept changed tools, a component that failed before, and the loss of calls that wait and cannot be continued
    #[arg(long)]
    force: bool,
    /// now; idle: as soon as no call is under way; or a time, such as 2026-12-01T03:00:00Z
    #[arg(long, value_name = "WHEN", default_value = NOW)]
    when: String,
    /// Give up what is not done after so many seconds, 10 to 300
    #[arg(long, value_name = "SECONDS", default_value_t = TIMEOUT, value_parser = clap::value_parser!(u64).range(10..=300))]
    timeout: u64,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

/// A test holds them to what the tool takes.
pub(super) const REASONS: [&str; 5] =
    ["configuration_update", "schema_migration", "error_recovery", "manual_request", "emergency_shutdown"];

impl Restart {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<()> {
        let dir = DataDir::open(options.data_dir.clone())?;
        let limit = Duration::from_secs(self.timeout) + GRACE;
        let otherwise = "it begins anew anyway when one is started";
        if self.host {
            return block_on(restart_host::restart(&dir, self.arguments(), limit, self.json));
        }
        let answer = block_on(host::tool(&dir, TOOL, self.arguments(), limit, otherwise))?;
        conclude(answer, self.json, as_text, |_| None)
    }

    pub(super) fn arguments(&self) -> Map<String, Value> {
        let mut arguments = Map::new();
        let mut insert = |name: &str, value: Value| drop(arguments.insert(name.to_owned(), value));
        // What the tool does anyway need not be said.
        for (name, value, given) in [
            ("plugin", json!(self.slot), self.slot.is_some()),
            ("plugin", json!("*"), self.all),
            ("scope", json!("host"), self.host),
            ("graceful", json!(false), self.no_graceful),
            ("preserve_state", json!(false), self.no_preserve_state),
            ("force", json!(true), self.force),
            ("reason", json!(self.reason), self.reason != REASON),
            ("when", json!(self.when), self.when != NOW),
            ("timeout", json!(self.timeout), self.timeout != TIMEOUT),
        ] {
            if given {
                insert(name, value);
            }
        }
        arguments
    }
}

/// What came of it. Nothing, if it is one slot's and it was refused: why is said elsewhere.
fn as_text(answer: &Value) -> String {
    if answer["restarts"].is_array() {
        return of_several(answer);
    }
    if answer["success"] != true {
        return String::new();
    }
    if answer["scheduled_for"].is_string() {
        return text_of(answer, "message").to_owned();
    }
    of_one(answer)
}

fn of_one(answer: &Value) -> String {
    let mut rows = table(&[text_of(answer, "plugin"), ""]);
    rows.add_row(["outcome", &text_of(answer, "message").replace("Restart completed successfully", "restarted")]);
    for name in ["from", "to"] {
        if answer[name].is_object() {
            let digest = text_of(&answer[name], "digest");
            rows.add_row([name, &format!("{}, digest {digest}", version(&answer[name]))]);
        }
    }
    rows.add_row(["tools", text_of(&answer["drift"], "summary")]);
    rows.add_row(["pause", &pause(answer)]);
    rows.add_row(["lost", &lost(answer)]);
    for (name, field) in [("migrations", "migrations"), ("warnings", "warnings")] {
        if each(answer, field).next().is_some() {
            rows.add_row([name, &texts(&answer[field]).join("\n")]);
        }
    }
    if answer["backup"].is_string() {
        rows.add_row(["backup", text_of(answer, "backup")]);
    }
    if let Some(applied) = applied(answer) {
        rows.add_row(["settings", &applied]);
    }
    rows.to_string()
}

fn of_several(answer: &Value) -> String {
    let mut rows = list(&["slot", "from (generation)", "to (generation)", "outcome", "pause", "lost"]);
    for one in each(answer, "restarts") {
        let went_well = one["success"] == true;
        let outcome = if went_well { "restarted" } else { text_of(one, "error_code") };
        let (pause, lost) = if went_well { (pause(one), lost(one)) } else { (String::new(), String::new()) };
        rows.add_row([text_of(one, "plugin"), &version(&one["from"]), &version(&one["to"]), outcome, &pause, &lost]);
    }
    let applied = applied(answer).map(|applied| format!("\nsettings:\n{applied}")).unwrap_or_default();
    format!("{rows}{applied}")
}

fn pause(answer: &Value) -> String {
    let pause = answer["pause_ms"].as_f64().unwrap_or_default();
    format!("{pause:.2} ms, {} waited", calls(number_of(answer, "waited_calls")))
}

fn lost(answer: &Value) -> String {
    let lost = texts(&answer["restored"]["lost"]);
    if lost.is_empty() { "nothing".to_owned() } else { lost.join("\n") }
}

/// What of the settings changed, if they were read again.
fn applied(answer: &Value) -> Option<String> {
    let applied = answer["applied"].as_object()?;
    let when = [
        ("now", ""),
        ("at_plugin_restart", " (where a plugin begins anew)"),
        ("at_host_restart", " (when the host is started again)"),
    ];
    let changed = when.iter().flat_map(|(field, words)| {
        let changed = applied.get(*field).and_then(Value::as_array).into_iter().flatten();
        changed.map(move |one| {
            format!("{}: {} becomes {}{words}", text_of(one, "key"), text_of(one, "from"), text_of(one, "to"))
        })
    });
    let changed: Vec<_> = changed.collect();
    Some(if changed.is_empty() { "as they were".to_owned() } else { changed.join("\n") })
}

fn texts(several: &Value) -> Vec<&str> {
    several.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
