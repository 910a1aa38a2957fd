//! The tables of the orchestrator go from schema 1 to schema 2 in the swap that brings the new logic, and back, while
//! agents plan and work: nothing is lost, nothing is there twice, and every call is answered once.

use std::fs;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context as _, ensure};
use mainstay_tests::{Client, Host, Report};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::{PROGRAM, TestResult, until};

/// The last component of schema 1.
const OLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/orchestrator-schema-1.wasm");
/// The list of tools changes with the version, and nobody is to wait long for a file.
const SETTINGS: &str = "[swap]\npolicy = \"force\"\n[watch]\nsettle_ms = 20\n";
const SLOT: &str = "orchestrator";

/// Agents that have a call under way each.
const AGENTS: usize = 8;
/// Parts of each plan, one after the other.
const PARTS: usize = 3;
/// How often it goes there and back.
const ROUNDS: usize = 4;

#[test]
fn it_goes_there_and_back_while_agents_work() -> TestResult {
    let (host, new) = host()?;
    let mut client = begin(&host)?;
    let mut agents = Agents::default();
    agents.begin(&mut client)?;
    for round in 0..ROUNDS {
        (0..AGENTS * 10).try_for_each(|_| agents.go_on(&mut client))?;
        let there = agents.during(&mut client, &host, |host| host.control()?.swap(SLOT, &new.to_string_lossy()))?;
        ensure!(there.committed()?.0["to"]["schema"] == 2);
        (0..AGENTS * 10).try_for_each(|_| agents.go_on(&mut client))?;
        agents.check(&mut client, &host, 2)?;
        // What is claimed has no place in schema 1, so nobody is in the midst of a task; planning and looking go on.
        agents.calm = true;
        while agents.in_the_midst() {
            agents.go_on(&mut client)?;
        }
        let back = agents.during(&mut client, &host, |host| host.rollback(SLOT, &[]))?;
        ensure!(back.committed()?.0["to"]["schema"] == 1);
        agents.calm = false;
        agents.check(&mut client, &host, 1).with_context(|| format!("round {round}"))?;
    }
    ensure!(agents.plans() > AGENTS * ROUNDS, "they did work: {} plans", agents.plans());
    Ok(())
}

#[test]
fn going_back_is_refused_if_something_would_be_lost_and_changes_nothing() -> TestResult {
    let (host, new) = host()?;
    let mut client = begin(&host)?;
    plan(&mut client, "kept")?;
    host.control()?.swap(SLOT, &new.to_string_lossy())?.committed()?;
    let database = Connection::open(host.database_of(SLOT))?;
    database.execute(
        "INSERT INTO attribute (task, name, type, value, workspace_id)
        SELECT seq, 'colour', 'string', 'red', workspace_id FROM task WHERE id = 'kept'",
        [],
    )?;
    let refused = host.rollback(SLOT, &[])?;
    let message = refused.refused("would-lose")?;
    ensure!(message.contains("would lose") && message.ends_with("attributes"), "{message}");
    ensure!(host.rollback(SLOT, &["--force"])?.refused("would-lose")?.ends_with("attributes"), "not even by force");
    ensure!(schema_of(&host)? == 2);
    ensure!(client.done("orchestrator_get_status", json!({}))?["total"] == 1 + PARTS);
    // The version before is not to blame: once nothing would be lost, it serves again.
    database.execute("DELETE FROM attribute", [])?;
    ensure!(host.rollback(SLOT, &[])?.committed()?.0["to"]["schema"] == 1);
    ensure!(client.done("orchestrator_get_status", json!({}))?["total"] == 1 + PARTS);
    consistent(&host, 1)
}

