//! The task orchestrator.
//!
//! A model splits its work into tasks, and this plugin keeps them: it hands out what is ready, gives each
//! task to a specialist's role, keeps what was delivered and says what is left. It plans nothing and does
//! nothing itself, and it keeps nothing in memory: a fresh instance goes on where the last one was.
//!
//! Reading order: [`words`] and [`status`] are the vocabulary, `schema/0001_tasks.sql` is what is kept,
//! [`workspace`] says whose tasks a caller sees, [`session`] who is at it. [`task`], [`graph`] and [`artifact`]
//! are the model, [`rank`] and [`next`] put what is ready in order, [`claim`] gives it to one of several agents.
//! [`tools`] is what clients call (one file a tool), [`resources`] what they read, and [`plugin`] ties it to the
//! host. [`template`], [`maintenance`], [`transfer`] and [`picture`] are each a world of their own.

#![allow(rustdoc::private_intra_doc_links, reason = "the map is for readers of this crate")]

mod archive;
mod arguments;
mod artifact;
mod attribute;
mod batch;
mod board;
mod briefing;
mod claim;
mod completion;
mod dependency;
mod document;
mod effort;
mod event;
mod graph;
mod limits;
mod maintenance;
mod moment;
mod nearest;
mod next;
mod pace;
mod picture;
mod plugin;
mod progress;
mod prompts;
mod rank;
mod resources;
mod roles;
mod schema;
mod search;
mod session;
mod status;
mod task;
mod template;
mod tools;
mod transfer;
mod words;
mod workspace;

#[cfg(test)]
mod testing;

pub use self::plugin::Orchestrator;

mainstay_plugin::export!(Orchestrator, resources, prompts, completion);
