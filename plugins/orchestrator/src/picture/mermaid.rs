//! The picture as text for Mermaid, which many clients and pages draw.

use std::collections::BTreeMap;

use super::{Node, Picture, text};

/// Columns of a title.
const TITLE: usize = 60;

/// Colours that can be read on light and on dark.
const CLASSES: [(&str, &str); 6] = [
    ("ready", "fill:#dbeafe,stroke:#2563eb,color:#0f172a"),
    ("waiting", "fill:#f1f5f9,stroke:#94a3b8,color:#0f172a"),
    ("underway", "fill:#fef3c7,stroke:#d97706,color:#0f172a"),
    ("blocked", "fill:#fee2e2,stroke:#dc2626,color:#0f172a"),
    ("done", "fill:#dcfce7,stroke:#16a34a,color:#0f172a"),
    ("off", "fill:#e5e7eb,stroke:#9ca3af,color:#374151"),
];

/// A flow chart. Plans are boxes around their parts; what is outside the plan is dashed.
pub(crate) fn mermaid(picture: &Picture) -> String {
    let mut drawn = String::from("flowchart LR\n");
    for top in picture.children(None) {
        node(picture, top, 1, &mut drawn);
    }
    for edge in &picture.edges {
        let outside = picture.nodes[edge.from].outside || picture.nodes[edge.to].outside;
        let arrow = if edge.binds && !outside { "-->" } else { "-.->" };
        drawn.push_str(&format!("  n{} {arrow} n{}\n", edge.from, edge.to));
    }
    if let Some(left_out) = picture.left_out() {
        drawn.push_str(&format!("  rest[\"{}\"]:::off\n", text::mermaid(&left_out)));
    }
    let mut members = BTreeMap::<&str, Vec<String>>::new();
    for (place, node) in picture.nodes.iter().enumerate() {
        members.entry(node.look.class).or_default().push(format!("n{place}"));
    }
    for (class, style) in CLASSES {
        let Some(nodes) = members.get(class) else {
            if class == "off" {
                drawn.push_str(&format!("  classDef off {style}\n"));
            }
            continue;
        };
        drawn.push_str(&format!("  classDef {class} {style}\n  class {} {class}\n", nodes.join(",")));
    }
    drawn.push_str("  classDef outside stroke-dasharray:5 4\n");
    let outside: Vec<_> = (0..picture.nodes.len()).filter(|&place| picture.nodes[place].outside).collect();
    if !outside.is_empty() {
        let names: Vec<_> = outside.iter().map(|place| format!("n{place}")).collect();
        drawn.push_str(&format!("  class {} outside\n", names.join(",")));
    }
    drawn
}

fn node(picture: &Picture, place: usize, depth: usize, drawn: &mut String) {
    let (node, indent) = (&picture.nodes[place], "  ".repeat(depth));
    let parts = picture.children(Some(place));
    let label = label(node, if parts.is_empty() { "<br/>" } else { " " });
    if parts.is_empty() {
        drawn.push_str(&format!("{indent}n{place}[\"{label}\"]\n"));
        return;
    }
    drawn.push_str(&format!("{indent}subgraph n{place}[\"{label}\"]\n"));
    parts.into_iter().for_each(|part| self::node(picture, part, depth + 1, drawn));
    drawn.push_str(&format!("{indent}end\n"));
}

/// The title of a box has room for one line only.
fn label(node: &Node, between: &str) -> String {
    let Node { id, title, look, folded, .. } = node;
    let folded = if *folded > 0 { format!(" (+{folded})") } else { String::new() };
    let first = text::mermaid(&format!("{} {id}: {}{folded}", look.mark, look.word));
    format!("{first}{between}{}", text::mermaid(&text::line(title, TITLE)))
}
