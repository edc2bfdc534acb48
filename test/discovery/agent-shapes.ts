import type { Shape } from './world.ts'

// Programs that let a model act, in many shapes. Each of them only waits for a model that never answers.

const NODE_FETCH = `
import { execSync } from 'node:child_process'
const messages = [{ role: 'user', content: 'tidy up' }]
for (;;) {
  const reply = await fetch(process.env.ANTHROPIC_BASE_URL + '/v1/messages', { method: 'POST', body: JSON.stringify({ model: 'm', max_tokens: 10, messages }) })
  const { content } = await reply.json()
  const call = content.find((block) => block.type === 'tool_use')
  if (!call) break
  messages.push({ role: 'user', content: [{ type: 'tool_result', content: execSync(call.input.command).toString() }] })
}`

const NODE_OPENAI = `
const OpenAI = require('openai')
const { spawnSync } = require('child_process')
const client = new OpenAI({ baseURL: 'MODEL/v1' })
async function step(messages) {
  const { choices } = await client.chat.completions.create({ model: 'm', messages, tools: [] })
  for (const call of choices[0].message.tool_calls ?? []) spawnSync('sh', ['-c', JSON.parse(call.function.arguments).command])
}
step([]); setInterval(() => {}, 1000)`

/** A stand-in for a library: it holds a connection to the address it is given, as the real one would while it waits. */
const FAKE_SDK = `
module.exports = class { constructor({ baseURL }) { this.chat = { completions: { create: () => fetch(baseURL + '/chat/completions', { method: 'POST', body: '{}' }).then((r) => r.json()) } } } }`
const SDK_FILES = { 'node_modules/openai/package.json': '{"name":"openai","version":"6.0.0","main":"index.js"}', 'node_modules/openai/index.js': FAKE_SDK }

const PYTHON_URLLIB = `
import json, os, subprocess, urllib.request
BASE = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")
messages = [{"role": "user", "content": "clean the folder"}]
while True:
    body = json.dumps({"model": "m", "messages": messages, "tools": []}).encode()
    reply = json.load(urllib.request.urlopen(urllib.request.Request(BASE + "/chat/completions", body)))
    calls = reply["choices"][0]["message"].get("tool_calls")
    if not calls: break
    for call in calls:
        out = subprocess.run(json.loads(call["function"]["arguments"])["command"], shell=True, capture_output=True, text=True)
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": out.stdout})`

/** Asks for a command in plain words, without any tool protocol. */
const PYTHON_PLAIN = `
import os, subprocess, json, time
from http.client import HTTPConnection
from urllib.parse import urlparse
target = urlparse(os.environ["LLM_URL"])
history = "Answer with one shell command after COMMAND: and nothing else."
while True:
    c = HTTPConnection(target.hostname, target.port)
    c.request("POST", "/api/generate", json.dumps({"model": "llama", "prompt": history, "stream": False}))
    text = json.loads(c.getresponse().read())["response"]
    history += subprocess.getoutput(text.split("COMMAND:")[1])`

const PYTHON_FRAMEWORK = (imports: string): string => `${imports}
import time
print("agent ready", flush=True)
while True: time.sleep(1)`
const PYTHON_PACKAGE = (name: string): Record<string, string> => ({ [`${name}/__init__.py`]: 'Agent = Crew = Runner = function_tool = object\ndef create_react_agent(*a, **k): return None\n' })

const BASH_CURL = `#!/bin/bash
history='[]'
while true; do
  reply=$(curl -s "$ANTHROPIC_BASE_URL/v1/messages" -d "{\\"model\\":\\"m\\",\\"max_tokens\\":9,\\"messages\\":$history}")
  command=$(echo "$reply" | grep -o '"tool_use".*')
  eval "$command"
done`

const PERL_AGENT = `
use HTTP::Tiny; use strict;
my $url = "$ENV{OPENAI_BASE_URL}/chat/completions";
while (1) {
  my $r = HTTP::Tiny->new->post($url, { content => '{"model":"m","messages":[{"role":"user"}],"tools":[]}' });
  if ($r->{content} =~ /"tool_calls".*"command":"([^"]+)"/) { print \`$1\`; system("sh -c '$1'") }
}`

