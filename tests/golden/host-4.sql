PRAGMA application_id = 1297306696;
PRAGMA user_version = 4;
BEGIN TRANSACTION;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('written_by','0.1.0');
CREATE TABLE swap (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        slot TEXT NOT NULL,
        requested_at INTEGER NOT NULL,
        outcome TEXT NOT NULL,
        generation INTEGER,
        report TEXT NOT NULL
    ) STRICT;
INSERT INTO swap VALUES(1,'01a20203a1bf76ceb37d248a85718b4a','guest',1795330122175,'committed',1,'{"id":"01a20203a1bf76ceb37d248a85718b4a","slot":"guest","origin":{"kind":"start"},"reason":null,"requested_at":1795330122175,"from":null,"to":{"plugin":"conformance","version":"0.1.0","digest":"17bf9d9ead4d43e13df8c6646fae019281dd56458b9229d0dfac693ab205aed6","schema":1,"generation":1},"outcome":{"kind":"committed"},"drift":null,"replay":null,"migrations":[],"steps":[{"step":"export","micros":2},{"step":"import","micros":400},{"step":"migrate","micros":103},{"step":"start","micros":186},{"step":"record","micros":284},{"step":"commit","micros":2001}],"pause_us":3117,"paused_at_us":1795330122178226,"waited_calls":0,"orphaned_calls":0,"warnings":[],"restart":false,"backup":null}');
CREATE TABLE tool (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        slot TEXT NOT NULL,
        name TEXT NOT NULL,
        text TEXT NOT NULL,
        published_at INTEGER NOT NULL,
        edited_by TEXT,
        edited_at INTEGER,
        removed_by TEXT,
        removed_at INTEGER
    ) STRICT;
