//! Two distributions of latency beside each other, in characters.

use super::latency::Latency;

/// Upper ends of the rows, in microseconds; what is longer than the last is in a row of its own.
const ENDS: [u64; 13] = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000];
/// Characters of the longest bar.
const BAR: usize = 22;
/// Characters of a count beside it.
const COUNT: usize = 9;
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// At most 80 columns wide. Each side has its own scale: its longest bar is as long as the other's.
pub(in crate::cli) fn chart(left: (&str, &Latency), right: (&str, &Latency)) -> String {
    let rows = rows(left.1, right.1);
    let most = |side: fn(&Row) -> usize| rows.iter().map(side).max().unwrap_or(0);
    let (most_left, most_right) = (most(|row| row.left), most(|row| row.right));
    let width = BAR + COUNT;
    let mut text = format!("  {:>9}  {:width$}  {}\n", "", left.0, right.0);
    for row in &rows {
        let side = |count: usize, most: usize| match bar(count, most) {
            bar if bar.is_empty() => "0".to_owned(),
            bar => format!("{bar} {count}"),
        };
        let (left, right) = (side(row.left, most_left), side(row.right, most_right));
        text.push_str(format!("  {:>9}  {left:width$}  {right}", row.label).trim_end());
        text.push('\n');
    }
    text.pop();
    text
}

struct Row {
    label: String,
    left: usize,
    right: usize,
}

/// From the first that has a call to the last.
fn rows(left: &Latency, right: &Latency) -> Vec<Row> {
    let mut over = 0;
    let mut rows: Vec<Row> = Vec::new();
    for end in ENDS {
        rows.push(Row { label: label("≤", end), left: left.between(over, end), right: right.between(over, end) });
        over = end;
    }
    let longer = |latency: &Latency| latency.between(over, u64::MAX);
    rows.push(Row { label: label(">", over), left: longer(left), right: longer(right) });
    let has = |row: &Row| row.left + row.right > 0;
    let first = rows.iter().position(has).unwrap_or(0);
    let last = rows.iter().rposition(has).map_or(0, |last| last + 1);
    rows.drain(..).take(last).skip(first).collect()
}

fn label(sign: &str, micros: u64) -> String {
    let milliseconds = match micros {
        0..1_000 => format!("0.{micros:03}").trim_end_matches('0').to_owned(),
        _ => (micros / 1_000).to_string(),
    };
    format!("{sign} {milliseconds} ms")
}

/// In eighths of a character. What is there is seen.
fn bar(count: usize, most: usize) -> String {
    if count == 0 || most == 0 {
        return String::new();
    }
    let eighths = (count * BAR * 8).div_ceil(most);
    let mut bar = "█".repeat(eighths / 8);
    bar.extend((eighths % 8).checked_sub(1).and_then(|rest| EIGHTHS.get(rest)));
    bar
}
