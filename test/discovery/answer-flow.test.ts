import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerFlow } from '../../electron/discovery/code/answer-flow.ts'
import { shippedKnowledge } from './look.ts'

const { code } = shippedKnowledge('/nowhere').catalogue
const flow = (text: string, libraries: readonly string[] = ['openai']): string | undefined => answerFlow(text, code, { libraries, variables: ['OPENAI_BASE_URL'], anything: false })

test.for([
  { what: 'through a variable', text: "import OpenAI from 'openai'\nconst client = new OpenAI()\nconst reply = await client.chat.completions.create({})\nconst { command } = JSON.parse(reply.choices[0].message.content)\nexecSync(command)", call: 'execSync' },
  { what: 'through a method and its result', text: 'from openai import OpenAI\nclass Bot:\n    def ask(self, text):\n        out = OpenAI().responses.create(input=text)\n        return out.output_text\n    def go(self):\n        line = self.ask("next?")\n        subprocess.run(line, shell=True)\n', call: 'subprocess.run' },
  { what: 'through a parameter', text: "const ask = async (q) => (await fetch(process.env.OPENAI_BASE_URL, { body: q })).json()\nfunction carryOut(step) { spawnSync('sh', ['-c', step.cmd]) }\nask('x').then((answer) => carryOut(answer))", call: 'spawnSync' },
  { what: 'through a list', text: 'import openai\nsteps = []\nfor chunk in openai.create(stream=True):\n    steps.append(chunk.text)\nfor step in steps:\n    os.system(step)\n', call: 'os.system' },
  { what: 'by name', text: "import OpenAI from 'openai'\nconst plan = await new OpenAI().create()\nconst { name, args } = JSON.parse(plan.text)\nactions[name](args)", call: 'actions[name]' },
  { what: 'into the path of a file', text: 'import openai, json\nplan = json.loads(openai.create().text)\nfor part in plan:\n    with open(part["path"], "w") as out:\n        out.write(part["text"])\n', call: 'open' },
  { what: 'into another runtime', text: "import OpenAI from 'npm:openai'\nconst out = await new OpenAI().responses.create({})\nawait new Deno.Command('sh', { args: ['-c', out.output_text] }).output()", call: 'Deno.Command' },
  { what: 'into a shell', text: 'reply=$(curl -s "$OPENAI_BASE_URL/x")\nnext=$(echo "$reply" | tail -1)\neval "$next"\n', call: 'eval' },
])('an answer that is acted on is followed $what', ({ text, call }) => expect(flow(text)).toBe(call))

test.for([
  { what: 'prints it', text: 'import openai\nreply = openai.create()\nprint(reply.text)\n' },
  { what: 'runs something else', text: 'import openai, subprocess\nfor name in files:\n    sound = subprocess.run(["ffmpeg", "-i", name, "x.wav"])\n    reply = openai.transcribe(open("x.wav", "rb"))\n    print(reply)\n' },
  { what: 'writes it to a file of its own', text: "import OpenAI from 'openai'\nconst text = await new OpenAI().create()\nwriteFileSync('summary.md', text)" },
  { what: 'searches it', text: "import OpenAI from 'openai'\nconst text = await new OpenAI().create()\nconst found = /score: (.*)/.exec(text)" },
  { what: 'gives it to a program as a word', text: 'import openai, subprocess\nsubprocess.run(["espeak", str(openai.create())])\n' },
  { what: 'asks by a program', text: 'curl -s "$OPENAI_BASE_URL/chat/completions" > out\nbash -c "curl -s $OPENAI_BASE_URL/x"\n' },
])('a program that $what does not act on it', ({ text }) => expect(flow(text)).toBe(undefined))

test('whatever a text holds, following it neither fails nor takes long', () => {
  const bits = fc.constantFrom('import x from "openai"', 'const', 'a', '=', '(', ')', '{', '}', '[', ']', ',', '\n', '=>', 'for', 'in', 'exec(', '.', ' ', ';', 'openai', '"', '\\', 'return', 'x'.repeat(5000))
  fc.assert(fc.property(fc.array(bits, { maxLength: 300 }), (parts) => {
    const call = flow(parts.join(''))
    expect(call === undefined || call.length > 0).toBe(true)
  }))
})