#[test]
fn a_file_that_is_copied_does_it_too() -> TestResult {
    let (host, new) = host()?;
    let host = host.without_plugins()?;
    fs::create_dir_all(host.dir().join("plugins"))?;
    let file = host.plugin_file(SLOT);
    fs::copy(OLD, &file)?;
    let mut client = begin(&host)?;
    let mut agents = Agents::default();
    agents.begin(&mut client)?;
    (0..AGENTS * 5).try_for_each(|_| agents.go_on(&mut client))?;
    ensure!(schema_of(&host)? == 1);
    fs::copy(&new, &file)?;
    until("the new version serves", || {
        agents.go_on(&mut client)?;
        Ok(schema_of(&host)? == 2)
    })?;
    (0..AGENTS * 5).try_for_each(|_| agents.go_on(&mut client))?;
    agents.check(&mut client, &host, 2)
}

#[test]
fn a_host_that_is_killed_on_the_way_is_of_one_schema_afterwards() -> TestResult {
    for step in ["migrate", "start", "record", "commit", "committed"] {
        killed_at(step).with_context(|| format!("killed at {step}"))?;
    }
    Ok(())
}

fn killed_at(step: &str) -> TestResult {
    let (host, new) = host()?;
    let mut client = begin(&host)?;
    plan(&mut client, "before")?;
    client.close()?;
    host.hold(step)?;
    let mut client = host.connect_saying("mainstay::swap=debug")?;
    client.initialize("2025-11-25", &json!({}))?;
    client.done("orchestrator_get_status", json!({}))?;
    let mut control = host.control()?;
    control.begin_swap(SLOT, &new.to_string_lossy())?;
    until("the swap is held", || Ok(client.words().contains(&format!("point={step:?}"))))?;
    client.kill()?;
    host.release(step)?;
    let expected = if step == "committed" { 2 } else { 1 };
    let mut client = host.client()?;
    ensure!(client.done("orchestrator_get_status", json!({}))?["total"] == 1 + PARTS, "what was planned is there");
    consistent(&host, expected)?;
    // Nothing is in the way of what comes next.
    if expected == 1 {
        host.control()?.swap(SLOT, &new.to_string_lossy())?.committed()?;
    }
    plan(&mut client, "after")?;
    consistent(&host, 2)
}

/// Agents of one client. Each has its own plans, and works through one after the other.
#[derive(Default)]
struct Agents {
    agents: Vec<Agent>,
    /// Nobody begins a task: they plan, and look.
    calm: bool,
}

/// What an agent has under way, and what was acknowledged.
struct Agent {
    under_way: (i64, Step),
    plans: usize,
    /// Of the plans, those that were worked through.
    worked: usize,
    completed: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Plan,
    Look,
    Execute(usize),
    Complete(usize),
}

impl Agents {
    fn begin(&mut self, client: &mut Client) -> TestResult {
        for number in 0..AGENTS {
            let mut agent = Agent { under_way: (0, Step::Plan), plans: 0, worked: 0, completed: Vec::new() };
            agent.ask(client, number, Step::Plan)?;
            self.agents.push(agent);
        }
        Ok(())
    }

    /// Waits for an answer, which has to be a good one, and has whoever got it go on.
    fn go_on(&mut self, client: &mut Client) -> TestResult {
        let ids: Vec<i64> = self.agents.iter().map(|agent| agent.under_way.0).collect();
        let answer = client.receive("an answer to an agent", |message| {
            message.get("method").is_none() && message["id"].as_i64().is_some_and(|id| ids.contains(&id))
        })?;
        let number = ids.iter().position(|id| answer["id"] == *id).context("whose answer is it?")?;
        let agent = &mut self.agents[number];
        ensure!(answer["result"]["isError"] != true && answer["error"].is_null(), "{:?}: {answer}", agent.under_way);
        let next = agent.take(number, self.calm);
        agent.ask(client, number, next)
    }

    /// Goes on until something else is done, on a thread of its own.
    fn during(
        &mut self,
        client: &mut Client,
        host: &Host,
        work: impl FnOnce(&Host) -> anyhow::Result<Report> + Send,
    ) -> anyhow::Result<Report> {
        thread::scope(|scope| {
            let working = scope.spawn(|| work(host));
            while !working.is_finished() {
                self.go_on(client)?;
            }
            working.join().map_err(|_| anyhow::anyhow!("a thread of the test panicked"))?
        })
    }

