//! The templates that are kept: those of a workspace, those of all, and those that come with the product.
//!
//! The library is there without being installed; installing keeps the version there is now. Only what is in the
//! table counts how often it was used.

use mainstay_plugin::prelude::*;
use mainstay_plugin::{DatabaseError, FromRow, Row};
use sha2::{Digest, Sha256};

use super::library::{self, Shipped};
use super::{Category, STORED, Template, parse};
use crate::limits::Problems;
use crate::nearest as alike;
use crate::words::{Complexity, Word};

/// Names that are offered for one that is unknown.
const OFFERED: usize = 3;

/// What lists say of a template.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(crate) struct About {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) category: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) complexity: Option<Complexity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) estimated_duration: Option<String>,
    pub(crate) parameters: usize,
    pub(crate) tasks: usize,
}

impl About {
    pub(crate) fn of(template: &Template) -> Self {
        let metadata = template.metadata.clone();
        Self {
            description: metadata.description,
            category: metadata.category,
            tags: metadata.tags.unwrap_or_default(),
            author: metadata.author,
            complexity: metadata.complexity,
            estimated_duration: metadata.estimated_duration,
            parameters: template.parameters.len(),
            tasks: template.tasks.len(),
        }
    }
}

/// A template without its text.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) about: About,
    /// In the table.
    pub(crate) installed: bool,
}

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let about = serde_json::from_str(&row.get::<String>("about")?).unwrap_or_default();
        Ok(Self { id: row.get("id")?, name: row.get("name")?, version: row.get("version")?, about, installed: true })
    }
}

/// A template with its text.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// None for one of the library that is not installed.
    pub(crate) seq: Option<i64>,
    pub(crate) category: Category,
    pub(crate) id: String,
    pub(crate) content: String,
    pub(crate) hash: String,
    pub(crate) used: i64,
    pub(crate) updated_at: Option<i64>,
}

