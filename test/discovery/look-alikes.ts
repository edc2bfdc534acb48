import type { Shape } from './world.ts'

// Programs that have something of an agent about them and are none.

const WAITS = 'setInterval(() => {}, 1000)'
const PYTHON_WAITS = 'import time\nwhile True: time.sleep(1)'
const MODEL = { ANTHROPIC_BASE_URL: 'MODEL', OPENAI_BASE_URL: 'MODEL/v1', OPENAI_API_KEY: 'not-a-key', CLAUDECODE: '1' }

/** A program of the system under the name of an agent. */
const named = (name: string, what: string, ...args: string[]): Shape => ({ what, copies: { [`bin/${name}`]: 'sleep' }, command: [`HERE/bin/${name}`, ...(args.length > 0 ? args : ['600'])] })
const script = (name: string, what: string, text = WAITS): Shape => ({ what, files: { [name]: text }, command: ['NODE', name] })
const python = (name: string, what: string, text = PYTHON_WAITS, files: Record<string, string> = {}): Shape => ({ what, files: { [name]: text, ...files }, command: ['PYTHON', name], needs: ['python3'] })

export const LOOK_ALIKES: readonly Shape[] = [
  // Names alone
  named('claude', 'a database called claude'),
  named('cursor', 'a program that sets cursor themes'),
  named('q', 'a program called q'),
  named('goose', 'a tool for database migrations called goose'),
  named('continue', 'a program called continue'),
  named('codex', 'a program for manuscripts called codex'),
  named('gemini', 'a browser for the Gemini protocol'),
  named('copilot', 'a deployment tool called copilot'),
  named('amp', 'an audio tool called amp'),
  named('pi', 'a program that computes pi'),
  named('crush', 'an image optimiser called crush'),
  named('aider', 'a first-aid program called aider'),
  named('jan', 'a program called jan'),
  script('claude.js', 'a script called claude'),
  script('gemini.js', 'a script called gemini'),
  python('aider.py', 'a Python script called aider'),
  python('agent.py', 'a monitoring agent called agent'),
  { what: 'a shell script called codex', files: { 'codex!': '#!/bin/sh\nsleep 600 &\nwait' }, command: ['HERE/codex'] },
  { what: 'a program whose process title says claude', files: { 't.js': "process.title = 'claude'; setInterval(() => {}, 1000)" }, command: ['NODE', 't.js'] },
  // Names in arguments, paths and text
  { what: 'grep for an agent', files: { 'log.txt': 'x' }, command: ['sh', '-c', 'tail -f log.txt | grep claude'] },
  { what: 'a pager on a transcript', files: { 'home/.claude/projects/a.jsonl': '{}' }, command: ['tail', '-f', 'HERE/home/.claude/projects/a.jsonl'], env: { HOME: 'HERE/home' } },
  { what: 'tail on the configuration of an agent', files: { 'home/.codex/config.toml': 'x = 1' }, command: ['tail', '-f', 'HERE/home/.codex/config.toml'], env: { HOME: 'HERE/home' } },
  { what: 'a watcher in the folder of an agent', files: { 'home/.gemini/settings.json': '{}', 'w.js': "require('fs').watch('HERE/home/.gemini', () => {}); require('fs').openSync('HERE/home/.gemini/settings.json')" }, command: ['NODE', 'w.js'], env: { HOME: 'HERE/home' } },
  { what: 'a backup of the folder of an agent', files: { 'home/.claude/x.json': '{}', 'b.py': `f = open("HERE/home/.claude/x.json")\n${PYTHON_WAITS}` }, command: ['PYTHON', 'b.py'], env: { HOME: 'HERE/home' }, needs: ['python3'] },
  { what: 'a build target with the name of an agent', command: ['sh', '-c', 'sleep 600; : make claude-code'] },
  { what: 'a commit message about an agent', command: ['sleep', '600'], env: { GIT_EDITOR: 'claude', MESSAGE: 'Add codex' } },
  { what: 'a client of a database named claude', files: { 'psql!': '#!/bin/sh\nsleep 600 & wait' }, command: ['HERE/psql', '-d', 'claude', '-U', 'codex'] },
  { what: 'a person in an editor on an agent script', files: { 'agent.py': 'import openai, subprocess\ntool_calls = 1', 'vim.sh': 'sleep 600 & wait' }, command: ['sh', 'vim.sh', 'agent.py'] },
  // Repositories of agents
  { what: 'the build of an agent, in its checkout', files: { 'package.json': '{"name":"@google/gemini-cli","bin":{"gemini":"bundle/gemini.js"}}', 'scripts/build.js': WAITS }, command: ['NODE', 'scripts/build.js'] },
  { what: 'a type checker in the checkout of an agent', files: { 'package.json': '{"name":"@openai/codex","bin":{"codex":"bin/codex.js"}}', 'node_modules/typescript/package.json': '{"name":"typescript","bin":{"tsc":"bin/tsc"}}', 'node_modules/typescript/bin/tsc': WAITS }, command: ['NODE', 'node_modules/typescript/bin/tsc', '--watch'] },
  { what: 'the installer of an agent', files: { 'node_modules/npm/package.json': '{"name":"npm","bin":{"npm":"bin/npm-cli.js"}}', 'node_modules/npm/bin/npm-cli.js': WAITS }, command: ['NODE', 'node_modules/npm/bin/npm-cli.js', 'install', '-g', '@anthropic-ai/claude-code'] },
  // Models, without anything that acts
  { what: 'a person with curl at a model', command: ['curl', '-s', 'MODEL/v1/messages', '-d', '{"model":"m","messages":[{"role":"user","content":"tool_use"}]}'], needs: ['curl'] },
  { what: 'a person with curl in a shell', command: ['bash', '-c', 'curl -s MODEL/v1/messages -d "{}"; true'], env: MODEL, needs: ['curl', 'bash'] },
  python('translate.py', 'a translator', 'import openai, sys, time\nclient = openai\nprint(client)\ntime.sleep(600)', { 'openai/__init__.py': '' }),
  { what: 'a batch of embeddings', files: { 'embed.py': 'import urllib.request, time, os\nurl = os.environ["OPENAI_BASE_URL"] + "/embeddings"\nfor line in ["a", "b"]:\n    print(line)\ntime.sleep(600)' }, command: ['PYTHON', 'embed.py'], env: MODEL, needs: ['python3'] },
  { what: 'one question to a model', files: { 'ask.mjs': "const r = await fetch(process.env.ANTHROPIC_BASE_URL + '/v1/messages', { method: 'POST', body: '{}' })\nconsole.log(await r.text())" }, command: ['NODE', 'ask.mjs'], env: { ANTHROPIC_BASE_URL: 'MODEL' } },
  { what: 'a price list of model providers', files: { 'prices.js': "const prices = { 'api.openai.com': 3, 'api.anthropic.com': 4 }\nsetInterval(() => prices, 1000)" }, command: ['NODE', 'prices.js'] },
  { what: 'a proxy that passes on requests to models', files: { 'proxy.js': "const http = require('http')\nhttp.createServer((q, r) => { if (q.url.startsWith('/v1/messages') || q.url.includes('/chat/completions')) http.request('http://127.0.0.1:9').on('error', () => r.end()).end() }).listen(0, '127.0.0.1')" }, command: ['NODE', 'proxy.js'] },
  { what: 'a stub of a model for tests', files: { 'stub.js': "require('http').createServer((q, r) => r.end(JSON.stringify({ content: [{ type: 'tool_use' }], choices: [{ message: { tool_calls: [] } }] }))).listen(0, '127.0.0.1') // /v1/messages" }, command: ['NODE', 'stub.js'] },
  { what: 'a web page that shows tool calls', files: { 'page.js': "const express = require('http')\nexpress.createServer((q, r) => r.end('<pre>tool_calls: ls</pre>')).listen(0, '127.0.0.1')" }, command: ['NODE', 'page.js'] },
  { what: 'an MCP server', files: { 'node_modules/@modelcontextprotocol/sdk/package.json': '{"name":"@modelcontextprotocol/sdk","exports":{"./server":"./s.js"}}', 'node_modules/@modelcontextprotocol/sdk/s.js': '', 'm.cjs': "require('@modelcontextprotocol/sdk/server')\nrequire('child_process')\nprocess.stdin.resume(); setInterval(() => {}, 1000)" }, command: ['NODE', 'm.cjs'] },
  { what: 'a model server', files: { 'ollama!': '#!/bin/sh\nsleep 600 & wait' }, command: ['HERE/ollama', 'serve'] },
  { what: 'a browser on a chat page', copies: { 'chromium/chrome': 'sleep' }, command: ['HERE/chromium/chrome', '600'], env: MODEL },
  { what: 'a process that an agent started', files: { 'test.js': WAITS }, command: ['NODE', 'test.js'], env: { CLAUDE_CODE_ENTRYPOINT: 'cli', CODEX_SANDBOX: 'x', GEMINI_CLI: '1', ...MODEL } },
  { what: 'a daemon that asks a model every second', files: { 'watchdog.mjs': "setInterval(() => fetch(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST', body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'what next?' }] }) }).then((r) => r.json()).then(console.log, () => {}), 1000)" }, command: ['NODE', 'watchdog.mjs'], env: MODEL },
  // Developers' tools
  { what: 'a language server', files: { 'node_modules/pyright/package.json': '{"name":"pyright","bin":{"pyright-langserver":"langserver.index.js"}}', 'node_modules/pyright/langserver.index.js': "require('child_process'); process.stdin.resume(); setInterval(() => {}, 1000)" }, command: ['NODE', 'node_modules/pyright/langserver.index.js', '--stdio'] },
  { what: 'a TypeScript server', files: { 'node_modules/typescript/package.json': '{"name":"typescript"}', 'node_modules/typescript/lib/tsserver.js': WAITS }, command: ['NODE', 'node_modules/typescript/lib/tsserver.js', '--useInferredProjectPerProjectRoot'] },
  { what: 'a linter on the code of an agent', files: { 'node_modules/eslint/package.json': '{"name":"eslint","bin":{"eslint":"bin/eslint.js"}}', 'node_modules/eslint/bin/eslint.js': WAITS, 'agent.js': "import OpenAI from 'openai'\nimport { exec } from 'node:child_process'\nwhile (true) exec(tool_calls)" }, command: ['NODE', 'node_modules/eslint/bin/eslint.js', 'agent.js'] },
  { what: 'a compiler on the code of an agent', files: { 'agent.py': 'import openai, subprocess\nwhile True: subprocess.run(tool_calls)', 'c.py': PYTHON_WAITS }, command: ['PYTHON', 'c.py', 'agent.py'], needs: ['python3'] },
  { what: 'a development server', files: { 'node_modules/vite/package.json': '{"name":"vite","bin":{"vite":"bin/vite.js"}}', 'node_modules/vite/bin/vite.js': "require('child_process'); require('http').createServer(() => {}).listen(0, '127.0.0.1')" }, command: ['NODE', 'node_modules/vite/bin/vite.js', '--host'] },
  { what: 'a runner of a CI service', files: { 'runner.js': "const { spawnSync } = require('child_process')\nconst poll = async () => { const job = await fetch('MODEL/api/jobs', { method: 'POST', body: '{}' }); spawnSync('sh', ['-c', (await job.json()).command]) }\nsetInterval(() => poll().catch(() => {}), 1000)" }, command: ['NODE', 'runner.js'], env: { CI: 'true', GITHUB_ACTIONS: 'true' } },
  { what: 'a job scheduler in Python', files: { 'jobs.py': 'import subprocess, time\nwhile True:\n    subprocess.run(["true"])\n    time.sleep(1)' }, command: ['PYTHON', 'jobs.py'], env: MODEL, needs: ['python3'] },
  { what: 'a chat bot for a messenger', files: { 'bot.mjs': "import { execSync } from 'node:child_process'\nsetInterval(() => fetch('MODEL/bot/getUpdates', { method: 'POST' }).then(async (r) => execSync('true'), () => {}), 1000)" }, command: ['NODE', 'bot.mjs'] },
  { what: 'a user agent string parser', files: { 'ua.js': "const agent = 'Mozilla/5.0 (agent)'\nsetInterval(() => agent, 1000)" }, command: ['NODE', 'ua.js'] },
  { what: 'an SSH agent', files: { 'ssh-agent!': '#!/bin/sh\nsleep 600 & wait' }, command: ['HERE/ssh-agent', '-D'] },
  { what: 'a web server with a contact form', files: { 's.js': "require('http').createServer((q, r) => r.end('messages, model, role')).listen(0, '127.0.0.1')" }, command: ['NODE', 's.js'] },
  { what: 'a train timetable with models and roles', files: { 'trains.py': 'import urllib.request, time\nmessages = []\nmodel = "ICE"\nrole = "driver"\nurl = "MODEL/trains"\ntime.sleep(600)' }, command: ['PYTHON', 'trains.py'], needs: ['python3'] },
  { what: 'a message queue consumer', files: { 'q.mjs': "const messages = []\nconst model = 'order', role = 'consumer'\nsetInterval(async () => { try { messages.push(await (await fetch('MODEL/queue', { method: 'POST', body: JSON.stringify({ model, role }) })).json()) } catch {} }, 500)" }, command: ['NODE', 'q.mjs'] },
  { what: 'notes about agents in comments', files: { 'todo.py': '# client = openai.OpenAI(); api.openai.com /v1/messages tool_calls subprocess\n"""\nimport openai\nfrom crewai import Agent\n"""\nimport time\nwhile True: time.sleep(1)' }, command: ['PYTHON', 'todo.py'], needs: ['python3'] },
  { what: 'a test of code that parses tool calls', files: { 'node_modules/mocha/package.json': '{"name":"mocha","bin":{"mocha":"bin/mocha.js"}}', 'node_modules/mocha/bin/mocha.js': WAITS, 'tool_calls.test.js': 'require("openai"); const tool_calls = []' }, command: ['NODE', 'node_modules/mocha/bin/mocha.js', 'tool_calls.test.js'] },
  { what: 'a shell with agents in its history', command: ['bash', '--norc', '-c', 'HISTFILE=/dev/null; sleep 600; true claude --dangerously-skip-permissions'], needs: ['bash'] },
  { what: 'a notebook server', files: { 'jupyter_server/__init__.py': '', 'jupyter_server/__main__.py': `import subprocess\n${PYTHON_WAITS}` }, command: ['PYTHON', '-m', 'jupyter_server'], env: MODEL, needs: ['python3'] },
  { what: 'a copy of Node under another name', files: { 'app.js': WAITS }, copies: { worker: 'NODE' }, command: ['HERE/worker', 'app.js'], env: MODEL },
  { what: 'a spell checker called llm', copies: { llm: 'sleep' }, command: ['HERE/llm', '600'] },
  { what: 'a conversation at the keyboard', files: { 'openai/__init__.py': '', 'chat.py': 'import openai\nwhile True:\n    question = input("> ")\n    print(openai.chat(question))\n' }, command: ['PYTHON', 'chat.py'], env: MODEL, needs: ['python3'] },
  { what: 'the backend of a chat page', files: { 'openai/__init__.py': '', 'fastapi/__init__.py': 'class FastAPI: pass', 'srv.py': 'import openai, time\nfrom fastapi import FastAPI\napp = FastAPI()\ndef ask(q): return openai.create(messages=[{"role": "user", "content": q}], model="m")\ntime.sleep(600)' }, command: ['PYTHON', 'srv.py'], env: MODEL, needs: ['python3'] },
  { what: 'a shell with words about models behind a command', command: ['sh', '-c', 'sleep 600; : openai api.openai.com tool_calls fetch'] },
  { what: 'a health check in a loop', files: { 'h.sh': 'while true; do curl -s -m 1 MODEL/health > /dev/null; bash -c true; sleep 1; done' }, command: ['bash', 'h.sh'], env: MODEL, needs: ['curl', 'bash'] },
  { what: 'a web server in the folder of an agent', files: { 'agent.py': 'import openai, subprocess\nwhile True: subprocess.run(tool_calls)' }, command: ['PYTHON', '-m', 'http.server', '0', '--bind', '127.0.0.1'], needs: ['python3'] },
  { what: 'an editor whose extensions ask no model', files: { '.vscode/extensions/github.copilot-1.2.3/package.json': '{}', 'host.js': WAITS }, copies: { code: 'NODE' }, command: ['HERE/code', 'host.js', '--type=extensionHost'], env: { HOME: 'HERE' } },
]
