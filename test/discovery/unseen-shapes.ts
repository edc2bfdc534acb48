import type { Shape } from './world.ts'

// Shapes that detection was not written for: each was put here before it was run for the first time.
const MODEL = { OPENAI_BASE_URL: 'MODEL/v1', ANTHROPIC_BASE_URL: 'MODEL', OPENAI_API_KEY: 'none' }
const WAIT = 'setInterval(() => {}, 1000)'

const HTTP_MODULE = "import { request } from 'node:http'\nimport { execFile } from 'node:child_process'\nconst memory = []\nfunction step() { const r = request(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST' }, (res) => { let t = ''; res.on('data', (d) => (t += d)).on('end', () => { for (const c of JSON.parse(t).choices[0].message.tool_calls ?? []) execFile('sh', ['-c', JSON.parse(c.function.arguments).cmd], (e, out) => { memory.push({ role: 'tool', content: out }); step() }) }) }); r.end(JSON.stringify({ model: 'm', messages: memory, tools: [] })) }\nstep()"
const RESPONSES = "import { spawnSync } from 'node:child_process'\nfor (;;) { const r = await fetch(process.env.OPENAI_BASE_URL + '/responses', { method: 'POST', body: JSON.stringify({ model: 'm', input: [], tools: [{ type: 'function', name: 'sh' }] }) }); for (const item of (await r.json()).output) if (item.type === 'function_call') spawnSync('sh', ['-c', JSON.parse(item.arguments).command]) }"
const OLLAMA = "import json, subprocess, http.client\nwhile True:\n    c = http.client.HTTPConnection('127.0.0.1', int('MODEL'.rsplit(':', 1)[1]))\n    c.request('POST', '/api/chat', json.dumps({'model': 'qwen', 'messages': [], 'tools': []}))\n    for call in json.loads(c.getresponse().read())['message']['tool_calls']:\n        subprocess.run(call['function']['arguments']['command'], shell=True)\n"
const REACT_TEXT = "import os, re, subprocess, requests\nhistory = ''\nwhile True:\n    reply = requests.post(os.environ['OPENAI_BASE_URL'] + '/completions', json={'prompt': history}).json()['choices'][0]['text']\n    action = re.search('Action: (.*)', reply)\n    history += reply + '\\nObservation: ' + subprocess.getoutput(action.group(1))\n"
const ASYNCIO = "import asyncio, os, json, urllib.request\nasync def turn(messages):\n    req = urllib.request.Request(os.environ['ANTHROPIC_BASE_URL'] + '/v1/messages', json.dumps({'model': 'm', 'tools': [], 'messages': messages}).encode())\n    reply = json.load(await asyncio.to_thread(urllib.request.urlopen, req))\n    for block in reply['content']:\n        if block['type'] == 'tool_use':\n            p = await asyncio.create_subprocess_shell(block['input']['command'])\n            await p.wait()\nasync def main():\n    while True:\n        await turn([])\nasyncio.run(main())\n"
const PERL = "use strict; while (1) { my $r = `curl -s $ENV{OPENAI_BASE_URL}/chat/completions -d '{}'`; if ($r =~ /\"tool_calls\".*\"command\":\"([^\"]+)\"/) { system($1) } sleep 1 }"
const requests = { 'requests.py': 'import urllib.request, time\ndef post(url, json=None):\n    while True:\n        try: urllib.request.urlopen(url, b"{}")\n        except Exception: time.sleep(1)\n' }
const py = (name: string, body: string): Record<string, string> => ({ [`${name}/__init__.py`]: body })

