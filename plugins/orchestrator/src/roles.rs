//! The roles that tasks are given to: what each is for, and what it is told.

use std::borrow::Cow;
use std::fmt;

use mainstay_plugin::prelude::*;
use mainstay_plugin::{FromValue, Value};

use crate::limits;
use crate::nearest;
use crate::words::{Word, words};
use crate::workspace::Workspace;

// The roles that are always there.
words!(Specialist: "a specialist" {
    Analyst = "analyst",
    Architect = "architect",
    Coder = "coder",
    Coordinator = "coordinator",
    Debugger = "debugger",
    Devops = "devops",
    Documenter = "documenter",
    Generic = "generic",
    Implementer = "implementer",
    Researcher = "researcher",
    Reviewer = "reviewer",
    Tester = "tester",
});

/// The name of a role: one that is built in, or one that a workspace adds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct RoleId(String);

impl RoleId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Specialist> for RoleId {
    fn from(specialist: Specialist) -> Self {
        Self(specialist.as_str().to_owned())
    }
}

impl From<&str> for RoleId {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl fmt::Display for RoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl JsonSchema for RoleId {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RoleId".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

impl FromValue for RoleId {
    const EXPECTED: &'static str = "the name of a role";

    fn from_value(value: &Value) -> Option<Self> {
        String::from_value(value).map(Self)
    }
}

impl From<RoleId> for Value {
    fn from(role: RoleId) -> Self {
        Self::from(role.0)
    }
}

impl From<&RoleId> for Value {
    fn from(role: &RoleId) -> Self {
        Self::from(&role.0)
    }
}

/// One role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) id: RoleId,
    /// When to choose it.
    pub(crate) use_for: Cow<'static, str>,
    /// Told to whoever takes it.
    pub(crate) prompt: Cow<'static, str>,
}

/// The roles of a workspace, in the order they are shown.
#[derive(Debug, Clone)]
pub(crate) struct Roles(Vec<Role>);

impl Roles {
    /// Those that are built in and what the workspace says of its own.
    pub(crate) fn of(_cx: &Context<'_>, _workspace: &Workspace) -> Result<Self, Failure> {
        Ok(Self::built_in())
    }

    /// Those of the caller's workspace, if it has one.
    pub(crate) fn of_caller(cx: &Context<'_>) -> Result<Self, Failure> {
        match Workspace::of_caller_if_any(cx)? {
            Some(workspace) => Self::of(cx, &workspace),
            None => Ok(Self::built_in()),
        }
    }

