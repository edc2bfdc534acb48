import type { Shape } from './world.ts'

// A second set that detection was not written for: each shape was put here before it was run for the first time.
const MODEL = { OPENAI_BASE_URL: 'MODEL/v1', ANTHROPIC_BASE_URL: 'MODEL', OPENAI_API_KEY: 'none' }
const WAIT = 'setInterval(() => {}, 1000)'

/** A stand-in for the library: every method waits for the model. */
const OPENAI_PY = "import os, urllib.request\nclass _Any:\n    def __getattr__(self, name): return self\n    def __call__(self, *a, **k):\n        if k: urllib.request.urlopen(os.environ['OPENAI_BASE_URL'] + '/chat/completions', b'{}')\n        return self\nOpenAI = AsyncOpenAI = _Any()\nchat = _Any()\n"
const OPENAI_JS = { 'node_modules/openai/package.json': '{"name":"openai","version":"6.0.0","main":"index.js"}', 'node_modules/openai/index.js': "const ask = () => fetch(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST', body: '{}' }).then((r) => r.json())\nmodule.exports = class { constructor() { this.chat = { completions: { create: ask } }; this.responses = { create: ask } } }" }
const python = (what: string, code: string, more: Record<string, string> = {}, agent?: string): Shape => ({ what, files: { 'openai/__init__.py': OPENAI_PY, 'job.py': code, ...more }, command: ['PYTHON', 'job.py'], env: MODEL, needs: ['python3'], ...(agent && { agent }) })
const node = (what: string, code: string, more: Record<string, string> = {}, agent?: string): Shape => ({ what, files: { ...OPENAI_JS, 'job.cjs': code, ...more }, command: ['NODE', 'job.cjs'], env: MODEL, ...(agent && { agent }) })

const ASYNC_CLASS = `import asyncio, json
from openai import AsyncOpenAI
class Worker:
    def __init__(self):
        self.llm = AsyncOpenAI()
    async def think(self, goal):
        reply = await asyncio.to_thread(self.llm.chat.completions.create, model="m", messages=[{"role": "user", "content": goal}])
        return json.loads(reply.choices[0].message.content)
    async def act(self, plan):
        for step in plan["steps"]:
            p = await asyncio.create_subprocess_exec("bash", "-lc", step)
            await p.wait()
    async def run(self):
        while True:
            plan = await self.think("next")
            await self.act(plan)
asyncio.run(Worker().run())
`
const NOTEBOOK = JSON.stringify({ cells: [{ cell_type: 'code', source: ['from openai import OpenAI'] }], metadata: {}, nbformat: 4, nbformat_minor: 5 })

