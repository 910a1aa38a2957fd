use super::{Node, Value, read};

fn trouble(text: &str) -> (usize, String) {
    let trouble = read(text).expect_err("it makes no sense");
    (trouble.line, trouble.what)
}

fn text(node: &Node) -> &str {
    let Value::Text(text) = &node.value else { panic!("{node:?}") };
    text
}

#[test]
fn a_file_is_a_tree_that_knows_its_lines() {
    let root =
        read("\u{feff}# roles\na:\n  b: |\n    two\n    lines\n  c: [x, 'y: z']\n  d:\n").expect("YAML").expect("a");
    let a = root.get("a").expect("a");
    assert_eq!(text(a.get("b").expect("b")), "two\nlines\n");
    let Value::List(items) = &a.get("c").expect("c").value else { panic!("a list") };
    assert_eq!((text(&items[0]), text(&items[1]), items[1].line), ("x", "y: z", 6));
    assert!(a.get("d").is_none());
    assert!(read("# nothing\n").expect("YAML").is_none());
}

#[test]
fn what_makes_no_sense_is_named_with_its_line() {
    assert_eq!(trouble("a: 1\nb: [1, 2\nc: 3\n").0, 3);
    assert_eq!(trouble("a: 1\na: 2\n"), (2, "`a` is there twice".to_owned()));
    assert_eq!(trouble("a: 1\n---\nb: 2\n"), (2, "a second document begins here".to_owned()));
    assert_eq!(trouble("? [a]\n: b\n").1, "this key is not text");
    assert_eq!(trouble("a: *b\n").0, 1);
}

#[test]
fn a_file_cannot_grow_by_naming_itself() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for i in 1..15 {
        let before = format!("*a{}", i - 1);
        bomb.push_str(&format!("a{i}: &a{i} [{}]\n", [before.as_str(); 9].join(", ")));
    }
    read(&bomb).expect("every list is there once, however often it is named");
    assert_eq!(trouble("a: &a [*a]\n").1, "this alias names what it is part of");
}

#[test]
fn levels_add_up_where_aliases_are_placed() {
    let chain = |anchors: usize| {
        let next = |i: usize| format!("a{i}: &a{i} [*a{}]\n", i - 1);
        format!("a0: &a0 []\n{}", (1..anchors).map(next).collect::<String>())
    };
    assert!(read(&chain(15)).is_ok());
    assert_eq!(trouble(&chain(16)), (16, "this is nested more than 16 levels deep".to_owned()));
    assert!(trouble(&chain(20_000)).1.contains("16 levels"));
    let maps: String = (1..16).map(|i| format!("m{i}: &m{i} {{k: *m{}}}\n", i - 1)).collect();
    assert!(trouble(&format!("m0: &m0 {{}}\n{maps}")).1.contains("16 levels"));
}

#[test]
fn depth_values_and_keys_have_limits() {
    assert!(read(&format!("{}{}", "[".repeat(16), "]".repeat(16))).is_ok());
    assert!(trouble(&format!("{}{}", "[".repeat(17), "]".repeat(17))).1.contains("16 levels"));
    trouble(&"[".repeat(200_000));
    assert!(trouble(&"- ".repeat(100_000)).1.contains("16 levels"));
    // The list is a value too.
    assert!(read(&format!("[{}]", "x,".repeat(49_999))).is_ok());
    assert_eq!(trouble(&format!("[{}]", "x,".repeat(50_000))).1, "there are more than 50000 values");
    let keys: String = (0..=1000).map(|i| format!("k{i}: v\n")).collect();
    assert_eq!(trouble(&keys).1, "this mapping has more than 1000 keys");
    assert!(read(keys.strip_suffix("k1000: v\n").expect("the last")).is_ok());
}