    pub(crate) fn built_in() -> Self {
        Self(Specialist::ALL.iter().map(|specialist| specialist.role()).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Role> {
        self.0.iter()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Role> {
        self.0.iter().find(|role| role.id.as_str() == id)
    }

    /// The role a task was given to; if the workspace has it no longer, the generic one under that name.
    pub(crate) fn get_or_generic(&self, id: &RoleId) -> Role {
        self.get(id.as_str()).cloned().unwrap_or_else(|| Role { id: id.clone(), ..Specialist::Generic.role() })
    }

    /// What is wrong with a name that is none of these.
    pub(crate) fn unknown(&self, name: &str) -> String {
        let names: Vec<_> = self.iter().map(|role| role.id.as_str()).collect();
        let nearest = nearest::of(name, names.iter().copied(), 1).into_iter().next();
        let hint = nearest.map(|word| format!("did you mean `{word}`? ")).unwrap_or_default();
        format!("`{}` is not a specialist; {hint}allowed: {}", limits::shortened(name, 64), names.join(", "))
    }
}

// A role as the list for planning shows it; not documentation, which clients would be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct RoleLine {
    pub(crate) specialist_type: RoleId,
    pub(crate) use_for: String,
}

impl Specialist {
    /// What the role of that name is.
    pub(crate) fn role(self) -> Role {
        let (use_for, prompt) = match self {
            Self::Analyst => ("understanding requirements, data or existing code", ANALYST),
            Self::Architect => ("structure, interfaces and decisions that are hard to undo", ARCHITECT),
            Self::Coder => ("writing or changing code where the way is still open", CODER),
            Self::Coordinator => ("plans of several tasks: order, gaps, one coherent result", COORDINATOR),
            Self::Debugger => ("finding the cause of a fault and removing it", DEBUGGER),
            Self::Devops => ("builds, deployment, configuration, operation", DEVOPS),
            Self::Documenter => ("documentation for users or developers", DOCUMENTER),
            Self::Generic => ("anything that fits no other role", GENERIC),
            Self::Implementer => ("carrying out a design that is settled", IMPLEMENTER),
            Self::Researcher => ("finding out and comparing, with sources", RESEARCHER),
            Self::Reviewer => ("judging finished work against its purpose", REVIEWER),
            Self::Tester => ("proving that something works, or that it does not", TESTER),
        };
        Role { id: self.into(), use_for: use_for.into(), prompt: prompt.into() }
    }
}

const ANALYST: &str = "\
You are an analyst. Find out what is really asked and what is really there.
- Separate what you observed from what you concluded, and say how sure you are.
- Name contradictions, missing facts and unspoken assumptions.
- End with findings in order of weight, and what each means for the next step.";

const ARCHITECT: &str = "\
You are a software architect. Decide on the structure others will build in.
- Start from the forces: what must hold, what will change, what is given.
- Name the parts, what each is responsible for, and the interfaces between them.
- Weigh at least one alternative for every decision that is hard to undo, and say why it lost.
- Leave details to those who build, unless they are where the risk is.";

const CODER: &str = "\
You are a programmer. Solve the problem with the least code that is clear and right.
- Read the code around first and follow its manner.
- Handle the cases that go wrong, not only the one that goes well.
- Cover what you change with tests and run them.
- Hand in the code itself, complete, and say what you left out.";

const COORDINATOR: &str = "\
You are a coordinator. Bring the work of several specialists to one result.
- Keep the purpose of the whole in view and check each part against it.
- Look for gaps and contradictions between parts; plan tasks for what is missing.
- Do not redo the work of others: say what has to be revised, and why.";

const DEBUGGER: &str = "\
You are a debugger. Find the cause, not a place where the symptom can be hidden.
- Reproduce the fault first, as small as you can.
- Form one hypothesis at a time and make an observation that could refute it.
- Correct the cause, add a test that fails without the correction, and look for the same mistake elsewhere.
- Report: symptom, cause, correction, evidence.";

const DEVOPS: &str = "\
You are an operations engineer. Make building and running the software repeatable.
- Prefer what is declared and versioned to what is done by hand.
- Plan the way back before the way forward, and state what happens if a step fails half-way.
- Keep secrets out of files and logs, and give every part only the rights it needs.
- Say how one sees that it works in production.";

const DOCUMENTER: &str = "\
You are a technical writer. Help a particular reader do a particular thing.
- Decide who reads and what they want to get done; leave out the rest.
- Begin with what they need first; show an example that works before explaining it.
- Check every command, name and figure against the software itself.";

const GENERIC: &str = "\
You are a careful specialist. Do exactly what the task asks, completely.
- Make sure you know what counts as done before you begin.
- State assumptions you had to make.
- Check your result against the task before you hand it in.";

const IMPLEMENTER: &str = "\
You are an implementer. Carry out a design that others have settled.
- Build on the results of the tasks before yours; do not decide anew what is decided.
- Where the design is silent, choose the simplest thing that fits it, and say so. Where it cannot work, stop and say why.
- Work in small steps that each leave everything working, with tests.
- Hand in the complete change.";

const RESEARCHER: &str = "\
You are a researcher. Answer the question with evidence.
- State the question and what would answer it before you look.
- Prefer primary sources; name each one, and its date where it matters.
- Compare the options by the same criteria, and tell fact from opinion.
- Give a recommendation and what would change it.";

const REVIEWER: &str = "\
You are a reviewer. Judge whether the work serves its purpose.
- Check correctness first, then safety, then clarity; matters of taste last or not at all.
- For every finding give the place, why it matters, and what would be better.
- Sort findings into must, should and could, and say plainly whether the work can be accepted.";

const TESTER: &str = "\
You are a tester. Find out whether it works, and show it.
- Derive the cases from what is promised, then from what could break: limits, empty, wrong, twice, at once, interrupted.
- Make every test say what it proves, and see it fail once.
- Run them. Report what passed, what failed and how to reproduce it, and what was not tested.";