INSERT INTO tool VALUES(1,'guest','test_simple_text','{"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Answers with text.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_simple_text"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(2,'guest','test_image_content','{"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Answers with an image.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_image_content"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(3,'guest','test_audio_content','{"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Answers with a sound.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_audio_content"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(4,'guest','test_embedded_resource','{"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Answers with a resource.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_embedded_resource"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(5,'guest','test_multiple_content_types','{"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Answers with content of several kinds.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_multiple_content_types"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(6,'guest','test_error_handling','{"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Always fails.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_error_handling"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(7,'guest','test_tool_with_progress','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Reports progress.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_tool_with_progress"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(8,'guest','test_tool_with_logging','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Writes to the log.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_tool_with_logging"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(9,'guest','test_reconnection','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Takes its time.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_reconnection"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(10,'guest','test_logging_tool','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Writes a line of every level to the log.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_logging_tool"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(11,'guest','test_trigger_tool_change','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Has clients look at the tools again.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_trigger_tool_change"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(12,'guest','test_trigger_prompt_change','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Has clients look at the prompts again.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_trigger_prompt_change"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(13,'guest','test_trigger_resource_change','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Has clients look at the resources again.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_trigger_resource_change"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(14,'guest','test_update_resource','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Changes the resource that is watched.","inputSchema":{"properties":{"fail":{"default":false,"description":"To say that it changed and to fail after that.","type":"boolean"},"text":{"description":"What the resource says from now on.","type":"string"}},"required":["text"],"type":"object"},"name":"test_update_resource"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(15,'guest','json_schema_2020_12_tool','{"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Has a schema with everything.","inputSchema":{"$defs":{"address":{"$anchor":"addressDef","properties":{"city":{"type":"string"},"street":{"type":"string"}},"type":"object"}},"$schema":"https://json-schema.org/draft/2020-12/schema","additionalProperties":false,"allOf":[{"anyOf":[{"required":["phone"]},{"required":["email"]}]}],"else":{"required":["email"]},"if":{"properties":{"contactMethod":{"const":"phone"}},"required":["contactMethod"]},"properties":{"address":{"$ref":"#/$defs/address"},"contactMethod":{"enum":["phone","email"],"type":"string"},"email":{"type":"string"},"name":{"type":"string"},"phone":{"type":"string"}},"then":{"required":["phone"]},"type":"object"},"name":"json_schema_2020_12_tool"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(16,'guest','test_custom_header','{"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Has an argument that is a header too.","inputSchema":{"description":"An argument that clients repeat in a header.","properties":{"value":{"description":"Any text.","type":"string","x-mcp-header":"Value"}},"required":["value"],"type":"object"},"name":"test_custom_header"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(17,'guest','test_missing_capability','{"_meta":{"mainstay/requires":{"sampling":{}}},"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Is for clients that have a model.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_missing_capability"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(18,'guest','test_sampling','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks the model.","inputSchema":{"properties":{"prompt":{"description":"What the model is asked.","type":"string"}},"required":["prompt"],"type":"object"},"name":"test_sampling"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(19,'guest','test_elicitation','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks the person.","inputSchema":{"properties":{"message":{"description":"What the person is asked.","type":"string"}},"required":["message"],"type":"object"},"name":"test_elicitation"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(20,'guest','test_elicitation_sep1034_defaults','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks the client once.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_elicitation_sep1034_defaults"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(21,'guest','test_elicitation_sep1330_enums','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks the client once.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_elicitation_sep1330_enums"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(22,'guest','test_streaming_elicitation','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks the client once.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_streaming_elicitation"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(23,'guest','test_input_required_result_elicitation','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks the client once.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_input_required_result_elicitation"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(24,'guest','test_input_required_result_sampling','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks the client once.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_input_required_result_sampling"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(25,'guest','test_input_required_result_list_roots','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks the client once.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_input_required_result_list_roots"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(26,'guest','test_input_required_result_request_state','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks the client once.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_input_required_result_request_state"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(27,'guest','test_input_required_result_tampered_state','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks the client once.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_input_required_result_tampered_state"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(28,'guest','test_input_required_result_multiple_inputs','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks for everything at once.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_input_required_result_multiple_inputs"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(29,'guest','test_input_required_result_capabilities','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks what the client can answer.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_input_required_result_capabilities"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(30,'guest','test_input_required_result_multi_round','{"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks twice.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_input_required_result_multi_round"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(31,'guest','greet','{"annotations":{"openWorldHint":false,"readOnlyHint":true},"description":"Greets at once.","inputSchema":{"properties":{"name":{"type":"string"}},"required":["name"],"type":"object"},"name":"greet"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(32,'guest','slow_compute','{"_meta":{"mainstay/task":"at-once"},"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Takes as long as it is told.","inputSchema":{"properties":{"label":{"type":"string"},"seconds":{"minimum":0,"type":"integer"}},"required":["seconds"],"type":"object"},"name":"slow_compute"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(33,'guest','failing_job','{"_meta":{"mainstay/task":"required"},"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Fails, as a task only.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"failing_job"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(34,'guest','protocol_error_job','{"_meta":{"mainstay/task":"at-once"},"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Comes to nothing at all.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"protocol_error_job"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(35,'guest','confirm_delete','{"_meta":{"mainstay/task":"at-once"},"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks before it would delete.","inputSchema":{"properties":{"filename":{"type":"string"}},"required":["filename"],"type":"object"},"name":"confirm_delete"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(36,'guest','multi_input','{"_meta":{"mainstay/task":"at-once"},"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks two things at once.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"multi_input"}',1795330122184,NULL,NULL,NULL,NULL);
INSERT INTO tool VALUES(37,'guest','test_tool_with_task','{"_meta":{"mainstay/task":"after-questions"},"annotations":{"openWorldHint":false,"readOnlyHint":false},"description":"Asks, and takes its time then.","inputSchema":{"description":"A tool without arguments.","properties":{},"type":"object"},"name":"test_tool_with_task"}',1795330122184,NULL,NULL,NULL,NULL);
CREATE TABLE surface (slot TEXT PRIMARY KEY, digest TEXT NOT NULL, published_at INTEGER NOT NULL)
        STRICT, WITHOUT ROWID;
INSERT INTO surface VALUES('guest','17bf9d9ead4d43e13df8c6646fae019281dd56458b9229d0dfac693ab205aed6',1795330122184);
CREATE TABLE quarantine (
        slot TEXT NOT NULL,
        digest TEXT NOT NULL,
        refusal TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (slot, digest)
    ) STRICT, WITHOUT ROWID;
CREATE TABLE recording (slot TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
INSERT INTO recording VALUES('guest',X'4d535459534c3032dd52dda6a10bae89afd399a276c81da45f9bb4bdb542d4476e7b4fc88bdf5478577ace69693b833cc59ff4d0013164a0190a6f0925b543916c02bde15d7398895a096a9e150dfbdc3db98ef1f84b9d63dab2965727809a57e71e6b88ca813f1d5ead1b04a91201da6214129bd06aa4e6ca05b8cda16e273b09e8a761430de8217ce393e69fbbfe19f4f294d2f82c209f380d8e5ece55cfe8b2a57418bff302d4678ba6a09f95a064dc6687bc6b205a472aab34c66162b0cf8a6714f186e2dc421fe514779e7cced1d5eb6b14d7afe4cc268ea542255da6b5df5055b28a40f2559259ac495838930dd396b104ba9c6587d1717b52268f102064efbb03504ac299689bbaa149aeff750bd97ab22456c507c942039bea47ce74b2f50a975b4b437e90f56de0bd05f53b71f428a85d10b66120a4b73098d1a9fcd6ff65c9f0d9a0c8590a91ddaa400078b64ee2a56016435603d4877ffba81f2551f7d3059230a6eb0f8f4943c5a5e5efea55494114136aec2de626548a8f15267eba1ae230af89a9f0e0eb7699b3945ef2749d5a9ee9de46fed11b7ca369fef25f7f4569f609c30d3c22bd3abae937471129c550c9d57c9d73a2809f1e999970d5240ed2a36385a6c3e1cebbac99376e87b04ba8d6816fc06b70c96b5a77af7ac173524971cb0226ee3e79c197808e6862d323c72f75ba34ae89dad04c71de5d52feceed8a7cc64a64254a83a7ef05e73238886090dcf30b8a7928');
CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        at INTEGER NOT NULL,
        action TEXT NOT NULL,
        outcome TEXT NOT NULL,
        entry TEXT NOT NULL
    ) STRICT;
INSERT INTO audit VALUES(1,'01a202039ed67519a228ee650da611e1',1795330121430,'token_create','done','{"id":"01a202039ed67519a228ee650da611e1","at":1795330121430,"who":{"client":"mainstay","version":"0.1.0","session":null,"transport":"command line"},"action":"token_create","arguments":{"expires_at":1803106121397,"id":"u2wxl4of","name":"laptop","role":"user"},"reason":null,"outcome":"done","error_code":null,"swaps":[]}');
CREATE TABLE schedule_run (schedule TEXT PRIMARY KEY, seen_to INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE session (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        client TEXT NOT NULL,
        version TEXT NOT NULL,
        protocol TEXT NOT NULL,
        transport TEXT NOT NULL,
        directory TEXT,
        process INTEGER NOT NULL,
        opened_at INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        closed_at INTEGER,
        closed_by TEXT,
        interrupted_at INTEGER,
        continues TEXT UNIQUE
    ) STRICT;
INSERT INTO session VALUES(1,'bbd150a52f11ad3146673d2f996ee45e','golden','1','2025-11-25','http',NULL,17924,1795330121512,1795330121512,1795330122202,'client',NULL,NULL);
CREATE TABLE snapshot (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        slot TEXT NOT NULL,
        generation INTEGER NOT NULL,
        meta TEXT NOT NULL,
        sealed BLOB NOT NULL
    ) STRICT;
INSERT INTO snapshot VALUES(1,'01a20203a1ca74eb945172a5d7505c77','guest',1,'{"id":"01a20203a1ca74eb945172a5d7505c77","slot":"guest","generation":1,"plugin":"conformance","version":"0.1.0","schema":1,"taken_at":1795330122186,"why":"start","entries":0,"secret_entries":0,"bytes":0}',X'4d535459534c3032dd52dda6a10bae89494d4090703de417c04af8cbedca86e3af104e26742e83691e0dbf98a865153f9ccae7f9f069492db5aeb202b2ea7956d29b498aae07fea5c3e8de4ed1d81e4cae6fcf1b31bbded3cf22ca2156806c99');
INSERT INTO snapshot VALUES(2,'01a20203a1db70ae9f092994a4ab5883','guest',1,'{"id":"01a20203a1db70ae9f092994a4ab5883","slot":"guest","generation":1,"plugin":"conformance","version":"0.1.0","schema":1,"taken_at":1795330122203,"why":"shutdown","entries":1,"secret_entries":0,"bytes":28}',X'4d535459534c3032dd52dda6a10bae8977ac353adfa660affa3b4883d1d72c1d7e9a349668be73680a98ac604711af5e7274459033846414b28ffa0e72af20182a9a3ce2969291ddc9620e6a00e0ae6698e9158b7efc3ed8323aaaa9cfbc846f87a1ccdc6eae928d02ab93bd4f5362a0f41b85428ed7abb695e9109920f6e8e6f643eb491ff1f0abb4f9dad7a486b5527ab1580d57e1cb61aca0ac60c39305fd3dcc63');
CREATE TABLE http_session (
        key BLOB PRIMARY KEY,
        principal TEXT,
        params TEXT NOT NULL,
        log_level TEXT,
        opened_at INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        expires INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
INSERT INTO http_session VALUES(X'bbd150a52f11ad3146673d2f996ee45ea70890e63912dfdf6dbac59b8ce43d22','token:u2wxl4of','{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"golden","version":"1"}}','warning',1795330121505,1795330121853,4102444800000);
CREATE TABLE http_event (
        number INTEGER PRIMARY KEY,
        key BLOB NOT NULL,
        stream TEXT NOT NULL,
        place INTEGER NOT NULL,
        common INTEGER NOT NULL,
        handed INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        UNIQUE (key, stream, place)
    ) STRICT;
INSERT INTO http_event VALUES(1,X'bbd150a52f11ad3146673d2f996ee45ea70890e63912dfdf6dbac59b8ce43d22','a001ce8f-1',1,0,1,4102444800000,X'4d535459534c3032dd52dda6a10bae89ee54d3dcefa78a0da0cb95e7d32c29c5ed9357b58f68f6badb8f19629e10b341c68082b6f041360b94f9c814ad8a92ec14f39b499872af4f3967dabe651285303b7bff33afc3e0c425d7a125');
INSERT INTO http_event VALUES(2,X'bbd150a52f11ad3146673d2f996ee45ea70890e63912dfdf6dbac59b8ce43d22','a001ce8f-2',1,0,1,4102444800000,X'4d535459534c3032dd52dda6a10bae8963df2fb0b2f7d218bdf7283676878d8e0ba665355164c2670bec8d44add4c8846504a928dc6098e85a814870f8c0c6ca4f3dd3ae7ea0fef93486b3e91c721b1967e2c567cff19baece9c1bbd');
INSERT INTO http_event VALUES(3,X'bbd150a52f11ad3146673d2f996ee45ea70890e63912dfdf6dbac59b8ce43d22','a001ce8f-3',1,0,1,4102444800000,X'4d535459534c3032dd52dda6a10bae89910c137154cfef49408d6022964804c68295b43c26d5323af6ff575481153a09f6ef1cea8cc58746d563d7bbca2aa9293328ee41d582052ade47eb23e1a3f05626b9fbbcd6cd0432289f9222');
INSERT INTO http_event VALUES(4,X'bbd150a52f11ad3146673d2f996ee45ea70890e63912dfdf6dbac59b8ce43d22','a001ce8f-4',1,0,1,4102444800000,X'4d535459534c3032dd52dda6a10bae8923b444e8ef966469c99880073b48c558e30139be462e0d9e84110f9b4640b15f2ceb99c59cc01031281398f8ebad2e015a02c71c946287169eafa543d0091c90734cc0a49db13a0f6a289fb1');
INSERT INTO http_event VALUES(5,X'bbd150a52f11ad3146673d2f996ee45ea70890e63912dfdf6dbac59b8ce43d22','a001ce8f-5',1,0,1,4102444800000,X'4d535459534c3032dd52dda6a10bae8915448cd4df3be6db50a45311ec7ff44ec3663367949cb88fdf998a2e249073a426b344462269e4bff9aa34cdeb74e28019df1577e14930e3f7aecc3811228f2e9f02ec054140e3ade338e212ab15ffa61a07be926e33dac2e103774f86002d2fe125536eb589fcf19606b1db54fc8a893fcdce9920e5210e2d1d20359d99cf62a62ddc34bcf32c614c');
CREATE TABLE token (
        id TEXT PRIMARY KEY,
        hash BLOB NOT NULL,
        name TEXT NOT NULL,
        role TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        expires_at INTEGER,
        last_used_at INTEGER,
        revoked_at INTEGER
    ) STRICT, WITHOUT ROWID;
INSERT INTO token VALUES('u2wxl4of',X'3118d6ee4786fe06b6b056b9f0d5fd3f3e52f760287bbb9c4e16ca11849af8e2','laptop','user',1795330121397,NULL,1795329600000,NULL);
CREATE TABLE http_subscription (key BLOB NOT NULL, uri TEXT NOT NULL, PRIMARY KEY (key, uri)) STRICT, WITHOUT ROWID;
INSERT INTO http_subscription VALUES(X'bbd150a52f11ad3146673d2f996ee45ea70890e63912dfdf6dbac59b8ce43d22','test://watched-resource');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('tool',37);
CREATE INDEX swap_by_slot ON swap (slot, number);
CREATE UNIQUE INDEX tool_live ON tool (slot, name) WHERE removed_at IS NULL;
CREATE INDEX tool_by_name ON tool (name);
CREATE INDEX swap_restart ON swap (number) WHERE CASE WHEN json_valid(report) THEN report ->> '$.restart' END = 1;
CREATE INDEX snapshot_by_slot ON snapshot (slot, number);
CREATE INDEX http_session_by_expiry ON http_session (expires);
CREATE INDEX http_event_by_expiry ON http_event (expires);
COMMIT;
