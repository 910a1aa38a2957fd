//! Calls that go on without their client: what an entry comes to is kept in the entry's own savepoint, so a task is never
//! ahead of what its call wrote, nor behind.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::{Answer, Outcome};
use super::error::SlotError;
use super::mailbox::{Work, check_again};
use super::services::Silent;
use super::slot::Slot;
use super::waiting::{Keep, Waiting};
use super::writer::Writer;
use crate::plugin::contract::tools;
use crate::plugin::{EntryContext, KillSwitch, now};
use crate::store::{TaskRow, WORKING};

/// Tasks that a slot keeps, ended or not. Each is a row of a few hundred bytes and its outcome, for a day.
const MOST: usize = 10_000;

/// How a result is kept: whoever shows it knows the form.
pub type Render = fn(Answer) -> String;

/// What a task is of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TaskCall {
    pub call: tools::Call,
    /// On whose behalf; nobody else hears of the task.
    pub owner: String,
    /// What the client said that it can answer.
    pub client: Value,
}

/// A task as it is now.
#[derive(Debug, Clone)]
pub struct Task {
    pub id: String,
    /// `working`, or how it ended.
    pub state: String,
    pub of: TaskCall,
    pub waiting: Option<Waiting>,
    /// What was answered of that, by key.
    pub answers: BTreeMap<String, Value>,
    /// JSON, once it has ended.
    pub outcome: Option<String>,
    /// Milliseconds since the epoch.
    pub created_at: u64,
    pub updated_at: u64,
    pub expires_at: u64,
}

/// One step of a task.
pub(crate) enum TaskWork {
    Create(Box<TaskRow>),
    /// Begins the call.
    Begin {
        id: String,
        render: Render,
    },
    /// Goes on with it.
    Resume {
        id: String,
        answers: Vec<tools::KeyedAnswer>,
        render: Render,
    },
    /// Somebody answered some of what it waits for.
    Answer {
        id: String,
        answers: BTreeMap<String, Value>,
    },
    End {
        id: String,
        state: &'static str,
        outcome: Option<String>,
    },
}

impl Writer {
    pub(super) fn task(&mut self, context: &EntryContext, work: &TaskWork, again: bool) -> Result<Outcome, SlotError> {
        match work {
            TaskWork::Create(row) => self.in_savepoint(|writer| {
                let bench = writer.bench.lock();
                if bench.db.count_tasks(context.now)? >= MOST as u64 {
                    return Err(SlotError::Busy(MOST));
                }
                Ok(bench.db.insert_task(row)?)
            })?,
            TaskWork::Begin { id, render } => return self.begin_task(context, (id, *render), again),
            TaskWork::Resume { id, answers, render } => {
                return self.resume_task(context, (id, *render), answers, again);
            }
            TaskWork::Answer { id, answers } => self.in_savepoint(|writer| writer.answer_task(context, id, answers))?,
            TaskWork::End { id, state, outcome } => self.in_savepoint(|writer| {
                writer.bench.lock().db.end_task(id, state, outcome.as_deref(), context.now)?;
                Ok(())
            })?,
        }
        Ok(Outcome::Noted)
    }

    /// None if it has ended, or its time is over.
    fn unfinished(&self, context: &EntryContext, id: &str) -> Result<Option<(TaskRow, TaskCall)>, SlotError> {
        let row = self.bench.lock().db.task(id, context.now)?.filter(|row| row.state == WORKING);
        let Some(row) = row else { return Ok(None) };
        let of = read(&row.call)?;
        Ok(Some((row, of)))
    }

    fn begin_task(
        &mut self,
        context: &EntryContext,
        (id, render): (&str, Render),
        again: bool,
    ) -> Result<Outcome, SlotError> {
        let Some((row, TaskCall { call, .. })) = self.unfinished(context, id)? else { return Ok(Outcome::Noted) };
        if row.wait.is_some() {
            return Ok(Outcome::Noted);
        }
        check_again(self.serving.plugin.surface(), &call)?;
        self.health.admit(&call)?;
        let result = self.in_savepoint(|writer| {
            let step = writer.enter(|instance| instance.call_tool(context, &call))?;
            writer.task_went(step, &row, (&call, 0), context, render)
        });
        self.judge(&call, &result, again);
        result
    }

    fn resume_task(
        &mut self,
        context: &EntryContext,
        (id, render): (&str, Render),
        answers: &[tools::KeyedAnswer],
        again: bool,
    ) -> Result<Outcome, SlotError> {
        let Some((row, TaskCall { call, .. })) = self.unfinished(context, id)? else { return Ok(Outcome::Noted) };
        let Some(wait) = &row.wait else { return Ok(Outcome::Noted) };
        let waits = self.bench.lock().db.wait(wait, context.now)?.ok_or(SlotError::NoSuchWait)?;
        if let Some(swap) = waits.orphaned_by {
            return Err(SlotError::Orphaned { swap });
        }
        let (waiting, continuation) = Waiting::from_row(waits)?;
        let result = self.in_savepoint(|writer| {
            let step = writer.enter(|instance| instance.resume_call(context, &call, &continuation, answers))?;
            writer.bench.lock().db.remove_wait(wait)?;
            writer.task_went(step, &row, (&call, waiting.round + 1), context, render)
        });
        self.judge(&call, &result, again);
        result
    }

