//! How deep brackets are nested, before anything that recurses sees the text.

/// Line and column, both from 1, of the first bracket that opens level `most` + 1.
pub(super) fn too_deep(text: &str, most: usize) -> Option<(usize, usize)> {
    let (mut line, mut column, mut depth) = (1, 0, 0_usize);
    let mut state = State::Between;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        column += 1;
        if character == '\n' {
            (line, column) = (line + 1, 0);
        }
        match state {
            State::Quoted(quote) => match character {
                '\\' if characters.next_if(|next| *next != '\n').is_some() => column += 1,
                _ if character == quote => state = State::Between,
                _ => {}
            },
            State::Line if matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}') => state = State::Between,
            State::Block if character == '*' && characters.next_if_eq(&'/').is_some() => {
                column += 1;
                state = State::Between;
            }
            State::Line | State::Block => {}
            State::Between => match character {
                '"' | '\'' => state = State::Quoted(character),
                '/' if characters.next_if_eq(&'/').is_some() => (state, column) = (State::Line, column + 1),
                '/' if characters.next_if_eq(&'*').is_some() => (state, column) = (State::Block, column + 1),
                '{' | '[' if depth == most => return Some((line, column)),
                '{' | '[' => depth += 1,
                '}' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            },
        }
    }
    None
}

/// Where in the text we are.
#[derive(Debug, Clone, Copy)]
enum State {
    Between,
    Quoted(char),
    Line,
    Block,
}

#[cfg(test)]
mod tests;
