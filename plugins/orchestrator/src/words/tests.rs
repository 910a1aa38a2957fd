use super::{
    ArtifactType, AttributeType, Complexity, ComplexityLevel, DependencyType, NextAction, Priority, TaskType, Word,
    unknown_word,
};
use crate::roles::Specialist;

fn is_one_word_everywhere<W>()
where
    W: Word + std::fmt::Debug + PartialEq + serde::Serialize + serde::de::DeserializeOwned + mainstay_plugin::FromValue,
    mainstay_plugin::Value: From<W>,
{
    for word in W::ALL.iter().copied() {
        let json = serde_json::to_value(word).expect("a word is JSON");
        assert_eq!(json, word.as_str());
        assert_eq!(serde_json::from_value::<W>(json).expect("and back"), word);
        assert_eq!(W::from_value(&word.into()), Some(word));
    }
}

#[test]
fn every_word_is_the_same_in_json_and_in_the_database() {
    is_one_word_everywhere::<TaskType>();
    is_one_word_everywhere::<Complexity>();
    is_one_word_everywhere::<ComplexityLevel>();
    is_one_word_everywhere::<Specialist>();
    is_one_word_everywhere::<ArtifactType>();
    is_one_word_everywhere::<NextAction>();
    is_one_word_everywhere::<Priority>();
    is_one_word_everywhere::<DependencyType>();
    is_one_word_everywhere::<AttributeType>();
}

#[test]
fn an_unknown_word_names_the_nearest_and_all_that_are_allowed() {
    let message = unknown_word::<Specialist>("architct");
    assert!(message.contains("did you mean `architect`?"), "{message}");
    assert!(message.contains("coder, coordinator"), "{message}");
    let error = serde_json::from_str::<Specialist>("\"wizard\"").expect_err("no wizards");
    assert!(error.to_string().contains("`wizard` is not a specialist"), "{error}");
}

#[test]
fn a_level_is_a_complexity() {
    for level in ComplexityLevel::ALL.iter().copied() {
        assert_eq!(Complexity::from(level).as_str(), level.as_str());
    }
}
