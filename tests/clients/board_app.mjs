// Shows the board in a real browser: board_app.mjs HERE MAINSTAY GUESTS
//
// A client of the TypeScript SDK starts the host, a page in Chromium shows the app as a client with MCP Apps would: in a
// sandboxed frame under the strictest policy, behind the official bridge. Everything the page loads comes from here, and
// whatever else it asks for fails.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const [here, mainstay] = process.argv.slice(2, 4).map((path) => resolve(path));
const installed = dirname(fileURLToPath(import.meta.url));

// For one check, in milliseconds: the app looks every five seconds, and the machine may be busy.
const patience = 60_000;

const app = 'ui://orchestrator/board';
const extension = 'io.modelcontextprotocol/ui';
const mediaType = 'text/html;profile=mcp-app';

// What MCP Apps prescribes for a page that declares nothing.
const policy =
  "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "media-src 'self' data:; connect-src 'none'; frame-src 'none'; base-uri 'self'; object-src 'none'";

const nasty = `<img src=x onerror="parent.broken=1;window.broken=1"> "quoted" 'too' & <b>bold</b> 漢字`;

const plan = {
  task_id: 'fair',
  title: 'Hold the fair',
  description: 'Hold the fair in spring.',
  subtasks: [
    { task_id: 'place', title: nasty, description: nasty, specialist_type: 'researcher' },
    { task_id: 'tents', title: 'Order the tents', description: 'Twelve.', specialist_type: 'coordinator' },
    { task_id: 'poster', title: 'Draw the poster', description: 'In red.', specialist_type: 'coder', dependencies: ['place'] },
    { task_id: 'music', title: 'Find musicians', description: 'Loud ones.', specialist_type: 'researcher' },
  ],
};

// The page around the app: what a client does, with the official bridge.
const page = `
  import { AppBridge, PostMessageTransport } from '@modelcontextprotocol/ext-apps/app-bridge';
  const capabilities = { serverTools: {}, serverResources: {} };
  const hostContext = { theme: 'light', displayMode: 'inline', availableDisplayModes: ['inline'], locale: 'en' };
  window.show = async (args, result) => {
    const frame = document.createElement('iframe');
    frame.sandbox = 'allow-scripts';
    frame.style.cssText = 'width:100%;height:900px;border:0';
    const bridge = new AppBridge(null, { name: 'board-check', version: '1' }, capabilities, { hostContext });
    bridge.oncalltool = (params) => window.forward('callTool', params);
    bridge.onreadresource = (params) => window.forward('readResource', params);
    bridge.onsizechange = (size) => { window.size = size; };
    const initialized = new Promise((done) => { bridge.oninitialized = done; });
    document.body.replaceChildren(frame);
    await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
    frame.src = 'http://app.test/';
    await initialized;
    await bridge.sendToolInput({ arguments: args });
    await bridge.sendToolResult(result);
    window.bridge = bridge;
    return bridge.getAppVersion().name;
  };`;

/** The host, its client, the browser and what was seen of them. */
class Stage {
  called = [];
  strays = [];
  complaints = [];

