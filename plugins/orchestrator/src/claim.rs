//! Claims: which agent works on a task, and until when.
//!
//! A claim is a lease. When its time is over, whoever asks what is next is offered the task again, and the next
//! call that claims, takes up or hands in puts it back into the queue; until then it is shown as it was left. When a
//! task is no longer worked on, for whatever reason, a trigger takes the claim away. Names of agents are taken on trust: claims keep agents from doing a task twice by
//! accident.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};

use crate::event::{self, Kind};
use crate::limits::{self, Problems, shortened};
use crate::moment::{self, MINUTE};
use crate::session;
use crate::status::Status;
use crate::task::{Task, change_status};

/// Minutes of a lease: what it has if nothing is said, and the longest.
pub(crate) const LEASE: i64 = 30;
pub(crate) const LONGEST_LEASE: i64 = 1_440;

/// Live claims of one agent.
pub(crate) const CLAIMS: u32 = 20;

/// Leases that one call ends.
const ENDED_AT_ONCE: u32 = 100;

/// A claim that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) agent: String,
    pub(crate) until: i64,
}

impl FromRow for Claim {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self { agent: row.get("agent")?, until: row.get("until")? })
    }
}

/// The agent a call is made by: the one that is named, or else the session.
pub(crate) fn agent(cx: &Context<'_>, named: Option<&str>) -> Result<String, Failure> {
    let Some(name) = named else {
        let session = session::caller(cx);
        return Ok(shortened(if session.is_empty() { "session" } else { session }, limits::AGENT));
    };
    let mut problems = Problems::default();
    problems.required_text("/agent", name, limits::AGENT);
    if name.chars().any(|c| c.is_control() && c != '\0') {
        problems.add("/agent", "has a line break or another control character; a name is one line");
    }
    problems.into_result()?;
    Ok(name.trim().to_owned())
}

/// A name as JSON, so that a model can copy it into a call.
pub(crate) fn quoted(agent: &str) -> String {
    serde_json::Value::from(agent).to_string()
}

/// Who works on `task`, if anyone has a live claim.
pub(crate) fn holder(cx: &Context<'_>, task: &Task) -> Result<Option<Claim>, Failure> {
    let sql = "SELECT agent, until FROM claim WHERE task = ?1 AND until > ?2";
    Ok(cx.db().query_one(sql, params![task.seq, cx.now().cast_signed()])?)
}

/// Fails if another agent than the one of this call has a live claim on `task`.
pub(crate) fn refuse_others(cx: &Context<'_>, task: &Task, named: Option<&str>) -> Result<(), Failure> {
    let Some(claim) = holder(cx, task)? else { return Ok(()) };
    if claim.agent == agent(cx, named)? {
        return Ok(());
    }
    let Claim { agent, until } = claim;
    let (id, agent, until) = (&task.id, quoted(&agent), moment::format(until));
    let message = format!("`{id}` ({}) is claimed by agent {agent} until {until}", task.title);
    Err(Failure::new("claimed", message).with_hint(format!(
        "Take another one: orchestrator_claim_task {{}}. If you are {agent}, pass it as agent. If that agent is gone, \
         orchestrator_claim_task {{\"task_id\": \"{id}\", \"agent\": {agent}, \"action\": \"release\"}} frees the task."
    )))
}

/// Fails if an agent of another session has a live claim on `task`. Whoever sent the agents of one session may take their
/// work back.
pub(crate) fn refuse_strangers(cx: &Context<'_>, task: &Task) -> Result<(), Failure> {
    let own = "SELECT 1 FROM claim WHERE task = ?1 AND session = ?2";
    match cx.db().query_one::<(i64,)>(own, params![task.seq, session::caller(cx)])? {
        Some(_) => Ok(()),
        None => refuse_others(cx, task, None),
    }
}

/// Fails if an agent of another session has a live claim on `task` or on anything below it.
pub(crate) fn refuse_strangers_below(cx: &Context<'_>, task: &Task) -> Result<(), Failure> {
    let sql = "SELECT t.* FROM claim AS c CROSS JOIN task AS t ON t.seq = c.task
        WHERE c.workspace_id = ?1 AND c.until > ?2 AND c.session <> ?3 AND c.agent <> ?4
            AND t.path >= ?5 AND t.path < ?5 || 'g' LIMIT 1";
    let now = cx.now().cast_signed();
    let held = params![task.workspace, now, session::caller(cx), agent(cx, None)?, &task.path];
    cx.db().query_one::<Task>(sql, held)?.map_or(Ok(()), |held| refuse_strangers(cx, &held))
}