    /// Whether somebody has begun a task and not handed it in.
    fn in_the_midst(&self) -> bool {
        self.agents.iter().any(|agent| !matches!(agent.under_way.1, Step::Plan | Step::Look))
    }

    fn plans(&self) -> usize {
        self.agents.iter().map(|agent| agent.plans).sum()
    }

    /// Waits until nothing is under way, and compares what was acknowledged with what is there.
    fn check(&mut self, client: &mut Client, host: &Host, schema: u32) -> TestResult {
        for (number, agent) in self.agents.iter_mut().enumerate() {
            let answer = client.answer(agent.under_way.0)?;
            ensure!(answer.result()?["isError"] != true, "{:?}: {answer:?}", agent.under_way);
            agent.under_way = (0, agent.take(number, true));
        }
        let unasked: Vec<Value> =
            client.unread()?.into_iter().filter(|message| message.get("method").is_none()).collect();
        ensure!(unasked.is_empty(), "answered more than once: {unasked:?}");
        consistent(host, schema)?;
        let database = Connection::open(host.database_of(SLOT))?;
        let tasks: usize = database.query_row("SELECT count(*) FROM task", [], |row| row.get(0))?;
        ensure!(tasks == self.plans() * (1 + PARTS), "{tasks} tasks of {} plans", self.plans());
        let mut delivered: Vec<String> = self.agents.iter().flat_map(|agent| agent.completed.clone()).collect();
        delivered.sort();
        let mut select = database.prepare(
            "SELECT task.id FROM artifact JOIN task ON task.seq = artifact.task WHERE task.status = 'completed'
            ORDER BY task.id",
        )?;
        let found: Vec<String> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        ensure!(found == delivered, "{} artifacts, {} were acknowledged", found.len(), delivered.len());
        for (number, agent) in self.agents.iter_mut().enumerate() {
            let next = agent.under_way.1;
            agent.ask(client, number, next)?;
        }
        Ok(())
    }
}

impl Agent {
    fn ask(&mut self, client: &mut Client, number: usize, step: Step) -> TestResult {
        let part = |part: usize| format!("a{number}-p{}-{part}", self.worked);
        let (tool, arguments) = match step {
            Step::Plan => ("plan_task", planned(&format!("a{number}-p{}", self.plans))),
            Step::Look => ("get_status", json!({})),
            Step::Execute(at) => ("execute_task", json!({ "task_id": part(at) })),
            Step::Complete(at) => ("complete_task", work(&part(at))),
        };
        self.under_way = (client.begin_call(&format!("orchestrator_{tool}"), arguments)?, step);
        Ok(())
    }

    /// The call was answered; what comes next.
    fn take(&mut self, number: usize, calm: bool) -> Step {
        match self.under_way.1 {
            Step::Plan => self.plans += 1,
            Step::Complete(at) => {
                self.completed.push(format!("a{number}-p{}-{at}", self.worked));
                self.worked += usize::from(at + 1 == PARTS);
            }
            Step::Execute(at) => return Step::Complete(at),
            Step::Look => {}
        }
        match self.under_way.1 {
            _ if calm && self.plans > self.worked + 3 => Step::Look,
            _ if calm => Step::Plan,
            Step::Complete(at) if at + 1 < PARTS => Step::Execute(at + 1),
            _ if self.plans > self.worked => Step::Execute(self.completed.len() - self.worked * PARTS),
            _ => Step::Plan,
        }
    }
}

/// A plan of parts that are done one after the other.
fn planned(id: &str) -> Value {
    let parts = (0..PARTS).map(|part| {
        let before: Vec<String> = part.checked_sub(1).map(|before| format!("{id}-{before}")).into_iter().collect();
        json!({ "task_id": format!("{id}-{part}"), "title": format!("Part {part}"), "description": "Do it.",
            "specialist_type": "implementer", "dependencies": before })
    });
    json!({ "task_id": id, "title": "A plan", "description": "In parts.", "subtasks": parts.collect::<Vec<_>>() })
}