export const FURTHER_AGENTS: readonly Shape[] = [
  python('a class with methods on asyncio', ASYNC_CLASS, {}, 'custom'),
  node('a switch over what the model wants done', `const OpenAI = require('openai')
const fs = require('node:fs')
const client = new OpenAI()
async function main() {
  for (;;) {
    const r = await client.responses.create({ model: 'm', input: 'Answer in JSON {op,path,body}' })
    const step = JSON.parse(r.output_text)
    switch (step.op) {
      case 'write': fs.writeFileSync(step.path, step.body); break
      case 'delete': fs.rmSync(step.path); break
    }
  }
}
main()`, {}, 'custom'),
  node('a table of tools that is called by name', `const OpenAI = require('openai')
const tools = { read: (p) => require('fs').readFileSync(p), list: (p) => require('fs').readdirSync(p) }
const client = new OpenAI()
async function turn(history) {
  const r = await client.chat.completions.create({ model: 'm', messages: history })
  const { tool, argument } = JSON.parse(r.choices[0].message.content)
  const result = await tools[tool](argument)
  return turn([...history, { role: 'user', content: String(result) }])
}
turn([])`, {}, 'custom'),
  python('an evaluation of Python that a model writes', 'import re, openai\nmessages = []\nwhile True:\n    text = openai.chat.completions.create(model="m", messages=messages).choices[0].message.content\n    block = re.search(r"```python(.*?)```", text, re.S)\n    exec(block.group(1))\n', {}, 'custom'),
  { what: 'a job of cron behind flock and timeout', files: { 'openai/__init__.py': OPENAI_PY, 'nightly.py': 'import subprocess\nfrom openai import OpenAI\nanswer = OpenAI().chat.completions.create(model="m", messages=[])\nfor line in answer.choices[0].message.content.splitlines():\n    subprocess.check_call(line, shell=True)\n' }, command: ['sh', '-c', 'flock lock timeout 600 PYTHON nightly.py; true'], env: MODEL, needs: ['python3', 'flock', 'timeout'], agent: 'custom' },
  { what: 'a notebook kernel that a model drives', files: { 'openai/__init__.py': OPENAI_PY, 'n.ipynb': NOTEBOOK, 'launcher.py': 'from openai import OpenAI\nclass Shell:\n    def run_cell(self, code): exec(code)\nshell = Shell()\nclient = OpenAI()\nwhile True:\n    cell = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "next cell"}])\n    shell.run_cell(cell.choices[0].message.content)\n' }, command: ['PYTHON', '-Xfrozen_modules=off', 'launcher.py', '-f', 'n.ipynb'], env: MODEL, needs: ['python3'], agent: 'custom' },
  { what: 'an agent as an ES module with a thread for each task', files: { ...OPENAI_JS, 'main.mjs': "import { Worker } from 'node:worker_threads'\nnew Worker(new URL('./task.cjs', import.meta.url))", 'task.cjs': "const OpenAI = require('openai'); const { exec } = require('child_process')\nconst ask = () => new OpenAI().responses.create({ model: 'm' }).then((r) => exec(r.output_text, ask))\nask()" }, command: ['NODE', 'main.mjs'], env: MODEL, agent: 'custom' },
  { what: 'a web service that lets a model act on requests', files: { ...OPENAI_JS, 'service.cjs': "const http = require('http'); const OpenAI = require('openai'); const { spawn } = require('child_process')\nconst ai = new OpenAI()\nhttp.createServer(async (q, s) => { const r = await ai.chat.completions.create({ model: 'm', messages: [] }); const cmd = r.choices[0].message.content; const p = spawn('bash', ['-c', cmd]); p.stdout.pipe(s) }).listen(0, '127.0.0.1')\nai.responses.create({})\nsetInterval(() => {}, 1000)" }, command: ['NODE', 'service.cjs'], env: MODEL, agent: 'custom' },
  { what: 'an agent on CrewAI that poetry starts', files: { 'crewai/__init__.py': 'class Agent:\n    def __init__(self, **k): pass\nCrew = Task = Agent\n', 'crew/__init__.py': '', 'crew/main.py': 'import time\nfrom crewai import Agent, Crew, Task\ncrew = Crew(agents=[Agent(role="x")])\nwhile True: time.sleep(1)\n' }, command: ['PYTHON', '-m', 'crew.main'], env: MODEL, needs: ['python3'], agent: 'crewai' },
  { what: 'a Ruby agent', files: { 'a.rb': "require 'net/http'\nrequire 'json'\nuri = URI(ENV['OPENAI_BASE_URL'] + '/chat/completions')\nloop do\n  reply = JSON.parse(Net::HTTP.post(uri, '{}').body)\n  command = reply['choices'][0]['message']['content']\n  system(command)\nend\n" }, command: ['ruby', 'a.rb'], env: MODEL, needs: ['ruby'], agent: 'custom' },
]

