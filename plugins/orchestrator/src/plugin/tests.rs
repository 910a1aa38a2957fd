use mainstay_plugin::Plugin;

use crate::Orchestrator;
use crate::testing::host;

#[test]
fn the_self_test_passes_on_migrated_tables() {
    let mut host = host();
    host.read(|plugin, cx| plugin.self_test(cx)).expect("all is well");
}

#[test]
fn the_self_test_fails_if_a_table_is_missing() {
    let mut host = host();
    host.host().connection().execute_batch("DROP TABLE artifact_file").expect("it was there");
    let failure = host.read(|plugin, cx| plugin.self_test(cx)).expect_err("it is needed");
    assert!(failure.to_string().contains("artifact_file"), "{failure}");
}

#[test]
fn it_says_what_it_is() {
    let description = Orchestrator::describe().to_contract();
    assert_eq!(description.name, "orchestrator");
    assert_eq!((description.schema.reads_min, description.schema.writes), (0, 2));
    assert!(description.instructions.is_some_and(|text| text.contains("orchestrator_initialize_session")));
}
