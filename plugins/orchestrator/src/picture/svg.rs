//! The picture as SVG: nothing in it but shapes and text, so it can be shown wherever an image can.

use super::layout::{Layout, Rect, Size, layout};
use super::{Node, Picture, text};

/// Columns of an id, of a line of a title, and of the title of a plan for each unit of its width.
const ID: usize = 17;
const TITLE: usize = 28;
const PLAN: f64 = 0.125;

/// Height of the line at the bottom that explains the marks.
const LEGEND: f64 = 34.0;

const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#0f172a}.id{font:600 11px ui-monospace,monospace}\
.word{font-size:11px}.plan{font-weight:600}.legend{font-size:11px;fill:#475569}\
.back{fill:#fff}.box{fill:#94a3b8;fill-opacity:.1;stroke:#94a3b8}rect{stroke-width:1.5}\
.edge{fill:none;stroke:#64748b;stroke-width:1.4}.head{fill:#64748b}.loose,.outside{stroke-dasharray:5 4}\
.ready{fill:#dbeafe;stroke:#2563eb}.waiting{fill:#f1f5f9;stroke:#94a3b8}.underway{fill:#fef3c7;stroke:#d97706}\
.blocked{fill:#fee2e2;stroke:#dc2626}.done{fill:#dcfce7;stroke:#16a34a}.off{fill:#e5e7eb;stroke:#9ca3af}\
@media (prefers-color-scheme: dark){text{fill:#e2e8f0}.legend{fill:#94a3b8}.back{fill:#0f172a}\
.edge{stroke:#94a3b8}.head{fill:#94a3b8}\
.ready{fill:#172e5c;stroke:#60a5fa}.waiting{fill:#1e293b;stroke:#64748b}.underway{fill:#4a3208;stroke:#f59e0b}\
.blocked{fill:#4c1515;stroke:#f87171}.done{fill:#12391f;stroke:#4ade80}.off{fill:#272b33;stroke:#6b7280}}";

/// Draws `picture`.
pub(crate) fn svg(picture: &Picture) -> String {
    let Layout { rects, size: Size { width, height } } = layout(picture);
    let (width, height) = (width.max(600.0), height + LEGEND);
    let mut drawn = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} \
         {height:.0}\" role=\"img\" aria-labelledby=\"title desc\">{}<style>{STYLE}</style><defs><marker id=\"head\" \
         viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path \
         class=\"head\" d=\"M0 0L8 4L0 8z\"/></marker></defs><rect class=\"back\" width=\"100%\" height=\"100%\"/>",
        description(picture)
    );
    let is_plan = |place: usize| picture.nodes.iter().any(|node| node.parent == Some(place));
    let (plans, tasks): (Vec<_>, Vec<_>) = (0..rects.len()).partition(|&place| is_plan(place));
    plans.iter().for_each(|&place| drawn.push_str(&frame(&picture.nodes[place], rects[place])));
    for edge in &picture.edges {
        let outside = picture.nodes[edge.from].outside || picture.nodes[edge.to].outside;
        drawn.push_str(&arrow(rects[edge.from], rects[edge.to], edge.binds && !outside));
    }
    plans.iter().for_each(|&place| drawn.push_str(&heading(&picture.nodes[place], rects[place])));
    tasks.iter().for_each(|&place| drawn.push_str(&task(&picture.nodes[place], rects[place])));
    drawn.push_str(&format!("<text class=\"legend\" x=\"16\" y=\"{:.0}\">{}</text>", height - 14.0, legend(picture)));
    drawn.push_str("</svg>");
    drawn
}

/// What those hear who do not see it.
fn description(picture: &Picture) -> String {
    let title = picture.nodes.first().map_or_else(String::new, full);
    let mut said = format!("{} tasks and {} dependencies.", picture.nodes.len(), picture.edges.len());
    for node in &picture.nodes {
        said.push_str(&format!(" {}.", full(node)));
    }
    if let Some(left_out) = picture.left_out() {
        said.push_str(&format!(" {left_out}."));
    }
    format!("<title id=\"title\">{}</title><desc id=\"desc\">{}</desc>", text::xml(&title), text::xml(&said))
}

fn full(node: &Node) -> String {
    format!("{}: {} ({}, {})", node.id, text::line(&node.title, 255), node.specialist, node.look.word)
}

fn legend(picture: &Picture) -> String {
    let mut marks: Vec<(&str, &str, usize)> = Vec::new();
    for node in picture.nodes.iter().filter(|node| !node.outside) {
        match marks.iter_mut().find(|(_, word, _)| *word == node.look.word) {
            Some((_, _, count)) => *count += 1,
            None => marks.push((node.look.mark, node.look.word, 1)),
        }
    }
    let marks = marks.iter().map(|(mark, word, count)| format!("{mark} {word} {count}"));
    text::xml(&marks.chain(picture.left_out()).collect::<Vec<_>>().join(" · "))
}

fn frame(node: &Node, Rect { x, y, width, height }: Rect) -> String {
    let outline = format!("x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"10\"");
    format!("<rect class=\"box {}\" style=\"fill-opacity:.25\" {outline}/>", node.look.class)
}

/// The title of a plan, above whatever arrows there are.
fn heading(node: &Node, Rect { x, y, width, .. }: Rect) -> String {
    let folded = if node.folded > 0 { format!(" (+{} not shown)", node.folded) } else { String::new() };
    let status = format!("{} {}{folded}", node.look.mark, node.look.word);
    let columns = (width * PLAN) as usize;
    let title = text::line(&format!("{} · {} · {}", node.id, status, node.title), columns);
    format!(
        "<svg x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"24\"><title>{}</title><text class=\"plan\" x=\"0\" \
         y=\"16\">{}</text></svg>",
        x + 14.0,
        y + 8.0,
        width - 24.0,
        text::xml(&full(node)),
        text::xml(&title)
    )
}

fn task(node: &Node, Rect { x, y, width, height }: Rect) -> String {
    let (first, second) = text::two_lines(&node.title, TITLE);
    let folded = if node.folded > 0 { format!(" +{}", node.folded) } else { String::new() };
    let dashed = if node.outside { " outside" } else { "" };
    format!(
        "<svg x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width}\" height=\"{height}\"><title>{}</title><rect class=\"back\" \
         x=\"1\" y=\"1\" width=\"{w}\" height=\"{h}\" rx=\"7\"/><rect class=\"{}{dashed}\" x=\"1\" y=\"1\" \
         width=\"{w}\" height=\"{h}\" rx=\"7\"/><text class=\"id\" x=\"10\" y=\"19\">{}</text><text class=\"word\" \
         x=\"{end}\" y=\"19\" text-anchor=\"end\">{} {}{folded}</text><text x=\"10\" y=\"38\">{}</text><text x=\"10\" \
         y=\"54\">{}</text></svg>",
        text::xml(&full(node)),
        node.look.class,
        text::xml(&text::line(&node.id, ID)),
        node.look.mark,
        node.look.word,
        text::xml(&first),
        text::xml(&second),
        w = width - 2.0,
        h = height - 2.0,
        end = width - 10.0,
    )
}

/// From the right side of one thing to the left side of another.
fn arrow(from: Rect, to: Rect, binds: bool) -> String {
    let (x1, y1) = (from.x + from.width, from.y + from.height / 2.0);
    let (x2, y2) = (to.x, to.y + to.height / 2.0);
    let bend = ((x2 - x1).abs() / 2.0).clamp(28.0, 160.0);
    let class = if binds { "edge" } else { "edge loose" };
    format!(
        "<path class=\"{class}\" marker-end=\"url(#head)\" d=\"M{x1:.1} {y1:.1}C{:.1} {y1:.1} {:.1} {y2:.1} {x2:.1} \
         {y2:.1}\"/>",
        x1 + bend,
        x2 - bend
    )
}
