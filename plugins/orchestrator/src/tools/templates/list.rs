//! `template_list`.

use mainstay_plugin::prelude::*;

use crate::limits::{Problems, shortened};
use crate::plugin::Orchestrator;
use crate::template::Category;
use crate::template::store::{self, About, Listed};
use crate::words::{Word, unknown_word};
use crate::workspace::Workspace;

/// Templates of one answer.
const PAGE: usize = 50;

const DESCRIPTION: &str = "\
Lists templates: ready-made plans for common work (fixing a bug, a release, an article…). See whether one fits before \
planning such work by hand. Next: template_info.";

#[derive(Debug, Deserialize, JsonSchema)]
pub(in crate::tools) struct List {
    category: Option<Category>,
    include_metadata: Option<bool>,
    /// From the page before.
    after: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::tools) struct Listing {
    templates: Vec<Entry>,
    /// What to give as `after` for the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    next: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Entry {
    template_id: String,
    category: Category,
    name: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<About>,
}

pub(in crate::tools) fn tool() -> Tool<Orchestrator> {
    crate::tools::answering("template_list", DESCRIPTION, run).title("List templates").read_only()
}

pub(in crate::tools) fn run(cx: &Context<'_>, args: &List) -> Outcome<Listing> {
    let workspace = Workspace::of_caller(cx)?;
    let (begin, mut id) = args.after.as_deref().map_or(Ok((Category::User, "")), begin)?;
    let mut found: Vec<(Category, Listed)> = Vec::new();
    for category in Category::ALL.iter().copied().filter(|category| *category >= begin) {
        if found.len() > PAGE || args.category.is_some_and(|wanted| wanted != category) {
            continue;
        }
        let after = if category == begin { std::mem::take(&mut id) } else { "" };
        let page = store::page(cx, workspace.id, category, after, PAGE + 1 - found.len())?;
        found.extend(page.into_iter().map(|listed| (category, listed)));
    }
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    let after = found.last().filter(|_| more).map(|(category, listed)| format!("{category}/{}", listed.id));
    let next = match (&after, found.first()) {
        (Some(after), _) => format!("template_list with the same arguments and after \"{after}\""),
        (None, Some((_, listed))) => format!("template_info {{\"template_id\": \"{}\"}}, or another", listed.id),
        (None, None) => "template_create; there is none".to_owned(),
    };
    let full = args.include_metadata.unwrap_or(false);
    let templates = found.into_iter().map(|(category, listed)| Entry::of(category, listed, full)).collect();
    let listing = Listing { templates, after, next };
    let text = listing.to_markdown();
    Ok(Reply::from(listing).with_text(text))
}

/// Where a page begins.
pub(super) fn begin(after: &str) -> Result<(Category, &str), Failure> {
    let Some((category, id)) = after.split_once('/') else {
        return Err(Failure::argument("/after", "is not what the page before named; leave it out for the first page"));
    };
    let mut problems = Problems::default();
    problems.id("/after", id);
    problems.into_result()?;
    let known = Category::parse(category);
    known.map(|category| (category, id)).ok_or_else(|| Failure::argument("/after", unknown_word::<Category>(category)))
}

impl Entry {
    fn of(category: Category, listed: Listed, full: bool) -> Self {
        let Listed { id, name, version, about, .. } = listed;
        Self { template_id: id, category, name, version, metadata: full.then_some(about) }
    }

    fn to_markdown(&self) -> String {
        let Self { template_id, category, name, version, metadata } = self;
        let about = metadata.as_ref().map(About::to_markdown).unwrap_or_default();
        format!("- `{template_id}` ({category} {version}): {name}{about}\n")
    }
}

impl About {
    fn to_markdown(&self) -> String {
        let counts = format!("{} tasks, {} parameters", self.tasks, self.parameters);
        let tags = Some(self.tags.join(", ")).filter(|tags| !tags.is_empty()).map(|tags| format!("tags {tags}"));
        let complexity = self.complexity.map(|complexity| complexity.to_string());
        let author = self.author.as_ref().map(|author| format!("by {author}"));
        let facts = [self.category.clone(), complexity, self.estimated_duration.clone(), tags, author];
        let facts: Vec<_> = [Some(counts)].into_iter().chain(facts).flatten().collect();
        let description = self.description.as_deref().unwrap_or_default();
        format!(". {} ({})", shortened(&description.replace('\n', " "), 300), facts.join("; "))
    }
}

impl Listing {
    fn to_markdown(&self) -> String {
        let lines: String = self.templates.iter().map(Entry::to_markdown).collect();
        format!("{lines}Next: {}.", self.next)
    }
}