const npm = (name: string, bin: string, code = WAITS): Record<string, string> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0', bin: { [bin]: 'dist/index.js' } }),
  [`node_modules/${name}/dist/index.js`]: code,
})
const WAITS = 'setInterval(() => {}, 1000)'
const EXTENSION = (publisher: string, name: string): Record<string, string> => ({
  [`.vscode/extensions/${publisher}.${name}-1.2.3/package.json`]: JSON.stringify({ name, publisher, engines: { vscode: '^1.90.0' }, main: './dist/extension.js' }),
  [`.vscode/extensions/${publisher}.${name}-1.2.3/dist/extension.js`]: WAITS,
})
const MODEL = { ANTHROPIC_BASE_URL: 'MODEL', OPENAI_BASE_URL: 'MODEL/v1', LLM_URL: 'MODEL' }

export const AGENTS: readonly Shape[] = [
  // Known agents, installed as npm and pip do it
  { what: 'an npm agent behind node', files: npm('@google/gemini-cli', 'gemini'), command: ['NODE', 'node_modules/@google/gemini-cli/dist/index.js'], agent: 'gemini-cli' },
  { what: 'an npm agent with Node options', files: npm('@qwen-code/qwen-code', 'qwen'), command: ['NODE', '--max-old-space-size=512', '--no-warnings', 'node_modules/@qwen-code/qwen-code/dist/index.js', '--yolo'], agent: 'qwen-code' },
  { what: 'an npm agent through its link in .bin', files: { ...npm('@augmentcode/auggie', 'auggie'), 'start.sh': 'mkdir -p node_modules/.bin; ln -s ../@augmentcode/auggie/dist/index.js node_modules/.bin/auggie; exec NODE node_modules/.bin/auggie' }, command: ['sh', 'start.sh'], agent: 'auggie' },
  { what: 'a native program in a package for one platform', files: { 'node_modules/@openai/codex-linux-x64/package.json': '{"name":"@openai/codex-linux-x64"}' }, copies: { 'node_modules/@openai/codex-linux-x64/vendor/codex': 'sleep' }, command: ['HERE/node_modules/@openai/codex-linux-x64/vendor/codex', '600'], agent: 'codex' },
  { what: 'a checkout that was built', files: { 'package.json': '{"name":"@google/gemini-cli","bin":{"gemini":"bundle/gemini.js"}}', 'bundle/gemini.js': WAITS }, command: ['NODE', 'bundle/gemini.js'], agent: 'gemini-cli' },
  { what: 'an npm agent with another script name', files: { 'node_modules/@continuedev/cli/package.json': '{"name":"@continuedev/cli","bin":{"cn":"dist/cn.js"}}', 'node_modules/@continuedev/cli/dist/cn.js': WAITS }, command: ['NODE', 'node_modules/@continuedev/cli/dist/cn.js'], agent: 'continue-cli' },
  { what: 'a Python agent by the script that pip makes', files: { 'aider/__init__.py': '', 'aider/main.py': 'import time\ndef main():\n    time.sleep(600)\n', 'aider-start': 'import sys\nfrom aider.main import main\nif __name__ == "__main__":\n    sys.exit(main())\n' }, command: ['PYTHON', 'aider-start'], env: { PYTHONPATH: 'HERE' }, needs: ['python3'], agent: 'aider' },
  { what: 'a Python agent as a module', files: { 'sweagent/__init__.py': '', 'sweagent/__main__.py': 'import time\ntime.sleep(600)\n' }, command: ['PYTHON', '-u', '-m', 'sweagent', 'run'], needs: ['python3'], agent: 'swe-agent' },
  { what: 'an extension in the host of an editor', files: EXTENSION('saoudrizwan', 'claude-dev'), copies: { code: 'NODE' }, command: ['HERE/code', 'HERE/.vscode/extensions/saoudrizwan.claude-dev-1.2.3/dist/extension.js', '--type=extensionHost'], agent: 'cline' },
  { what: 'an editor that runs an extension', files: { ...EXTENSION('github', 'copilot-chat'), 'host.js': "require('net').connect(+new URL(process.env.OPENAI_BASE_URL).port, '127.0.0.1'); setInterval(() => {}, 1000)" }, copies: { code: 'NODE' }, command: ['HERE/code', 'host.js', '--type=extensionHost'], env: { OPENAI_BASE_URL: 'MODEL', HOME: 'HERE' }, agent: 'vscode-copilot' },
  { what: 'a native program inside an extension', files: EXTENSION('anthropic', 'claude-code'), copies: { '.vscode/extensions/anthropic.claude-code-1.2.3/resources/native-binary/claude': 'sleep' }, command: ['HERE/.vscode/extensions/anthropic.claude-code-1.2.3/resources/native-binary/claude', '600'], agent: 'claude-code' },
  // Written by hand, in Node
  { what: 'a Node agent over fetch', files: { 'agent.mjs': NODE_FETCH }, command: ['NODE', 'agent.mjs'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent with a harmless name', files: { 'server.mjs': NODE_FETCH }, command: ['NODE', 'HERE/server.mjs'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent as dist/cli.js of a private package', files: { 'package.json': '{"name":"tools","bin":"dist/cli.js","type":"module"}', 'dist/cli.js': NODE_FETCH }, command: ['NODE', 'dist/cli.js'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent on an SDK', files: { ...SDK_FILES, 'bot.cjs': NODE_OPENAI }, command: ['NODE', 'bot.cjs'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent in several files', files: { 'main.mjs': "import { run } from './lib/loop.mjs'\nawait run()", 'lib/loop.mjs': `export async function run() {${NODE_FETCH.replace(/^import.*$/m, '')}}\n`, 'lib/shell.mjs': '' , 'lib/tools.mjs': '' }, command: ['NODE', 'main.mjs'], env: MODEL, agent: 'custom' },
  { what: 'a TypeScript agent', files: { 'agent.ts': `type Message = { role: string }\n${NODE_FETCH.replace('const messages', 'const messages: unknown[]')}` }, command: ['NODE', '--experimental-strip-types', 'agent.ts'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent on the command line', command: ['NODE', '--input-type=module', '-e', NODE_FETCH], env: MODEL, agent: 'custom' },
  { what: 'a Node agent from a file on standard input', files: { 'agent.mjs': NODE_FETCH, 'start.sh': 'exec NODE --input-type=module < agent.mjs' }, command: ['sh', 'start.sh'], env: MODEL, agent: 'custom' },
  { what: 'a bundle in one file', files: { 'bundle.mjs': `export const pad = "${'x'.repeat(200_000)}"\n${NODE_FETCH}` }, command: ['NODE', 'bundle.mjs'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent under another program name', files: { 'agent.mjs': NODE_FETCH }, copies: { worker: 'NODE' }, command: ['HERE/worker', 'agent.mjs'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent behind npm', files: { 'package.json': '{"name":"x","type":"module","scripts":{"start":"node main.js"}}', 'main.js': NODE_FETCH }, command: ['npm', 'start', '--silent'], env: MODEL, needs: ['npm'], agent: 'custom' },
  { what: 'a Node agent behind npx', files: { ...npm('helper-bot', 'helper-bot'), 'node_modules/helper-bot/dist/index.js': `#!/usr/bin/env node\n${NODE_OPENAI.replace("'openai'", "'../../openai'")}`, ...SDK_FILES, 'start.sh': 'mkdir -p node_modules/.bin; ln -s ../helper-bot/dist/index.js node_modules/.bin/helper-bot; chmod +x node_modules/helper-bot/dist/index.js; exec npx --no-install helper-bot' }, command: ['sh', 'start.sh'], env: MODEL, needs: ['npx'], agent: 'custom' },
  { what: 'a Node agent in namespaces of its own', files: { 'agent.mjs': NODE_FETCH }, command: ['unshare', '-Urmpf', '--mount-proc', 'NODE', 'agent.mjs'], env: MODEL, needs: ['unshare'], agent: 'custom' },
  { what: 'an agent on the Vercel AI SDK', files: { 'node_modules/ai/package.json': '{"name":"ai","main":"i.js"}', 'node_modules/ai/i.js': 'exports.generateText = () => new Promise(() => {}); exports.stepCountIs = () => 1; exports.tool = (t) => t', 'a.cjs': "const { generateText, tool, stepCountIs } = require('ai')\nconst { exec } = require('child_process')\ngenerateText({ model: 'x', tools: { shell: tool({ execute: (c) => exec(c) }) }, stopWhen: stepCountIs(20) })\nsetInterval(() => {}, 999)" }, command: ['NODE', 'a.cjs'], agent: 'custom' },
  { what: 'an agent on an agent SDK', files: { 'node_modules/@anthropic-ai/claude-agent-sdk/package.json': '{"name":"@anthropic-ai/claude-agent-sdk","main":"i.js"}', 'node_modules/@anthropic-ai/claude-agent-sdk/i.js': 'exports.query = async function* () {}', 'a.cjs': "const { query } = require('@anthropic-ai/claude-agent-sdk')\nsetInterval(() => query({ prompt: 'go' }), 1000)" }, command: ['NODE', 'a.cjs'], agent: 'claude-agent-sdk' },
  { what: 'an agent on LangGraph', files: { 'node_modules/@langchain/langgraph/package.json': '{"name":"@langchain/langgraph","exports":{"./prebuilt":"./p.js"}}', 'node_modules/@langchain/langgraph/p.js': 'exports.createReactAgent = () => {}', 'a.cjs': "const { createReactAgent } = require('@langchain/langgraph/prebuilt')\ncreateReactAgent({})\nsetInterval(() => {}, 1000)" }, command: ['NODE', 'a.cjs'], agent: 'langgraph' },
  { what: 'a Gemini agent over fetch', files: { 'g.mjs': "import { execFileSync } from 'node:child_process'\nimport { execFile } from 'node:child_process'\nconst contents = [{ role: 'user', parts: [{ text: 'x' }] }]\nwhile (true) { const r = await (await fetch(process.env.GEMINI_BASE_URL + '/v1beta/models/g:generateContent', { method: 'POST', body: JSON.stringify({ contents }) })).json(); for (const p of r.candidates[0].content.parts) if (p.functionCall) contents.push({ role: 'user', parts: [{ functionResponse: { output: execFileSync(p.functionCall.args.c).toString() } }] }) }" }, command: ['NODE', 'g.mjs'], env: { GEMINI_BASE_URL: 'MODEL' }, agent: 'custom' },
  // Written by hand, in other languages
  { what: 'a Python agent over urllib', files: { 'agent.py': PYTHON_URLLIB }, command: ['PYTHON', 'agent.py'], env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'a Python agent without a tool protocol', files: { 'helper.py': PYTHON_PLAIN }, command: ['PYTHON', '-u', 'helper.py'], env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'a Python agent on the command line', command: ['PYTHON', '-c', PYTHON_URLLIB], env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'a Python agent as a module of its own', files: { 'bot/__init__.py': '', 'bot/__main__.py': 'from . import loop\n', 'bot/loop.py': PYTHON_URLLIB }, command: ['PYTHON', '-m', 'bot'], env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'a Python agent under another program name', files: { 'agent.py': PYTHON_URLLIB }, copies: { 'bin/daemon': 'PYTHON' }, command: ['HERE/bin/daemon', 'agent.py'], env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'a Python agent that a shebang starts', files: { 'bin/tidy!': `#!/usr/bin/env python3\n${PYTHON_URLLIB}` }, command: ['HERE/bin/tidy'], env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'an agent on CrewAI', files: { ...PYTHON_PACKAGE('crewai'), 'crew.py': PYTHON_FRAMEWORK('from crewai import Agent, Crew') }, command: ['PYTHON', 'crew.py'], needs: ['python3'], agent: 'crewai' },
  { what: 'an agent on the OpenAI agents SDK', files: { ...PYTHON_PACKAGE('agents'), 'main.py': PYTHON_FRAMEWORK('from agents import Agent, Runner, function_tool') }, command: ['PYTHON', 'main.py'], needs: ['python3'], agent: 'openai-agents' },
  { what: 'an agent on LangChain', files: { 'langchain/__init__.py': '', 'langchain/agents.py': 'def create_agent(*a, **k): pass\nAgentExecutor = object', 'a.py': PYTHON_FRAMEWORK('from langchain.agents import create_agent') }, command: ['PYTHON', 'a.py'], needs: ['python3'], agent: 'langgraph' },
  { what: 'an agent on smolagents', files: { ...PYTHON_PACKAGE('smolagents'), 'a.py': PYTHON_FRAMEWORK('import smolagents') }, command: ['PYTHON', 'a.py'], needs: ['python3'], agent: 'smolagents' },
  { what: 'a Python agent on an SDK', files: { 'anthropic/__init__.py': 'class Anthropic: pass', 'a.py': 'import subprocess, time\nfrom anthropic import Anthropic\nclient = Anthropic()\ndef turn(reply):\n    for block in reply.content:\n        if block.type == "tool_use":\n            subprocess.run(block.input["command"], shell=True)\nwhile True: time.sleep(1)' }, command: ['PYTHON', 'a.py'], needs: ['python3'], agent: 'custom' },
  { what: 'a zip application', files: { 'src/__main__.py': PYTHON_URLLIB, 'start.sh': 'PYTHON -m zipapp src -o tool.pyz && exec PYTHON tool.pyz' }, command: ['sh', 'start.sh'], env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'a shell script with curl', files: { 'agent.sh': BASH_CURL }, command: ['bash', 'agent.sh'], env: MODEL, needs: ['bash', 'curl'], agent: 'custom' },
  { what: 'a Perl agent', files: { 'agent.pl': PERL_AGENT }, command: ['perl', 'agent.pl'], env: MODEL, needs: ['perl'], agent: 'custom' },
  { what: 'a compiled agent', files: { 'a.c': '#include <unistd.h>\n#include <stdio.h>\nint main(void) { fputs("POST /v1/messages tool_use execve\\n", stderr); sleep(600); return 0; }', 'start.sh': 'gcc -o agentd a.c && exec ./agentd' }, command: ['sh', 'start.sh'], needs: ['gcc'], agent: 'custom' },
  // What it runs is not where one looks first
  { what: 'a script that was deleted after its start', files: { 'agent.mjs': NODE_FETCH, 'start.sh': 'NODE agent.mjs & sleep 1; rm agent.mjs; wait' }, command: ['sh', 'start.sh'], env: MODEL, agent: 'custom' },
  { what: 'an agent that rewrites its title', files: { 'agent.mjs': `process.title = 'kworker/0:1'\n${NODE_FETCH.replace('import { execSync } from', "const { execSync } = await import(").replace("'node:child_process'", "'node:child_process')")}` }, command: ['NODE', 'agent.mjs'], env: MODEL, agent: 'custom' },
  { what: 'an agent that is loaded before the script', files: { 'pre.mjs': `const run = async () => {${NODE_FETCH.replace(/^import.*$/m, "const { execSync } = await import('node:child_process')")}}\nvoid run()`, 'main.mjs': WAITS }, command: ['NODE', '--import', './pre.mjs', 'main.mjs'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent through a pipe', command: ['NODE', '--input-type=module', '-'], stdin: NODE_FETCH, env: MODEL, agent: 'custom' },
  { what: 'a Python agent through a pipe', command: ['PYTHON', '-'], stdin: PYTHON_URLLIB, env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'a thin script that starts a package', files: { 'node_modules/my-agent/package.json': '{"name":"my-agent","main":"lib.mjs"}', 'node_modules/my-agent/lib.mjs': NODE_FETCH, 'index.mjs': "import 'my-agent'" }, command: ['NODE', 'index.mjs'], env: MODEL, agent: 'custom' },
  { what: 'a Python package by the script that pip makes', files: { 'lib/mybot/__init__.py': '', 'lib/mybot/cli.py': `def main():\n${PYTHON_URLLIB.replaceAll('\n', '\n    ')}`, mybot: 'import sys\nfrom mybot.cli import main\nsys.exit(main())\n' }, command: ['PYTHON', 'mybot'], env: { ...MODEL, PYTHONPATH: 'HERE/lib' }, needs: ['python3'], agent: 'custom' },
  { what: 'a module under another interpreter name', files: { 'bot/__init__.py': '', 'bot/__main__.py': PYTHON_URLLIB }, copies: { 'udev-helper': 'PYTHON' }, command: ['HERE/udev-helper', '-m', 'bot'], env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'a folder with a main program', files: { 'package.json': '{"name":"x","main":"lib/start.mjs"}', 'lib/start.mjs': NODE_FETCH }, command: ['NODE', '.'], env: MODEL, agent: 'custom' },
  { what: 'a script in a file system of its own', files: { 'agent.mjs': NODE_FETCH, 'start.sh': 'mkdir -p m && mount -t tmpfs none m && cp agent.mjs m/x.mjs && cd m && exec NODE x.mjs' }, command: ['unshare', '-Urmpf', '--mount-proc', 'sh', 'start.sh'], env: MODEL, needs: ['unshare'], agent: 'custom' },
]
