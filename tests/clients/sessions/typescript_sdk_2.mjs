// The official TypeScript SDK, version 2, as a client of drive.py: typescript_sdk_2.mjs TARGET MODE
//
// What it is told to do and has to say is in drive.py. MODE is legacy, with a handshake, or auto, without.

import { createInterface } from 'node:readline';

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const target = JSON.parse(process.argv[2]);
const mode = process.argv[3];
const patience = 600_000;

const says = (step, more = {}) => console.log(JSON.stringify({ step, ...more }));
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const told = () => lines.next();
const mayAnswer = told();

let heard;
// The SDK lists again by itself when it hears that something changed, and hands on what it found.
const news = new Promise((resolve) => (heard = resolve));
const client = new Client(
  { name: 'typescript-sdk', version: '2' },
  {
    capabilities: { elicitation: { form: {} } },
    versionNegotiation: { mode },
    listChanged: {
      tools: {
        onChanged: (error, tools) => {
          if (tools?.some((tool) => tool.name === 'greet')) heard(tools.map((tool) => tool.name));
        },
      },
    },
  },
);
client.setRequestHandler('elicitation/create', async ({ params }) => {
  says('asked', { message: params.message });
  await mayAnswer;
  return { action: 'accept', content: { word: 'ahoy' } };
});

/** Without a session nobody is told of anything for longer than a process lives. Who listens again looks again. */
let leaves = false;
const listenAgain = async () => {
  let subscription = client.autoOpenedSubscription;
  while (subscription && (await subscription.closed) !== 'local' && !leaves) {
    subscription = await client.listen(subscription.honoredFilter);
    const { tools } = await client.listTools();
    if (tools.some((tool) => tool.name === 'greet')) heard(tools.map((tool) => tool.name));
  }
};

/** Calls a tool, and again if that is what it is told. */
const call = async (name) => {
  for (;;) {
    const result = await client.callTool({ name, arguments: {} }, { timeout: patience });
    if (!result.isError) return result.structuredContent;
    if (result._meta?.['mainstay/error']?.code !== 'interrupted') throw new Error(JSON.stringify(result));
    says(`again ${name}`);
  }
};

const transport = target.url
  ? new StreamableHTTPClientTransport(new URL(target.url))
  : new StdioClientTransport({ command: target.command[0], args: target.command.slice(1) });
await client.connect(transport);
void listenAgain();
says('connected', { protocol: client.getNegotiatedProtocolVersion() });
says('listed', { tools: (await client.listTools()).tools.map((tool) => tool.name) });
says('version', await call('version'));
await Promise.all([
  call('wait_for_next').then((answer) => says('waited', answer)),
  call('ask').then((answer) => says('answered', answer)),
  mayAnswer,
]);
says('next version', await call('version'));
says('heard', { tools: await news });
says('greeted', await call('greet'));
await told();
leaves = true;
await client.close();
says('closed');
process.exit(0);