impl FromRow for Found {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        Ok(Self {
            seq: row.get("seq")?,
            category: row.get("category")?,
            id: row.get("id")?,
            content: row.get("content")?,
            hash: row.get("hash")?,
            used: row.get("used")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

impl From<&Shipped> for Found {
    fn from(shipped: &Shipped) -> Self {
        Self {
            seq: None,
            category: Category::Builtin,
            id: shipped.id.to_owned(),
            content: shipped.content.to_owned(),
            hash: hash(shipped.content),
            used: 0,
            updated_at: None,
        }
    }
}

/// What tells one text from another.
pub(crate) fn hash(content: &str) -> String {
    Sha256::digest(content.as_bytes())[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whose row it is: 0 belongs to all workspaces.
fn owner(category: Category, workspace: i64) -> i64 {
    if category == Category::User { workspace } else { 0 }
}

/// The template `id` of `category`.
pub(crate) fn look_up(
    cx: &Context<'_>,
    workspace: i64,
    category: Category,
    id: &str,
) -> Result<Option<Found>, Failure> {
    let sql = "SELECT seq, category, id, content, hash, used, updated_at FROM template
        WHERE workspace_id = ?1 AND category = ?2 AND id = ?3";
    let found = cx.db().query_one(sql, params![owner(category, workspace), category, id])?;
    let shipped = || library::DEFAULTS.iter().find(|shipped| category == Category::Builtin && shipped.id == id);
    Ok(found.or_else(|| shipped().map(Found::from)))
}

/// What a template of the category `from` means by `id`, beside those that are on the `way` already.
pub(super) fn base(
    cx: &Context<'_>,
    workspace: i64,
    from: Category,
    id: &str,
    way: &[(Category, String)],
) -> Result<Option<Found>, Failure> {
    for category in Category::ALL.iter().copied().filter(|category| *category >= from) {
        if way.iter().any(|(seen, known)| *seen == category && known == id) {
            continue;
        }
        if let Some(found) = look_up(cx, workspace, category, id)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The template a caller means, in the category it names or the first that has it.
pub(crate) fn require(
    cx: &Context<'_>,
    workspace: i64,
    category: Option<Category>,
    id: &str,
) -> Result<Found, Failure> {
    let mut problems = Problems::default();
    problems.id("/template_id", id);
    problems.into_result()?;
    let found = match category {
        Some(category) => look_up(cx, workspace, category, id)?,
        None => base(cx, workspace, Category::User, id, &[])?,
    };
    found.map_or_else(|| Err(unknown(cx, workspace, category, id)?), Ok)
}

pub(crate) fn unknown(
    cx: &Context<'_>,
    workspace: i64,
    category: Option<Category>,
    id: &str,
) -> Result<Failure, Failure> {
    let place = category.map(|category| format!(" in {category}")).unwrap_or_default();
    let elsewhere = if category.is_some() { base(cx, workspace, Category::User, id, &[])? } else { None };
    let nearest: Vec<_> = nearest(cx, workspace, id)?.iter().map(|id| format!("`{id}`")).collect();
    let hint = match elsewhere {
        Some(found) => format!("There is one in {}: give that as category.", found.category),
        None if nearest.is_empty() => "template_list shows what there is.".to_owned(),
        None => format!("Did you mean {}? template_list shows what there is.", nearest.join(", ")),
    };
    Ok(Failure::new("unknown-template", format!("there is no template `{id}`{place}")).with_hint(hint))
}

/// Ids that look like `id`, best first.
pub(crate) fn nearest(cx: &Context<'_>, workspace: i64, id: &str) -> Result<Vec<String>, Failure> {
    let sql = "SELECT id FROM template WHERE workspace_id = ?1 AND category = ?2 ORDER BY id LIMIT ?3";
    let mut ids: Vec<String> = library::DEFAULTS.iter().map(|shipped| shipped.id.to_owned()).collect();
    for category in Category::ALL {
        let rows = cx.db().query::<(String,)>(sql, params![owner(*category, workspace), *category, STORED])?;
        ids.extend(rows.into_iter().map(|row| row.0));
    }
    Ok(alike::of(id, ids.iter().map(String::as_str), OFFERED).into_iter().map(str::to_owned).collect())
}

/// At most `most` templates of `category` after the id `after`, by id.
pub(crate) fn page(
    cx: &Context<'_>,
    workspace: i64,
    category: Category,
    after: &str,
    most: usize,
) -> Result<Vec<Listed>, Failure> {
    let sql = "SELECT id, name, version, about FROM template
        WHERE workspace_id = ?1 AND category = ?2 AND id > ?3 ORDER BY id LIMIT ?4";
    let limit = i64::try_from(most).unwrap_or(i64::MAX);
    let mut page: Vec<Listed> = cx.db().query(sql, params![owner(category, workspace), category, after, limit])?;
    if category == Category::Builtin {
        let stored = stored_ids(cx)?;
        let missing = library::DEFAULTS.iter().filter(|shipped| shipped.id > after);
        let missing = missing.filter(|shipped| !stored.iter().any(|id| id == shipped.id));
        page.extend(missing.filter_map(|shipped| shipped.listed()));
        page.sort_by(|one, other| one.id.cmp(&other.id));
        page.truncate(most);
    }
    Ok(page)
}

/// What is installed of the library.
pub(crate) fn stored_ids(cx: &Context<'_>) -> Result<Vec<String>, Failure> {
    let sql = "SELECT id FROM template WHERE workspace_id = 0 AND category = 'builtin' ORDER BY id LIMIT ?1";
    Ok(cx.db().query::<(String,)>(sql, params![STORED])?.into_iter().map(|row| row.0).collect())
}

/// How many are in the table.
pub(crate) fn count(cx: &Context<'_>, workspace: i64, category: Category) -> Result<i64, Failure> {
    let sql = "SELECT count(*) FROM template WHERE workspace_id = ?1 AND category = ?2";
    let row = cx.db().query_one::<(i64,)>(sql, params![owner(category, workspace), category])?;
    Ok(row.map_or(0, |row| row.0))
}

/// Stores a template, or replaces the one of that name.
pub(crate) fn put(
    cx: &Context<'_>,
    workspace: i64,
    category: Category,
    id: &str,
    content: &str,
    template: &Template,
) -> Result<(), Failure> {
    let sql =
        "INSERT INTO template (workspace_id, category, id, name, version, hash, created_at, updated_at, about, content)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9)
         ON CONFLICT (workspace_id, category, id) DO UPDATE SET name = excluded.name, version = excluded.version,
            hash = excluded.hash, updated_at = excluded.updated_at, about = excluded.about, content = excluded.content";
    cx.db().execute(
        sql,
        params![
            owner(category, workspace),
            category,
            id,
            &template.metadata.name,
            template.version(),
            hash(content),
            cx.now().cast_signed(),
            serde_json::to_string(&About::of(template))?,
            content
        ],
    )?;
    Ok(())
}

pub(crate) fn remove(cx: &Context<'_>, seq: i64) -> Result<(), Failure> {
    cx.db().execute("DELETE FROM template WHERE seq = ?1", params![seq])?;
    Ok(())
}

/// Notes that a plan was made of it.
pub(crate) fn note_use(cx: &Context<'_>, found: &Found) -> Result<(), Failure> {
    if let Some(seq) = found.seq {
        cx.db().execute("UPDATE template SET used = used + 1 WHERE seq = ?1", params![seq])?;
    }
    Ok(())
}

impl Shipped {
    /// None if its text were not right, which a test excludes.
    fn listed(&self) -> Option<Listed> {
        let template = parse(self.content).ok()?.alone();
        let (name, version) = (template.metadata.name.clone(), template.version().to_owned());
        Some(Listed { id: self.id.to_owned(), name, version, about: About::of(&template), installed: false })
    }
}
