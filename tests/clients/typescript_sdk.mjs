// Drives `mainstay serve` with the official TypeScript SDK: typescript_sdk.mjs HERE MAINSTAY GUESTS
//
// HERE is the folder of `launch` and `expected.json`; GUESTS that of the components of tests/guests. The checks are
// those of python_sdk.py, in the same order.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import {
  ElicitRequestSchema,
  ErrorCode,
  LoggingMessageNotificationSchema,
  McpError,
  ProgressNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv';

const [here, mainstay, guests] = process.argv.slice(2, 5).map((path) => resolve(path));
const expected = JSON.parse(readFileSync(join(here, 'expected.json'), 'utf8'));

// What this SDK asks for.
const protocol = '2025-11-25';

// For one check, in milliseconds: enough for a machine that is busy with something else.
const patience = 30_000;
// A call that waits, waits for longer than all tests may take.
const long = 600_000;

const resourceNotFound = -32002;

// The answers of the orchestrator are text for models, unless a program asks for more; so are the schemas of the host's own.
const forPrograms = ['--set', 'plugins.orchestrator.config.answers="both"', '--set', 'reboot.output_schemas=true'];
const own = 6;

/** A client, the host it started, and what the host said unasked. */
class Connection {
  artifact = '';
  negotiated;
  validated = 0;
  progress = [];
  logged = [];
  questions = [];
  complaints = [];
  // The tools that say what they answer.
  #described = new Set();
  #news = () => {};