  async open(root) {
    this.data = join(root, 'data');
    const capabilities = { extensions: { [extension]: { mimeTypes: [mediaType] } } };
    this.client = new Client({ name: 'board-check', version: '1' }, { capabilities });
    const args = [mkdtempSync(join(root, 'run-')), mainstay, '--data-dir', this.data, 'serve'];
    await this.client.connect(new StdioClientTransport({ command: join(here, 'launch'), args, cwd: root }));
    const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'];
    this.browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });
    this.page = await this.browser.newPage({ viewport: { width: 1100, height: 920 } });
    this.page.setDefaultTimeout(patience);
    this.page.on('console', (line) => line.type() === 'error' && this.complaints.push(line.text()));
    this.page.on('pageerror', (error) => this.complaints.push(error.message));
    const { outputFiles } = await build({
      stdin: { contents: page, resolveDir: installed }, bundle: true, write: false, format: 'iife', logLevel: 'error',
    });
    this.script = outputFiles[0].text;
    // Playwright looks at the newest route first.
    await this.page.route('**', (route) => {
      this.strays.push(route.request().url());
      return route.abort();
    });
    await this.page.route('http://client.test/', (route) => route.fulfill({
      contentType: 'text/html', body: '<!doctype html><link rel="icon" href="data:,"><title>client</title><body></body>' }));
    await this.page.route('http://app.test/', async (route) => route.fulfill({
      contentType: 'text/html', headers: { 'content-security-policy': policy }, body: await this.html() }));
    await this.page.exposeFunction('forward', (method, params) => this.forward(method, params));
  }

  async html() {
    const { contents } = await this.client.readResource({ uri: app });
    return contents[0].text;
  }

  forward(method, params) {
    if (method === 'callTool') this.called.push(params);
    return this.client[method](params);
  }

  async call(verb, args) {
    const result = await this.client.callTool({ name: `orchestrator_${verb}`, arguments: args });
    assert(!result.isError, JSON.stringify(result.content));
    return result;
  }

  complete(id) {
    return this.call('complete_task', { task_id: id, summary: 's', detailed_work: 'w', next_action: 'complete' });
  }

  /** The app's own document. */
  get frame() {
    return this.page.frameLocator('iframe');
  }

  /** Waits until a card is in a column. */
  async sees(id, column) {
    await this.frame.locator(`section[aria-label="${column}"] [data-task="${id}"]`).waitFor();
  }

  picture(name) {
    const folder = join(installed, 'pictures');
    mkdirSync(folder, { recursive: true });
    return this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  async close() {
    await this.browser?.close();
    await this.client?.close();
  }
}