    /// Keeps what an entry of a task came to, with what it wrote.
    fn task_went(
        &self,
        step: Result<tools::Step, tools::CallError>,
        row: &TaskRow,
        (call, round): (&tools::Call, u32),
        context: &EntryContext,
        render: Render,
    ) -> Result<Outcome, SlotError> {
        match step.map_err(SlotError::Refused)? {
            tools::Step::Done(result) => {
                let outcome = render(Answer::check(result)?);
                self.bench.lock().db.end_task(&row.id, "completed", Some(&outcome), context.now)?;
            }
            tools::Step::Wait(wait) => {
                let (expires_at, rounds) = (row.expires_at, self.settings.rounds);
                let keep = Keep { holder: None, now: context.now, expires_at, rounds };
                let described = &self.serving.plugin.surface().description;
                let waiting = Waiting::check(&wait, call.clone(), round, described, &keep)?;
                let bench = self.bench.lock();
                bench.db.insert_wait(&waiting.to_row(wait.continuation, &keep)?)?;
                bench.db.task_waits(&row.id, &waiting.id, context.now)?;
            }
        }
        Ok(Outcome::Noted)
    }

    fn answer_task(
        &self,
        context: &EntryContext,
        id: &str,
        answers: &BTreeMap<String, Value>,
    ) -> Result<(), SlotError> {
        let Some((row, _)) = self.unfinished(context, id)? else { return Ok(()) };
        let mut all: BTreeMap<String, Value> = row.answers.as_deref().map(read).transpose()?.unwrap_or_default();
        all.extend(answers.iter().map(|(key, answer)| (key.clone(), answer.clone())));
        Ok(self.bench.lock().db.task_answers(id, &write(&all)?, context.now)?)
    }
}

impl Slot {
    /// Makes a task of a call that has not begun, or that waits under the id of `wait`. It is on disk when this returns.
    ///
    /// # Errors
    /// If there are too many, or it cannot be kept.
    pub async fn create_task(&self, id: &str, of: &TaskCall, wait: Option<String>) -> Result<(), SlotError> {
        let (now, keep) = (now(), self.keeps_waits_for());
        let row = TaskRow {
            id: id.to_owned(),
            state: WORKING.to_owned(),
            call: write(of)?,
            wait,
            answers: None,
            outcome: None,
            created_at: now,
            updated_at: now,
            expires_at: now + keep,
        };
        self.task_work(TaskWork::Create(Box::new(row))).await
    }

    /// Takes a task a step further: begins its call, or goes on with it if there are answers.
    ///
    /// # Errors
    /// As [`Slot::call`]. The task has not ended then.
    pub async fn go_on_with_task(
        &self,
        id: &str,
        answers: Option<Vec<tools::KeyedAnswer>>,
        render: Render,
    ) -> Result<(), SlotError> {
        let id = id.to_owned();
        self.task_work(match answers {
            None => TaskWork::Begin { id, render },
            Some(answers) => TaskWork::Resume { id, answers, render },
        })
        .await
    }

    /// Keeps answers to what a task waits for.
    ///
    /// # Errors
    /// If they cannot be kept.
    pub async fn answer_task(&self, id: &str, answers: BTreeMap<String, Value>) -> Result<(), SlotError> {
        self.task_work(TaskWork::Answer { id: id.to_owned(), answers }).await
    }

    /// Ends a task, unless it has ended already.
    ///
    /// # Errors
    /// If that cannot be kept.
    pub async fn end_task(&self, id: &str, state: &'static str, outcome: Option<String>) -> Result<(), SlotError> {
        self.task_work(TaskWork::End { id: id.to_owned(), state, outcome }).await
    }

    async fn task_work(&self, work: TaskWork) -> Result<(), SlotError> {
        self.write(Work::Task(work), Arc::new(Silent), KillSwitch::default()).await.map(drop)
    }

    /// The task of that id, unless it has expired.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn task(&self, id: &str) -> Result<Option<Task>, SlotError> {
        let id = id.to_owned();
        let read = self.readers().look(move |db| {
            let Some(row) = db.task(&id, now())? else { return Ok(None) };
            let wait = row.wait.as_deref().map(|wait| db.wait(wait, now())).transpose()?.flatten();
            Ok(Some((row, wait)))
        });
        let Some((row, wait)) = read.await? else { return Ok(None) };
        Ok(Some(Task {
            of: self::read(&row.call)?,
            waiting: wait.map(|wait| Ok::<_, SlotError>(Waiting::from_row(wait)?.0)).transpose()?,
            answers: row.answers.as_deref().map(self::read).transpose()?.unwrap_or_default(),
            id: row.id,
            state: row.state,
            outcome: row.outcome,
            created_at: row.created_at,
            updated_at: row.updated_at,
            expires_at: row.expires_at,
        }))
    }
}

fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, SlotError> {
    serde_json::from_str(json).map_err(|error| SlotError::Contract(format!("a stored task cannot be read: {error}")))
}

fn write<T: Serialize>(value: &T) -> Result<String, SlotError> {
    serde_json::to_string(value).map_err(|error| SlotError::Contract(format!("a task cannot be stored: {error}")))
}