export const FURTHER_LOOK_ALIKES: readonly Shape[] = [
  python('a search over documents with a web page', 'import http.server\nfrom openai import OpenAI\nclient = OpenAI()\nclass Page(http.server.BaseHTTPRequestHandler):\n    def do_POST(self):\n        passages = "\\n".join(open(p).read() for p in ["a.txt"])\n        reply = client.chat.completions.create(model="m", messages=[{"role": "user", "content": passages}])\n        self.wfile.write(reply.choices[0].message.content.encode())\nhttp.server.HTTPServer(("127.0.0.1", 0), Page).serve_forever()\n'),
  python('an evaluation of answers', 'import time\nfrom openai import OpenAI\ncases = [("2+2", "4")]\nclient = OpenAI()\nwhile True:\n    scores = []\n    for question, expected in cases:\n        answer = client.chat.completions.create(model="m", messages=[{"role": "user", "content": question}])\n        scores.append(expected in str(answer))\n    open("scores.json", "w").write(str(scores))\n    time.sleep(1)\n'),
  python('minutes of meetings with a converter', 'import subprocess, time, glob\nfrom openai import OpenAI\nclient = OpenAI()\nwhile True:\n    for sound in glob.glob("*.mp4") + ["x.mp4"]:\n        subprocess.run(["true", "-i", sound, "out.wav"])\n        text = client.chat.completions.create(model="m", messages=[])\n        with open(sound + ".txt", "w") as out:\n            out.write(str(text))\n    time.sleep(1)\n'),
  node('a chat page', `const http = require('http'); const OpenAI = require('openai')
const ai = new OpenAI()
http.createServer(async (q, s) => { const r = await ai.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: q.url }], stream: true }); for await (const part of r) s.write(part.choices[0].delta.content); s.end() }).listen(0, '127.0.0.1')
ai.responses.create({})`),
  node('a bot that writes release notes', `const { execSync } = require('child_process'); const OpenAI = require('openai'); const fs = require('fs')
async function notes() {
  const log = execSync('echo fix: x').toString()
  const r = await new OpenAI().chat.completions.create({ model: 'm', messages: [{ role: 'user', content: log }] })
  fs.writeFileSync('NOTES.md', r.choices[0].message.content)
}
setInterval(notes, 1000)`),
  node('a classifier of mail', `const OpenAI = require('openai'); const ai = new OpenAI()
const folders = { spam: [], work: [] }
async function sort(mail) { const r = await ai.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: mail }] }); const label = /spam/.exec(r.choices[0].message.content) ? 'spam' : 'work'; folders[label].push(mail) }
setInterval(() => sort('hello'), 1000)`),
  node('an MCP server that asks a model for summaries', `const OpenAI = require('openai'); require('@modelcontextprotocol/sdk/server')
const ai = new OpenAI()
process.stdin.resume(); ai.responses.create({}); setInterval(() => {}, 1000)`, { 'node_modules/@modelcontextprotocol/sdk/package.json': '{"name":"@modelcontextprotocol/sdk","exports":{"./server":"./s.js"}}', 'node_modules/@modelcontextprotocol/sdk/s.js': '' }),
  { what: 'a hook of a repository that asks for a commit message', files: { 'openai/__init__.py': OPENAI_PY, 'hook.py': 'import subprocess, sys\nfrom openai import OpenAI\ndiff = subprocess.check_output(["echo", "diff"])\nmessage = OpenAI().chat.completions.create(model="m", messages=[{"role": "user", "content": str(diff)}])\nopen("COMMIT_MSG", "w").write(str(message))\n' }, command: ['sh', '-c', 'PYTHON hook.py; true'], env: MODEL, needs: ['python3'] },
  { what: 'a gateway that counts tokens', files: { 'gate.mjs': "import { createServer } from 'node:http'\ncreateServer(async (q, s) => { const r = await fetch(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST', body: '{}' }); const { usage } = await r.json(); s.end(String(usage.total_tokens)) }).listen(0, '127.0.0.1')\nsetInterval(() => fetch(process.env.OPENAI_BASE_URL + '/chat/completions', { method: 'POST', body: '{}' }).catch(() => {}), 900)" }, command: ['NODE', 'gate.mjs'], env: MODEL },
  { what: 'a language server that completes lines', files: { ...OPENAI_JS, 'lsp.cjs': `const OpenAI = require('openai'); const ai = new OpenAI(); const { spawn } = require('child_process')\nspawn('sleep', ['600'])\nprocess.stdin.on('data', async (d) => { const r = await ai.responses.create({ model: 'm', input: String(d) }); process.stdout.write(r.output_text) })\nai.responses.create({})\n${WAIT}` }, command: ['NODE', 'lsp.cjs', '--stdio'], env: MODEL },
]
