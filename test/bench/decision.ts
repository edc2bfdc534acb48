import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type * as Cedar from '@cedar-policy/cedar-wasm/nodejs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newEnforcer, newModel, StringAdapter } from 'casbin'
import { loadShipped } from '../../electron/broker/policy-files.ts'
import { canonicalPath, realWorld } from '../../electron/broker/real-world.ts'
import type { Call } from '../../electron/contract/call.ts'
import { effectsOf } from '../../electron/effects/effects-of.ts'
import { compile, type CompiledPolicy } from '../../electron/policy/compile.ts'
import { decide } from '../../electron/policy/decide.ts'
import { parsePolicy } from '../../electron/policy/parse.ts'
import { resolvePolicy } from '../../electron/policy/resolve.ts'
import { figure, quantile, sample, type Figure } from './figures.ts'

/** The same neutral rules for every engine: half commands, half folders; 10 % deny, 20 % ask. */
interface NeutralRule {
  kind: 'command' | 'path'
  text: string
  verdict: 'allow' | 'ask' | 'deny'
}

function neutralRules(count: number, folder: string): NeutralRule[] {
  const verdict = (at: number) => (at % 10 === 9 ? 'deny' : at % 5 === 3 ? 'ask' : 'allow')
  return Array.from({ length: count / 2 }, (_, at) => at).flatMap((at): NeutralRule[] => [
    { kind: 'command', text: `tool${at} sub${at % 7}`, verdict: verdict(at) },
    { kind: 'path', text: `${folder}/pkg${at}`, verdict: verdict(at) },
  ])
}

const PATTERNS = 100
const SAMPLES = 20_000