  constructor(folder) {
    this.folder = folder;
    const ajv = new AjvJsonSchemaValidator();
    const counting = (schema) => {
      const validate = ajv.getValidator(schema);
      return (value) => {
        this.validated += 1;
        return validate(value);
      };
    };
    this.client = new Client(
      { name: 'typescript-sdk', version: '1' },
      { capabilities: { elicitation: {} }, jsonSchemaValidator: { getValidator: counting } },
    );
    this.client.onerror = (error) => this.complaints.push(error);
    this.client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
      this.logged.push(params.level);
      this.#news();
    });
    // In place of a call's `onprogress`, which the SDK forgets as soon as it has read the answer: what came just
    // before it is then nobody's.
    this.client.setNotificationHandler(ProgressNotificationSchema, ({ params }) => {
      this.progress.push(params);
      this.#news();
    });
    this.client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      this.questions.push(params.message);
      return { action: 'accept', content: { name: 'Ada' } };
    });
  }

  async connect(transport) {
    transport.setProtocolVersion = (version) => (this.negotiated = version);
    await this.client.connect(transport);
    // The SDK validates what tools answer only once it has seen their schemas.
    const { tools } = await this.client.listTools();
    this.#described = new Set(tools.filter((tool) => tool.outputSchema).map((tool) => tool.name));
  }

  /** Calls a tool that succeeds, and returns its structured content, which the SDK has validated if it could. */
  async call(tool, args = {}, options = {}) {
    const before = this.validated;
    const result = await this.client.callTool({ name: tool, arguments: args }, undefined, options);
    assert(!result.isError, JSON.stringify(result.content));
    assert.equal(this.validated, before + Number(this.#described.has(tool)));
    assert(result.content[0].type === 'text' && result.content[0].text, 'there is something to read for a model');
    return result.structuredContent;
  }

  orchestrate(verb, args = {}) {
    return this.call(`orchestrator_${verb}`, args);
  }

  /** Waits for something that the host says unasked. */
  async until(enough) {
    while (!enough()) await new Promise((heard) => (this.#news = heard));
  }
}

/** The protocol error that a request is answered with. */
async function failure(request) {
  const result = await request.catch((error) => error);
  assert(result instanceof McpError, `expected an error, got ${JSON.stringify(result)}`);
  return result;
}

const ids = (tasks) => tasks.map((task) => task.task_id);

// The orchestrator, in the order of these checks.

const greets = {
  'says who it is and what it can do': async (c) => {
    assert.equal(c.negotiated, protocol);
    assert.equal(c.client.getServerVersion().name, expected.server);
    assert(c.client.getInstructions());
    const can = c.client.getServerCapabilities();
    assert(can.tools && can.resources && can.prompts && can.completions);
  },

  'lists all tools with what they take, the host\'s own first and with what they answer': async (c) => {
    const { tools } = await c.client.listTools();
    assert.deepEqual(tools.map((tool) => tool.name), expected.tools);
    for (const [number, tool] of tools.entries()) {
      assert(tool.title && tool.description && tool.annotations, tool.name);
      assert(tool.inputSchema.type === 'object' && tool.inputSchema.properties, tool.name);
      assert.equal(tool.outputSchema !== undefined, number < own, tool.name);
    }
  },
};

const workflow = {
  'begins a session': async (c) => {
    const session = await c.orchestrate('initialize_session', { working_directory: c.folder });
    assert.equal(session.workspace, c.folder);
    assert.deepEqual(session.open_plans, []);
    assert(session.specialist_roles.some((role) => role.specialist_type === expected.prompt));
  },

  'stores a plan whose parts are given as a string': async (c) => {
    const parts = JSON.stringify(expected.subtasks);
    const planned = await c.orchestrate('plan_task', { ...expected.plan, subtasks_json: parts });
    assert.equal(planned.task_id, expected.plan.task_id);
    assert.deepEqual(ids(planned.subtasks), ids(expected.subtasks));
    assert.deepEqual(ids(planned.ready_to_execute), expected.ready_at_first);
  },

  'refuses a task whose prerequisites are open': async (c) => {
    const last = expected.subtasks.at(-1);
    const result = await c.client.callTool({
      name: 'orchestrator_execute_task',
      arguments: { task_id: last.task_id },
    });
    assert(result.isError && result.content[0].text.includes(last.dependencies[0]), JSON.stringify(result));
  },

  'hands out every part with what it builds on, and takes its result': async (c) => {
    for (const step of expected.steps) {
      const task = expected.subtasks.find((task) => task.task_id === step.task_id);
      const taken = await c.orchestrate('execute_task', { task_id: task.task_id });
      assert.equal(taken.status, 'active');
      assert.equal(taken.specialist_type, task.specialist_type);
      assert.equal(taken.briefing.description, task.description);
      assert.equal(taken.briefing.plan.context, expected.plan.context);
      assert.deepEqual(ids(taken.briefing.prerequisites), task.dependencies ?? []);

      const done = await c.orchestrate('complete_task', { task_id: task.task_id, ...step.work });
      assert.equal(done.status, 'completed');
      assert.deepEqual(ids(done.next_recommended_tasks), step.ready);
      c.artifact ||= done.artifact_uri;
    }
  },

  'shows that the plan is ready to be synthesized': async (c) => {
    const status = await c.orchestrate('get_status', { include_completed: true });
    assert.equal(status.total, expected.subtasks.length + 1);
    assert.equal(status.counts.completed, expected.subtasks.length);
    assert.deepEqual(ids(status.ready_to_synthesize), [expected.plan.task_id]);
  },

  'restarts in the midst of the conversation, and says how it went': async (c) => {
    assert((await c.orchestrate('health_check')).healthy);
    assert((await c.orchestrate('shutdown_prepare')).ready_for_shutdown);
    const onprogress = () => {};
    const done = await c.call('orchestrator_restart_server', { reason: 'error_recovery', timeout: 60 }, { onprogress });
    assert(done.success && done.phase === 'complete' && done.progress === 100, JSON.stringify(done));
    await c.until(() => c.progress.some(({ progress }) => progress === 100));
    const status = await c.orchestrate('restart_status', { include_history: true });
    assert.equal(status.current_status.phase, 'complete');
    assert.equal(status.history.total_restarts, 1);
    assert.equal((await c.orchestrate('reconnect_test')).overall_status, 'pass');
    const again = await c.client.callTool({ name: 'orchestrator_restart_server', arguments: {} });
    const told = JSON.parse(again.content[0].text);
    assert(again.isError && told.phase === 'rate_limited' && told.retry_after > 0, JSON.stringify(told));
  },

  'gathers the results, and completes the plan': async (c) => {
    const whole = await c.orchestrate('synthesize_results', { parent_task_id: expected.plan.task_id });
    assert(whole.complete && whole.status === 'completed', JSON.stringify(whole));
    const parts = whole.results.flatMap((role) => role.tasks);
    const summaries = Object.fromEntries(parts.map((part) => [part.task_id, part.summary]));
    assert.deepEqual(summaries, Object.fromEntries(expected.steps.map((step) => [step.task_id, step.work.summary])));
  },
};

const surfaces = {
  'lists and reads what was handed in, as resources': async (c) => {
    const { resources } = await c.client.listResources();
    assert.equal(resources.length, expected.steps.length);
    const first = resources.find((resource) => resource.uri === c.artifact);
    const { resourceTemplates } = await c.client.listResourceTemplates();
    assert(resourceTemplates.some((template) => template.uriTemplate === expected.resource_template));
    const { contents } = await c.client.readResource({ uri: c.artifact });
    assert.equal(contents.length, 1);
    assert.equal(contents[0].uri, c.artifact);
    assert.equal(contents[0].mimeType, first.mimeType);
    assert(contents[0].text.includes(expected.steps[0].work.detailed_work.trim()), contents[0].text);
  },

  'lists prompts, and gives one without and with its argument': async (c) => {
    const { prompts } = await c.client.listPrompts();
    const { name, arguments: args } = prompts.find((prompt) => prompt.name === expected.prompt);
    assert.deepEqual(args.map((argument) => [argument.name, argument.required]), [['task_id', false]]);
    const short = (await c.client.getPrompt({ name })).messages[0].content.text;
    const full = (await c.client.getPrompt({ name, arguments: { task_id: 'collect' } })).messages[0].content.text;
    assert(full.startsWith(short) && full.includes(expected.subtasks[0].description), full);
  },

  'completes ids while they are typed': async (c) => {
    const prompt = { type: 'ref/prompt', name: expected.prompt };
    const tasks = await c.client.complete({ ref: prompt, argument: { name: 'task_id', value: 'c' } });
    assert.deepEqual(tasks.completion.values, ['collect', 'compute']);
    const template = { type: 'ref/resource', uri: expected.resource_template };
    const artifacts = await c.client.complete({ ref: template, argument: { name: 'artifact_id', value: '' } });
    assert(artifacts.completion.values.includes(c.artifact.split('/').at(-1)), JSON.stringify(artifacts));
  },

  "says what is wrong: with a tool's name, with its arguments, with a uri, with a prompt": async (c) => {
    const unknown = await failure(c.client.callTool({ name: 'orchestrator_plan_tusk', arguments: {} }));
    assert.equal(unknown.code, ErrorCode.InvalidParams);
    assert.match(unknown.message, /orchestrator_plan_task/);
    const result = await c.client.callTool({
      name: 'orchestrator_plan_task',
      arguments: { description: 'What?', complexity: 'endless' },
    });
    assert(result.isError && result.content[0].text.includes('complexity'), JSON.stringify(result));
    const missing = await failure(c.client.readResource({ uri: 'orchestrator://artifacts/none' }));
    assert.equal(missing.code, resourceNotFound);
    const prompt = await failure(c.client.getPrompt({ name: 'juggler' }));
    assert.equal(prompt.code, ErrorCode.InvalidParams);
    assert.match(prompt.message, /juggler/);
  },

  'answers a ping': (c) => c.client.ping(),
};

const after_restart = {
  'finds everything again after a restart': async (c) => {
    await c.orchestrate('initialize_session', { working_directory: c.folder });
    const status = await c.orchestrate('get_status');
    assert.deepEqual(status.counts, { completed: expected.subtasks.length + 1 });
    const { contents } = await c.client.readResource({ uri: c.artifact });
    assert(contents[0].text.includes(expected.steps[0].work.summary));
  },
};

// The guests: what the orchestrator has no need of.

const reports = {
  'reports progress before it answers': async (c) => {
    await c.call('progress', { values: [1, 2.5, 10] }, { onprogress: () => {} });
    await c.until(() => c.progress.length === 3);
    const seen = c.progress.map(({ progress, total, message }) => [progress, total, message]);
    assert.deepEqual(seen, [[1, 10, 'at 1'], [2.5, 10, 'at 2.5'], [10, 10, 'at 10']]);
  },

  'sends log lines from the level on that the client wants': async (c) => {
    await c.client.setLoggingLevel('error');
    await c.call('log');
    await c.until(() => c.logged.length === 4);
    assert.deepEqual(c.logged, ['error', 'critical', 'alert', 'emergency']);
  },
};

const waits = {
  'asks the person': async (c) => {
    const heard = await c.call('ask', { question: 'Who are you?' });
    assert.deepEqual(heard, { heard: ['form: accepted Ada'], same_call: true });
    assert.deepEqual(c.questions, ['Who are you?']);
  },

  'goes on with a call that slept': async (c) => {
    const heard = await c.call('sleep', { milliseconds: 1 });
    assert.deepEqual(heard, { heard: ['timer: awake'], same_call: true });
  },

  'ends a call that the client cancels': async (c) => {
    // This host allows one call at a time: while one waits, others are refused.
    const refused = async (tool, args, options) => {
      const result = await c.client.callTool({ name: tool, arguments: args }, undefined, options);
      assert(!result.isError || result._meta['mainstay/error'].code === 'busy', JSON.stringify(result));
      return result.isError;
    };
    const cancelling = new AbortController();
    const sleep = async () => {
      while (await refused('sleep', { milliseconds: long }, { signal: cancelling.signal, timeout: long }));
    };

    const before = (await c.call('marks')).rows;
    const ended = sleep().catch((error) => error);
    while (!(await refused('marks', {})));
    cancelling.abort(new Error('no longer wanted'));
    assert.match(String(await ended), /no longer wanted/);
    while (await refused('marks', {}));
    // It may have been cancelled before it began, but it did not go on.
    const added = (await c.call('marks')).rows.slice(before.length);
    assert(added.length === 0 || (added.length === 1 && added[0] === 'asleep'), JSON.stringify(added));
    // An answer to the cancelled call would be one to a call the SDK does not know.
    assert.deepEqual(c.complaints, []);
  },

  'keeps a thousand things, one after the other': async (c) => {
    for (let number = 0; number < 1000; number += 1) await c.call('mark', { text: `number ${number}` });
  },
};

/** One line a check; says whether it passed. */
async function check(name, action) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${patience} ms`)), patience);
  });
  try {
    await Promise.race([action(), late]);
    console.log(`ok      typescript ${protocol}: ${name}`);
    return true;
  } catch (error) {
    console.log(`FAILED  typescript ${protocol}: ${name}\n${error.stack}\n`);
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Starts a host, connects, checks, closes; returns the artifact that was read. */
async function drive(data, checks, { artifact = '', options = [] } = {}) {
  const folder = mkdtempSync(`${data}-run-`);
  const transport = new StdioClientTransport({
    command: join(here, 'launch'),
    args: [folder, mainstay, '--data-dir', data, ...options, 'serve'],
    cwd: root,
  });
  const connection = new Connection(root);
  connection.artifact = artifact;
  if (await check('connects', () => connection.connect(transport))) {
    for (const [name, action] of Object.entries(checks)) await check(name, () => action(connection));
  }
  await check('ends by itself, without complaint, when the client closes', async () => {
    await connection.client.close();
    assert(existsSync(join(folder, 'exit-code')), 'it had to be killed');
    assert.equal(readFileSync(join(folder, 'exit-code'), 'utf8'), '0\n');
    assert.equal(readFileSync(join(folder, 'stderr'), 'utf8'), '');
  });
  return connection.artifact;
}

const root = realpathSync(mkdtempSync(join(tmpdir(), 'mainstay-')));
try {
  const data = join(root, 'orchestrator');
  const artifact = await drive(data, { ...greets, ...workflow, ...surfaces }, { options: forPrograms });
  await drive(data, after_restart, { artifact, options: forPrograms });

  const plugin = (name) => ['--plugin', `${name}=${join(guests, `${name}.wasm`)}`];
  // What the plugin logs goes to standard error too, unless it is turned off there.
  await drive(join(root, 'reports'), reports, { options: [...plugin('reports'), '--log', 'warn,plugin=off'] });
  const oneCall = join(root, 'one-call.toml');
  writeFileSync(oneCall, '[server]\ncalls_in_flight = 1\n');
  // A call that is cancelled while its code runs is worth a warning.
  await drive(join(root, 'waits'), waits, { options: [...plugin('waits'), '--config', oneCall, '--log', 'error'] });
} finally {
  rmSync(root, { recursive: true, force: true });
}