fn work(id: &str) -> Value {
    json!({ "task_id": id, "summary": "Done.", "detailed_work": format!("The work of {id}."), "next_action": "complete" })
}

fn plan(client: &mut Client, id: &str) -> TestResult {
    client.done("orchestrator_plan_task", planned(id)).map(drop)
}

/// The old component serves; with the file of the new one.
fn host() -> anyhow::Result<(Host, PathBuf)> {
    let host = PROGRAM.orchestrator()?.knowing(&[OLD])?.with_settings(SETTINGS)?.with_slot(SLOT, OLD);
    let new = host.dir().join("new.wasm");
    fs::write(&new, mainstay::app::ORCHESTRATOR)?;
    Ok((host, new))
}

fn begin(host: &Host) -> anyhow::Result<Client> {
    let mut client = host.client()?;
    client.done("orchestrator_initialize_session", json!({ "working_directory": "/workspace" }))?;
    Ok(client)
}

fn schema_of(host: &Host) -> anyhow::Result<u32> {
    let database = Connection::open(host.database_of(SLOT))?;
    Ok(database.query_row("SELECT schema FROM _mainstay_slot", [], |row| row.get(0))?)
}

/// The tables are those of that schema, and everything that is counted is what there is to count.
fn consistent(host: &Host, schema: u32) -> TestResult {
    let database = Connection::open(host.database_of(SLOT))?;
    let number = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).context(sql.to_owned());
    ensure!(schema_of(host)? == schema, "the schema is {}", schema_of(host)?);
    let has = number("SELECT count(*) FROM sqlite_schema WHERE name IN ('work', 'queue', 'task_text', 'claim')")?;
    ensure!(has == if schema == 2 { 4 } else { 0 }, "{has} tables of schema 2");
    let none = |what: &str, sql: &str| {
        let found = number(sql)?;
        ensure!(found == 0, "{found} {what}");
        Ok(())
    };
    none(
        "counts of statuses",
        "SELECT count(*) FROM (SELECT workspace_id, status, tasks FROM status_count WHERE tasks > 0
        EXCEPT SELECT workspace_id, status, count(*) FROM task GROUP BY workspace_id, status)",
    )?;
    none(
        "counts of parts",
        "SELECT count(*) FROM task AS t WHERE (children, open_children) <> (SELECT count(*),
        coalesce(sum(settled = 0), 0) FROM task AS p WHERE p.parent = t.seq)",
    )?;
    none(
        "open prerequisites",
        "SELECT count(*) FROM task AS t WHERE waits_for <> (SELECT count(*) FROM dependency AS d
        JOIN task AS above ON above.seq = d.task JOIN task AS p ON p.seq = d.prerequisite
        WHERE p.satisfies = 0 AND t.path >= above.path AND t.path < above.path || 'g')",
    )?;
    if schema == 2 {
        none(
            "counts of what is below",
            "SELECT count(*) FROM task AS t JOIN work AS w ON w.task = t.seq
            WHERE (w.below, w.open_below) <> (SELECT count(*), coalesce(sum(settled = 0), 0) FROM task AS b
            WHERE b.path > t.path AND b.path < t.path || 'g')",
        )?;
        none("tasks without figures", "SELECT count(*) FROM task WHERE seq NOT IN (SELECT task FROM work)")?;
        none(
            "tasks that are ready and not in the queue, or the other way round",
            "SELECT count(*) FROM (SELECT seq FROM task WHERE ready = 1 AND seq NOT IN (SELECT task FROM queue)
            UNION ALL SELECT task FROM queue WHERE task NOT IN (SELECT seq FROM task WHERE ready = 1))",
        )?;
        none("tasks without words", "SELECT (SELECT count(*) FROM task) - (SELECT count(*) FROM task_text_docsize)")?;
    }
    none("broken references", "SELECT count(*) FROM pragma_foreign_key_check")
}
