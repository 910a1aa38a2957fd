// The official TypeScript SDK, version 1, as a client of drive.py: typescript_sdk.mjs TARGET
//
// What it is told to do and has to say is in drive.py.

import { createInterface } from 'node:readline';

import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ElicitRequestSchema, ToolListChangedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';

const target = JSON.parse(process.argv[2]);
const patience = 600_000;

const says = (step, more = {}) => console.log(JSON.stringify({ step, ...more }));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = () => lines.next();
const mayAnswer = told();

const client = new Client({ name: 'typescript-sdk', version: '1' }, { capabilities: { elicitation: {} } });
const news = new Promise((heard) => {
  client.setNotificationHandler(ToolListChangedNotificationSchema, heard);
});
client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
  says('asked', { message: params.message });
  await mayAnswer;
  return { action: 'accept', content: { word: 'ahoy' } };
});

/** Calls a tool, and again if that is what it is told. */
const call = async (name) => {
  for (;;) {
    const result = await client.callTool({ name, arguments: {} }, undefined, { timeout: patience });
    if (!result.isError) return result.structuredContent;
    if (result._meta?.['mainstay/error']?.code !== 'interrupted') throw new Error(JSON.stringify(result));
    says(`again ${name}`);
  }
};
const listed = async () => (await client.listTools()).tools.map((tool) => tool.name);

let protocol;
const transport = target.url
  ? new StreamableHTTPClientTransport(new URL(target.url))
  : new StdioClientTransport({ command: target.command[0], args: target.command.slice(1) });
const negotiated = transport.setProtocolVersion?.bind(transport);
transport.setProtocolVersion = (version) => {
  protocol = version;
  negotiated?.(version);
};
await client.connect(transport);
says('connected', { protocol });
says('listed', { tools: await listed() });
says('version', await call('version'));
await Promise.all([
  call('wait_for_next').then((answer) => says('waited', answer)),
  call('ask').then((answer) => says('answered', answer)),
  mayAnswer,
]);
says('next version', await call('version'));
await news;
says('heard', { tools: await listed() });
says('greeted', await call('greet'));
await told();
await client.close();
says('closed');
process.exit(0);