/** Agents in shapes that were not there when detection was written. */
export const UNSEEN_AGENTS: readonly Shape[] = [
  { what: 'an agent over node:http', files: { 'loop.mjs': HTTP_MODULE }, command: ['NODE', 'loop.mjs'], env: MODEL, agent: 'custom' },
  { what: 'an agent on the responses interface', files: { 'r.mjs': RESPONSES }, command: ['NODE', 'r.mjs'], env: MODEL, agent: 'custom' },
  { what: 'an agent on a local model', files: { 'local.py': OLLAMA }, command: ['PYTHON', 'local.py'], needs: ['python3'], agent: 'custom' },
  { what: 'an agent that reads actions from text', files: { ...requests, 'react.py': REACT_TEXT }, command: ['PYTHON', 'react.py'], env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'an agent on asyncio', files: { 'a.py': ASYNCIO }, command: ['PYTHON', 'a.py'], env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'an unbuffered Python agent with warnings off', files: { 'a.py': ASYNCIO }, command: ['PYTHON', '-u', '-W', 'ignore', 'a.py'], env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'a Perl agent with backticks', files: { 'p.pl': PERL }, command: ['perl', '-w', 'p.pl'], env: MODEL, needs: ['perl', 'curl'], agent: 'custom' },
  { what: 'a Node agent behind nohup and nice', files: { 'r.mjs': RESPONSES }, command: ['nohup', 'nice', 'NODE', 'r.mjs'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent under a memory limit', files: { 'r.mjs': RESPONSES }, command: ['NODE', '--max-old-space-size=512', '--no-warnings', 'r.mjs'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent in watch mode', files: { 'r.mjs': RESPONSES }, command: ['NODE', '--watch', 'r.mjs'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent without extension', files: { 'package.json': '{"type":"module"}', 'helper!': `#!/usr/bin/env node\n${RESPONSES}` }, command: ['NODE', 'helper'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent behind a symbolic link', files: { 'real/r.mjs': RESPONSES, 'start.sh': 'ln -s real/r.mjs job.mjs; exec NODE job.mjs' }, command: ['sh', 'start.sh'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent in a child process', files: { 'r.mjs': RESPONSES, 'main.cjs': "require('child_process').fork('./r.mjs'); setInterval(() => {}, 1000)" }, command: ['NODE', 'main.cjs'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent in a worker thread', files: { 'r.mjs': RESPONSES, 'main.cjs': `new (require('worker_threads').Worker)('./r.mjs'); ${WAIT}` }, command: ['NODE', 'main.cjs'], env: MODEL, agent: 'custom' },
  { what: 'a Node agent that is imported when needed', files: { 'lib/r.mjs': RESPONSES, 'main.mjs': "await import('./lib/r.mjs')" }, command: ['NODE', 'main.mjs'], env: MODEL, agent: 'custom' },
  { what: 'a Python agent that is imported', files: { ...py('core', ASYNCIO), 'main.py': 'import core\n' }, command: ['PYTHON', 'main.py'], env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'an agent on AutoGen', files: { ...py('autogen', 'class AssistantAgent:\n    def __init__(self, *a, **k): pass\n'), 'g.py': "import time\nfrom autogen import AssistantAgent\na = AssistantAgent('x')\nwhile True: time.sleep(1)\n" }, command: ['PYTHON', 'g.py'], env: MODEL, needs: ['python3'], agent: 'autogen' },
  { what: 'OpenCode from npm', files: { 'node_modules/opencode-ai/package.json': '{"name":"opencode-ai","bin":{"opencode":"bin/opencode"}}', 'node_modules/opencode-ai/bin/opencode': WAIT }, command: ['NODE', 'HERE/node_modules/opencode-ai/bin/opencode'], agent: 'opencode' },
  { what: 'Codex in a folder of pnpm', files: { 'node_modules/.pnpm/@openai+codex@1.0.0/node_modules/@openai/codex/package.json': '{"name":"@openai/codex","bin":{"codex":"bin/codex.js"}}', 'node_modules/.pnpm/@openai+codex@1.0.0/node_modules/@openai/codex/bin/codex.js': WAIT }, command: ['NODE', 'HERE/node_modules/.pnpm/@openai+codex@1.0.0/node_modules/@openai/codex/bin/codex.js'], agent: 'codex' },
  { what: 'Gemini under a version manager', files: { '.nvm/versions/node/v24/lib/node_modules/@google/gemini-cli/package.json': '{"name":"@google/gemini-cli","bin":{"gemini":"dist/index.js"}}', '.nvm/versions/node/v24/lib/node_modules/@google/gemini-cli/dist/index.js': WAIT }, command: ['NODE', '--no-warnings=DEP0040', 'HERE/.nvm/versions/node/v24/lib/node_modules/@google/gemini-cli/dist/index.js'], agent: 'gemini-cli' },
]

const node = (what: string, code: string): Shape => ({ what, files: { 'x.mjs': code }, command: ['NODE', 'x.mjs'], env: MODEL })
const python = (what: string, code: string): Shape => ({ what, files: { 'x.py': code }, command: ['PYTHON', 'x.py'], env: MODEL, needs: ['python3'] })

/** What is near to an agent, and none. */
export const UNSEEN_LOOK_ALIKES: readonly Shape[] = [
  node('a translator that asks a model for each file', "import { readFileSync } from 'node:fs'\nfor (;;) { await fetch(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST', body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: String(readFileSync('x.mjs')) }] }) }); await new Promise((r) => setTimeout(r, 500)) }"),
  node('a dashboard of what models cost', "setInterval(async () => { await fetch(process.env.OPENAI_BASE_URL + '/usage') }, 500)"),
  node('a task runner', `import { spawn } from 'node:child_process'\nspawn('sleep', ['600'])\nconst tasks = { tools: ['lint'], model: 'default' }\n${WAIT}`),
  node('a deployment robot', `import { exec } from 'node:child_process'\nfor (;;) { const r = await fetch('MODEL/deployments').catch(() => 0); if (r) exec('true'); await new Promise((f) => setTimeout(f, 500)) }`),
  node('a game with agents and actions', `class Agent { act(action) { return this.tools?.[action] } }\nconst agent = new Agent(); setInterval(() => agent.act('move'), 100)`),
  node('a travel agent booking site', `import { createServer } from 'node:http'\ncreateServer((q, r) => r.end('travel agent, messages')).listen(0)`),
  node('a transcript viewer', `const types = ['tool_use', 'tool_result', 'assistant', 'messages']\nimport { createServer } from 'node:http'\ncreateServer((q, r) => r.end(JSON.stringify(types))).listen(0)`),
  node('a load test of a model server', "for (;;) await Promise.allSettled(Array.from({ length: 3 }, () => fetch(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST', body: '{}', signal: AbortSignal.timeout(400) })))"),
  python('a moderation filter', "import urllib.request, os, time\nwhile True:\n    try: urllib.request.urlopen(os.environ['OPENAI_BASE_URL'] + '/moderations', b'{}', timeout=1)\n    except Exception: pass\n    time.sleep(0.5)\n"),
  python('a supervisor of processes', "import subprocess, time\np = subprocess.Popen(['sleep', '600'])\nwhile True:\n    time.sleep(1)\n    if p.poll() is not None: p = subprocess.Popen(['sleep', '600'])\n"),
  python('a trainer of a model', "import time\nclass Model:\n    def train(self, messages): pass\nmodel = Model()\nwhile True:\n    model.train([]); time.sleep(1)\n"),
  python('a backup with a tool called agent', "import subprocess, time\nagent = 'backup-agent'\nwhile True:\n    subprocess.run(['true']); time.sleep(1)\n"),
  python('a script that transcribes', "import urllib.request, os, time, subprocess\nsubprocess.run(['true'])\nwhile True:\n    try: urllib.request.urlopen(os.environ['OPENAI_BASE_URL'] + '/audio/transcriptions', b'{}', timeout=1)\n    except Exception: pass\n    time.sleep(0.5)\n"),
  python('a summary of the news by mail', "import urllib.request, os, json, time, smtplib\nwhile True:\n    try: text = json.load(urllib.request.urlopen(os.environ['OPENAI_BASE_URL'] + '/chat/completions', b'{}', timeout=1))['choices'][0]['message']['content']\n    except Exception: pass\n    time.sleep(0.5)\n"),
  { what: 'a monitoring agent', files: { 'datadog-agent!': '#!/bin/sh\nsleep 600 & wait' }, command: ['HERE/datadog-agent', 'run'] },
  { what: 'a GPG agent', files: { 'gpg-agent!': '#!/bin/sh\nsleep 600 & wait' }, command: ['HERE/gpg-agent', '--daemon'] },
  { what: 'a cursor theme daemon', copies: { 'cursor-theme': 'sleep' }, command: ['HERE/cursor-theme', '600'] },
  { what: 'an image viewer called gemini', copies: { gemini: 'sleep' }, command: ['HERE/gemini', '600'] },
  { what: 'a text adventure called goose', copies: { goose: 'sleep' }, command: ['HERE/goose', '600'] },
  { what: 'a session multiplexer named after an agent', command: ['bash', '-c', 'exec -a "tmux: aider" sleep 600'] },
]
