//! Parameters: what is wrong with one, and what is wrong with a value for it.

use serde_json::Value;

use super::source::{Parameter, ParameterType};
use super::{ABOUT, CHOICES, ITEMS, VALUE};
use crate::limits::{Problems, shortened};
use crate::moment;
use crate::nearest;
use crate::words::Word;

/// Choices that are named when a value is none of them.
const NAMED: usize = 20;

impl Parameter {
    /// Whether a value must be given.
    pub(crate) fn is_required(&self) -> bool {
        self.default.is_none() && self.required.unwrap_or(true)
    }

    /// The text of `value`, or why it cannot be this parameter's.
    pub(super) fn text_of(&self, value: &Value) -> Result<String, String> {
        let wrong = || format!("is {}, and {} is needed", what(value), self.kind.needs());
        let text = match (self.kind, value) {
            (ParameterType::Text, Value::String(text)) => self.checked_text(text)?,
            (ParameterType::Boolean, Value::Bool(value)) => value.to_string(),
            (ParameterType::Integer, Value::Number(number)) if !number.is_f64() => self.checked_number(number)?,
            (ParameterType::Number, Value::Number(number)) => self.checked_number(number)?,
            (ParameterType::Date, Value::String(date)) if date.len() <= 40 && moment::parse(date).is_some() => {
                date.trim().to_owned()
            }
            (ParameterType::Array, Value::Array(items)) => return self.checked_items(items),
            _ => return Err(wrong()),
        };
        self.check_choice(value)?;
        Ok(text)
    }

    fn checked_text(&self, text: &str) -> Result<String, String> {
        self.check_length(text.chars().take(VALUE + 1).count(), "characters", VALUE)?;
        if let Some(control) = text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            return Err(format!("contains the control character U+{:04X}", u32::from(control)));
        }
        Ok(text.to_owned())
    }

    fn checked_number(&self, number: &serde_json::Number) -> Result<String, String> {
        let value = number.as_f64().unwrap_or(f64::NAN);
        match (self.min, self.max) {
            (Some(min), _) if value < min => Err(format!("is {number}; at least {min} is needed")),
            (_, Some(max)) if value > max => Err(format!("is {number}; at most {max} is allowed")),
            _ => Ok(number.to_string()),
        }
    }

    fn checked_items(&self, items: &[Value]) -> Result<String, String> {
        self.check_length(items.len(), "items", ITEMS)?;
        let mut texts = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let Value::String(text) = item else {
                return Err(format!("has {} as item {index}, and only strings are allowed", what(item)));
            };
            let any_length = Self { min_length: None, max_length: None, ..self.clone() };
            let text =
                any_length.checked_text(text).map_err(|problem| format!("has an item {index} that {problem}"))?;
            self.check_choice(item)?;
            texts.push(text);
        }
        Ok(texts.join(", "))
    }

    fn check_length(&self, length: usize, unit: &str, most: usize) -> Result<(), String> {
        let most = self.max_length.unwrap_or(most).min(most);
        let least = self.min_length.unwrap_or(0);
        if length > most {
            return Err(format!("has more than {most} {unit}, which is the most that is allowed"));
        }
        if length < least {
            return Err(format!("has {length} {unit}; at least {least} are needed"));
        }
        Ok(())
    }

    fn check_choice(&self, value: &Value) -> Result<(), String> {
        let Some(choices) = self.choices.as_ref().filter(|choices| !choices.contains(value)) else { return Ok(()) };
        let names: Vec<_> = choices.iter().map(plain).collect();
        let given = plain(value);
        let nearest = nearest::of(&given, names.iter().map(String::as_str), 1).pop();
        let hint = nearest.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
        let more = if names.len() > NAMED { " and others" } else { "" };
        let named = names[..names.len().min(NAMED)].join(", ");
        Err(format!("is `{}`; {hint}allowed: {named}{more}", shortened(&given, 64)))
    }

    /// Everything that is wrong with the parameter itself.
    pub(super) fn check(&self, field: &str, problems: &mut Problems) {
        problems.text(&format!("{field}/description"), self.description.as_deref().unwrap_or_default(), ABOUT);
        let choices = self.choices.as_deref();
        problems.list(&format!("{field}/enum"), choices.map_or(0, <[_]>::len), CHOICES);
        if choices.is_some_and(<[_]>::is_empty) {
            problems.add(format!("{field}/enum"), "is empty: no value would be allowed");
        }
        let among_choices = Self { choices: None, min_length: None, ..self.clone() };
        for choice in choices.unwrap_or_default() {
            let item = Value::Array(vec![choice.clone()]);
            let value = if self.kind == ParameterType::Array { &item } else { choice };
            if let Err(problem) = among_choices.text_of(value) {
                problems.add(format!("{field}/enum"), problem);
            }
        }
        for (name, value) in [("default", &self.default), ("example", &self.example)] {
            if let Some(Err(problem)) = value.as_ref().map(|value| self.text_of(value)) {
                problems.add(format!("{field}/{name}"), problem);
            }
        }
        if self.min_length.zip(self.max_length).is_some_and(|(least, most)| least > most) {
            problems.add(format!("{field}/min_length"), "is more than max_length");
        }
        if self.min.zip(self.max).is_some_and(|(least, most)| least > most) {
            problems.add(format!("{field}/min"), "is more than max");
        }
        let measured = matches!(self.kind, ParameterType::Text | ParameterType::Array);
        if !measured && (self.min_length.is_some() || self.max_length.is_some()) {
            problems.add(format!("{field}/min_length"), format!("means nothing for type {}", self.kind));
        }
        let counted = matches!(self.kind, ParameterType::Integer | ParameterType::Number);
        if !counted && (self.min.is_some() || self.max.is_some()) {
            problems.add(format!("{field}/min"), format!("means nothing for type {}", self.kind));
        }
    }
}