const checks = {
  'announces apps, and names one in the list of tools': async (s) => {
    assert(s.client.getServerCapabilities().extensions?.[extension], JSON.stringify(s.client.getServerCapabilities()));
    const { tools } = await s.client.listTools();
    const tool = tools.find((tool) => tool.name === 'orchestrator_show_board');
    assert.deepEqual(tool._meta.ui, { resourceUri: app });
    const { contents } = await s.client.readResource({ uri: app });
    assert.equal(contents[0].mimeType, mediaType);
    assert.deepEqual(contents[0]._meta.ui, { prefersBorder: true });
  },

  'shows the board once the bridge has begun': async (s) => {
    await s.call('initialize_session', { working_directory: s.data });
    await s.call('plan_task', plan);
    await s.page.goto('http://client.test/');
    await s.page.addScriptTag({ content: s.script });
    const result = await s.call('show_board', { plan_id: 'fair' });
    assert.match(result.content[0].text, /3 ready, 0 under way, 1 blocked/);
    assert.equal(await s.page.evaluate(([a, r]) => window.show(a, r), [{ plan_id: 'fair' }, result]), 'mainstay-board');
    await s.sees('tents', 'Ready');
    await s.sees('poster', 'Blocked or waiting');
    assert.equal(await s.frame.locator('#heading').textContent(), plan.title);
    assert((await s.page.evaluate(() => window.size)).height > 100);
    await s.picture('board');
  },

  'shows titles as text, whatever is in them': async (s) => {
    assert.equal(await s.frame.locator('[data-task="place"] .title').textContent(), nasty);
    await s.frame.locator('[data-task="place"]').click();
    assert.equal(await s.frame.locator('#details-title').textContent(), nasty);
    await s.frame.locator('#description', { hasText: 'onerror' }).waitFor();
    await s.picture('card');
    await s.frame.locator('#close').click();
    assert.equal(await s.frame.locator('main img, dialog img, main b').count(), 0);
    const broken = await Promise.all(s.page.frames().map((frame) => frame.evaluate(() => window.broken)));
    assert.deepEqual(broken.filter(Boolean), []);
  },

  'shows the graph as an image': async (s) => {
    await s.frame.locator('#as-graph').click();
    const image = s.frame.locator('#picture img');
    await image.waitFor();
    await image.evaluate((image) => image.decode());
    assert((await image.evaluate((image) => image.naturalWidth)) > 400);
    const drawn = decodeURIComponent((await image.getAttribute('src')).split(',').slice(1).join(','));
    assert(drawn.includes('&lt;img') && !drawn.includes('<img') && drawn.includes('not all'), drawn);
    await s.picture('graph');
    await s.frame.locator('#as-board').click();
  },

  'follows what another client does': async (s) => {
    await s.complete('place');
    await s.sees('place', 'Done');
    await s.sees('poster', 'Ready');
    assert.equal(await s.frame.locator('#overall-bar').getAttribute('aria-label'), '1 of 4 finished');
  },

  'can be used with the keyboard': async (s) => {
    const cards = s.frame.locator('section[aria-label="Ready"] .card');
    await cards.first().focus();
    await s.page.keyboard.press('ArrowDown');
    assert.equal(await cards.nth(1).evaluate((card) => card === document.activeElement), true);
    await s.page.keyboard.press('Enter');
    await s.frame.locator('dialog[open] #start').waitFor();
    await s.page.keyboard.press('Escape');
    await s.frame.locator('dialog:not([open])').waitFor({ state: 'attached' });
  },

  'starts a task': async (s) => {
    await s.frame.locator('[data-task="tents"]').click();
    await s.frame.locator('#start').click();
    await s.sees('tents', 'Under way');
    assert.deepEqual(s.called.at(-1), { name: 'orchestrator_execute_task', arguments: { task_id: 'tents' } });
    await s.frame.locator('#close').click();
  },

  'asks before it cancels, and says what is wrong': async (s) => {
    const before = s.called.length;
    await s.frame.locator('[data-task="music"]').click();
    await s.frame.locator('#cancel').click();
    await s.frame.locator('#question', { hasText: 'Cancel music?' }).waitFor();
    await s.frame.locator('#no').click();
    assert.equal(s.called.length, before);
    await s.frame.locator('#cancel').click();
    await s.frame.locator('#yes').click();
    const { tools } = await s.client.listTools();
    if (tools.some((tool) => tool.name === 'orchestrator_cancel_task')) await s.sees('music', 'Done');
    else await s.frame.locator('#details-problem').filter({ hasText: 'orchestrator_cancel_task' }).waitFor();
    assert.equal(s.called.at(-1).arguments.task_id, 'music');
    await s.picture('cancel');
    await s.frame.locator('#close').click();
  },

  'follows the theme of the client': async (s) => {
    const back = () => s.frame.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);
    const light = await back();
    await s.page.evaluate(() => window.bridge.sendHostContextChange({ theme: 'dark' }));
    await s.frame.locator('#as-graph').click();
    await s.frame.locator('#picture img[src*="media%20all"]').waitFor();
    assert.notEqual(await back(), light);
    await s.picture('graph-dark');
    await s.frame.locator('#as-board').click();
    await s.picture('board-dark');
  },

  'goes on while the orchestrator is replaced': async (s) => {
    const { stdout } = await promisify(execFile)(mainstay, ['--data-dir', s.data, 'restart', '--json']);
    assert.equal(JSON.parse(stdout).success, true, stdout);
    await s.complete('tents');
    await s.sees('tents', 'Done');
    await s.frame.locator('#refresh').click();
    await s.frame.locator('#problem').waitFor({ state: 'hidden' });
  },

  'asks nobody else for anything, and complains of nothing': async (s) => {
    assert.deepEqual(s.strays, []);
    assert.deepEqual(s.complaints, []);
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
    console.log(`ok      board: ${name}`);
    return true;
  } catch (error) {
    console.log(`FAILED  board: ${name}\n${error.stack}\n`);
    return false;
  } finally {
    clearTimeout(timer);
  }
}

const root = realpathSync(mkdtempSync(join(tmpdir(), 'mainstay-')));
const stage = new Stage();
try {
  await stage.open(root);
  // Each goes on where the one before it has left the board.
  for (const [name, action] of Object.entries(checks)) if (!(await check(name, () => action(stage)))) break;
} finally {
  await stage.close();
  rmSync(root, { recursive: true, force: true });
}