/// Gives `task`, which nobody else holds, to `agent`, or renews its claim. Without `lease` it is the usual one, which
/// never makes a claim shorter. Returns when it ends.
pub(crate) fn hold(cx: &Context<'_>, task: &Task, agent: &str, lease: Option<i64>) -> Result<i64, Failure> {
    let now = cx.now().cast_signed();
    let until = now + lease.unwrap_or(LEASE) * MINUTE;
    if let Some(claim) = holder(cx, task)? {
        let until = if lease.is_some() { until } else { until.max(claim.until) };
        let renew = "UPDATE claim SET until = ?2, session = ?3, renewals = renewals + 1 WHERE task = ?1";
        cx.db().execute(renew, params![task.seq, until, session::caller(cx)])?;
        return Ok(until);
    }
    let live = "SELECT count(*) FROM claim WHERE workspace_id = ?1 AND agent = ?2 AND until > ?3";
    let live = cx.db().query_one::<(i64,)>(live, params![task.workspace, agent, now])?;
    if live.is_some_and(|(claims,)| claims >= i64::from(CLAIMS)) {
        return Err(too_many(agent));
    }
    let claim = "INSERT OR REPLACE INTO claim (task, workspace_id, agent, session, claimed_at, until)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    cx.db().batch(vec![
        Statement::new(claim, params![task.seq, task.workspace, agent, session::caller(cx), now, until]),
        event::record(cx, task.workspace, &task.id, Kind::Claimed, None, Some(agent)),
    ])?;
    Ok(until)
}

/// Renews the claim on the task `seq`, if an agent of the calling session has it. Not every call names its agent.
pub(crate) fn sign_of_life(cx: &Context<'_>, seq: i64) -> Result<(), Failure> {
    let sql = "UPDATE claim SET until = max(until, ?3), renewals = renewals + 1
        WHERE task = ?1 AND session = ?2 AND until > ?4";
    let now = cx.now().cast_signed();
    cx.db().execute(sql, params![seq, session::caller(cx), now + LEASE * MINUTE, now])?;
    Ok(())
}

fn too_many(agent: &str) -> Failure {
    let message = format!("agent {} has {CLAIMS} claims, which is the most one agent can have", quoted(agent));
    Failure::new("too-many-claims", message).with_hint(
        "Hand in or release some first; orchestrator_what_next with your agent name lists them. Several agents need \
         names of their own.",
    )
}

/// What `agent` holds, what ends first first.
pub(crate) fn held_by(cx: &Context<'_>, workspace: i64, agent: &str) -> Result<Vec<Task>, Failure> {
    let sql = "SELECT t.* FROM claim AS c JOIN task AS t ON t.seq = c.task
        WHERE c.workspace_id = ?1 AND c.agent = ?2 AND c.until > ?3 ORDER BY c.until LIMIT ?4";
    Ok(cx.db().query(sql, params![workspace, agent, cx.now().cast_signed(), CLAIMS])?)
}

/// Gives `task` back: it is to be done from the beginning.
pub(crate) fn release(cx: &Context<'_>, task: &Task, agent: &str) -> Result<(), Failure> {
    give_back(cx, task, agent, Kind::Released)
}

/// Ends leases whose time is over, at most a hundred a call; the next call ends the next ones.
pub(crate) fn end_overdue(cx: &Context<'_>, workspace: i64) -> Result<(), Failure> {
    let sql = "SELECT task, agent FROM claim WHERE workspace_id = ?1 AND until <= ?2 ORDER BY until LIMIT ?3";
    let over = cx.db().query::<(i64, String)>(sql, params![workspace, cx.now().cast_signed(), ENDED_AT_ONCE])?;
    for (seq, agent) in over {
        if let Some(task) = cx.db().query_one::<Task>("SELECT * FROM task WHERE seq = ?1", params![seq])? {
            give_back(cx, &task, &agent, Kind::LeaseExpired)?;
        }
    }
    Ok(())
}

/// Takes the claim away; a task that was begun is pending again, as if it had not been.
pub(crate) fn give_back(cx: &Context<'_>, task: &Task, agent: &str, kind: Kind) -> Result<(), Failure> {
    let mut statements = vec![
        Statement::new("DELETE FROM claim WHERE task = ?1", params![task.seq]),
        event::record(cx, task.workspace, &task.id, kind, Some(agent), None),
    ];
    // A task that was given parts meanwhile is worked on through those.
    if task.status.is_under_way() && !task.is_plan() {
        change_status(cx, task, Status::Pending)?;
        // The time it lay there is no time it took.
        statements.push(Statement::new("UPDATE task SET started_at = NULL WHERE seq = ?1", params![task.seq]));
    }
    cx.db().batch(statements)?;
    Ok(())
}