impl ParameterType {
    fn needs(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Integer => "an integer",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Array => "an array of strings",
            Self::Date => "a date such as \"2026-01-31\"",
        }
    }
}

fn what(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a number with a fraction",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// As it would be filled in.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A value to show how the parameter is filled in.
pub(crate) fn example(parameter: &Parameter) -> Value {
    let given = parameter.example.as_ref().or(parameter.default.as_ref());
    let chosen = parameter.choices.as_ref().and_then(|choices| choices.first());
    if let Some(value) = given.or(chosen.filter(|_| parameter.kind != ParameterType::Array)) {
        return value.clone();
    }
    match parameter.kind {
        ParameterType::Text => "…".into(),
        ParameterType::Integer | ParameterType::Number => parameter.min.map_or(Value::from(1), as_number),
        ParameterType::Boolean => true.into(),
        ParameterType::Array => chosen.map_or_else(|| vec!["…".into()], |choice| vec![choice.clone()]).into(),
        ParameterType::Date => "2026-01-31".into(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "an example need not be exact")]
fn as_number(number: f64) -> Value {
    if number.fract() == 0.0 { Value::from(number as i64) } else { Value::from(number) }
}

impl Parameter {
    /// The kind and the bounds, in one line.
    pub(crate) fn bounds(&self) -> String {
        let mut bounds = vec![self.kind.as_str().to_owned()];
        if let Some(choices) = &self.choices {
            bounds.push(format!("one of {}", choices.iter().map(plain).collect::<Vec<_>>().join(" | ")));
        }
        let unit = if self.kind == ParameterType::Array { "items" } else { "characters" };
        let limits = [
            self.min_length.map(|least| format!("at least {least} {unit}")),
            self.max_length.map(|most| format!("at most {most} {unit}")),
            self.min.map(|least| format!("from {least}")),
            self.max.map(|most| format!("to {most}")),
            self.default.as_ref().map(|default| format!("default {default}")),
            self.is_required().then(|| "required".to_owned()),
        ];
        bounds.extend(limits.into_iter().flatten());
        bounds.join(", ")
    }
}