/** Decisions of Paddock beside Cedar (WASM) and node-casbin, with 100 rules; and with 10 and 10,000 rules. */
export async function measureDecisions(): Promise<Figure[]> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'paddock-bench-')))
  try {
    for (let at = 0; at < PATTERNS / 2; at++) {
      mkdirSync(join(folder, `pkg${at}/src`), { recursive: true })
      writeFileSync(join(folder, `pkg${at}/src/file.ts`), '')
    }
    const rules = neutralRules(PATTERNS, folder)
    const paths = Array.from({ length: 100 }, (_, at) => `${folder}/pkg${(at * 37) % 75}/src/file.ts`)
    const commands = Array.from({ length: 100 }, (_, at) => `tool${(at * 37) % 75} sub${((at * 37) % 75) % 7} --flag ${at}`)
    const ours = engine(rules, folder)
    const cedar = cedarEngine(rules)
    const casbin = await casbinEngine(rules)

    const file = await sample(SAMPLES, 5000, (at) => ours({ tool: 'write', path: paths[at % 100]! }))
    const fetch = await sample(SAMPLES, 5000, (at) => ours({ tool: 'fetch', url: `https://api${at % 50}.example.com/v1/items?page=2`, method: 'GET' }))
    const cedarFile = await sample(SAMPLES / 4, 1000, (at) => cedar('path', paths[at % 100]!))
    const shell = await sample(SAMPLES, 5000, (at) => ours({ tool: 'shell', command: TYPICAL[at % TYPICAL.length]! }))
    const simple = await sample(SAMPLES, 5000, (at) => ours({ tool: 'shell', command: commands[at % 100]! }))
    const times = quantile(cedarFile, 0.5) / quantile(file, 0.5)
    return [
      { ...figure('file call: effects, links resolved, decision', file), target: { text: '<= 10 us', reached: quantile(file, 0.5) <= 10 } },
      { ...figure('network call: effects and decision', fetch), target: { text: '<= 10 us', reached: quantile(fetch, 0.5) <= 10 } },
      { ...figure('Cedar WASM, the same file question', cedarFile), target: { text: `Paddock ${times.toFixed(0)} times faster, >= 20`, reached: times >= 20 } },
      { ...figure('typical shell command: parsed, effects, decision', shell), target: { text: 'p50 <= 40 us, p99 <= 300 us', reached: quantile(shell, 0.5) <= 40 && quantile(shell, 0.99) <= 300 } },
      figure('recursive search: 100 folders looked through for secrets', await sample(1000, 100, () => ours({ tool: 'shell', command: 'grep -rn createServer . | head' }))),
      figure('one-program command of the neutral rules', simple),
      figure('Cedar WASM, text comparison of that command', await sample(SAMPLES / 4, 1000, (at) => cedar('command', commands[at % 100]!))),
      figure('node-casbin, text comparison of that command', await sample(SAMPLES / 4, 1000, (at) => casbin('command', commands[at % 100]!))),
      ...(await growth(folder, commands)),
      ...(await lengths(ours)),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What coding agents really send: commands of 30 to 120 characters with pipes, redirections and lists. */
const TYPICAL = [
  'git status --short && git diff --stat',
  'npm test -- --run src/parser.test.ts 2>&1 | tail -40',
  'grep -rn "createServer" --include="*.ts" src | head -20',
  'cd packages/core && npx tsc --noEmit -p tsconfig.json',
  'find . -name "*.test.ts" -not -path "*/node_modules/*" | wc -l',
  'sed -n 1,120p src/index.ts',
  'mkdir -p build && cp -r assets build/assets && ls -la build',
  'python3 -m pytest tests/unit -x -q',
]

async function growth(folder: string, commands: readonly string[]): Promise<Figure[]> {
  const few = engine(neutralRules(10, folder), folder)
  const many = engine(neutralRules(10_000, folder), folder)
  const withFew = await sample(SAMPLES, 5000, (at) => few({ tool: 'shell', command: commands[at % 100]! }))
  const withMany = await sample(SAMPLES, 5000, (at) => many({ tool: 'shell', command: commands[at % 100]! }))
  const ratio = quantile(withMany, 0.5) / quantile(withFew, 0.5)
  return [
    figure('the same command with 10 rules', withFew),
    { ...figure('the same command with 10,000 rules', withMany), target: { text: `${ratio.toFixed(2)} times that, <= 1.5`, reached: ratio <= 1.5 } },
  ]
}

/** The cost per character must not grow with the length, and what is too long or too deep must be answered at once. */
async function lengths(ours: (call: Call) => string): Promise<Figure[]> {
  const list = (count: number): string => Array.from({ length: count }, (_, at) => `echo word${at} > out${at % 7}.txt`).join(' && ')
  const [short, long] = [list(50), list(500)]
  const shortTimes = await sample(400, 50, () => ours({ tool: 'shell', command: short }))
  const longTimes = await sample(200, 20, () => ours({ tool: 'shell', command: long }))
  const ratio = quantile(longTimes, 0.5) / quantile(shortTimes, 0.5) / (long.length / short.length)
  const hostile = ['$('.repeat(500_000), `echo ${'a'.repeat(1_000_000)}`, '{a,b}'.repeat(200_000), `cat ${'../'.repeat(330_000)}x`, '`'.repeat(1_000_000)]
  const hostileTimes = await sample(50, 5, (at) => ours({ tool: 'shell', command: hostile[at % hostile.length]! }))
  const worst = hostileTimes.at(-1)! / 1000
  return [
    figure(`a list of 50 commands, ${short.length} characters`, shortTimes),
    { ...figure(`a list of 500 commands, ${long.length} characters`, longTimes), target: { text: `${ratio.toFixed(2)} times the cost per character, <= 1.5`, reached: ratio <= 1.5 } },
    { ...figure('hostile commands of 1 MB', hostileTimes), target: { text: `worst ${worst.toFixed(1)} ms, <= 100`, reached: worst <= 100 } },
  ]
}

/** Paddock from call to verdict: what the broker does, without its journal. */
function engine(rules: readonly NeutralRule[], folder: string): (call: Call) => string {
  const shipped = loadShipped(join(import.meta.dirname, '../../policies'))
  if (!shipped.ok) throw new Error(shipped.error.join('\n'))
  const { knowledge } = shipped.value
  const workspace = canonicalPath(folder)
  const world = realWorld(canonicalPath('/home'))
  const policy = ourPolicy(rules, folder)
  return (call) => decide(effectsOf(call, { cwd: workspace, workspace, world, knowledge }), policy).verdict
}

function ourPolicy(rules: readonly NeutralRule[], folder: string): CompiledPolicy {
  const lists = (kind: NeutralRule['kind'], end: string): string =>
    ['allow', 'ask', 'deny'].map((verdict) => `${verdict}: ${JSON.stringify(rules.filter((rule) => rule.kind === kind && rule.verdict === verdict).map(({ text }) => text + end))}`).join(', ')
  const text = `paddock: 1\nname: bench\nfiles: { write: { ${lists('path', '/**')} } }\ncommands: { ${lists('command', ' *')} }\nnetwork: { allow: ["*.example.com:443"] }\n`
  const parsed = parsePolicy(text, 'bench.yaml')
  const policy = parsed.ok ? resolvePolicy(parsed.value, 'user', []) : parsed
  if (!policy.ok) throw new Error(JSON.stringify(policy.error))
  const none: string[] = []
  return compile([policy.value], { workspace: folder, home: '/home', tmp: '/tmp', secrets: none, paddock: none, 'paddock-state': none, 'agent-settings': none, registries: none }, false)
}

type Peer = (kind: NeutralRule['kind'], text: string) => unknown

/** Cedar knows no "ask": those rules become permits, which is the cheaper reading for it. */
function cedarEngine(rules: readonly NeutralRule[]): Peer {
  const cedar = createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as typeof Cedar
  const staticPolicies = Object.fromEntries(
    rules.map(({ kind, text, verdict }, at) => [
      `p${at}`,
      `${verdict === 'deny' ? 'forbid' : 'permit'}(principal, action, resource) when { context.${kind} like "${text}${kind === 'path' ? '/' : ' '}*" };`,
    ]),
  )
  const parsed = cedar.preparsePolicySet('bench', { staticPolicies })
  if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed))
  const fixed = { entities: [], preparsedPolicySetId: 'bench', validateRequest: false }
  return (kind, text) =>
    cedar.statefulIsAuthorized({
      principal: { type: 'Agent', id: 'a' },
      action: { type: 'Action', id: kind },
      resource: { type: 'Tool', id: kind },
      context: { command: kind === 'command' ? text : '', path: kind === 'path' ? text : '' },
      ...fixed,
    })
}

async function casbinEngine(rules: readonly NeutralRule[]): Promise<Peer> {
  const model = newModel(`
[request_definition]
r = kind, obj
[policy_definition]
p = kind, obj, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = r.kind == p.kind && keyMatch(r.obj, p.obj)`)
  const lines = rules.map(({ kind, text, verdict }) => `p, ${kind}, ${text}${kind === 'path' ? '/' : ' '}*, ${verdict === 'allow' ? 'allow' : 'deny'}`)
  const enforcer = await newEnforcer(model, new StringAdapter(lines.join('\n')))
  return (kind, text) => enforcer.enforceSync(kind, text)
}
