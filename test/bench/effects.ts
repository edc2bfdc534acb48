/**
 * What it costs to say what a call would do. Run by hand: `node test/bench/effects.ts`. The file system is made up, so
 * the cost of asking the real one comes on top (one `canonical` a path).
 */
import type { Call } from '../../electron/contract/call.ts'
import type { AbsolutePath } from '../../electron/contract/ids.ts'
import { effectsOf } from '../../electron/effects/effects-of.ts'
import { parseKnowledge } from '../../electron/effects/knowledge.ts'
import { madeUpWorld } from '../support/made-up-world.ts'
import { knowledgeFiles, shippedKnowledge as knowledge } from '../support/shipped-knowledge.ts'

const shell = (command: string): Call => ({ tool: 'shell', command })
const TYPICAL = [
  'git status', 'ls -la src', 'npm test', "grep -rn 'useState' src --include=*.tsx", "nl -ba src/app.py | sed -n '120,180p'",
  "sed -i 's/foo/bar/g' src/app.py", 'cat package.json | head -40', 'python -m pytest tests/test_app.py -q',
  "cat <<'EOF' > notes.md\nsome text\nEOF", 'git add -A && git commit -m "Fix the tests"', 'find . -name "*.py" -not -path "./.venv/*"',
  'cd packages/core && npm run build 2>&1 | tail -20', 'rm -f reproduce.py check.py', 'rg -n "class Foo" -g "*.ts" src | head',
  'mkdir -p out && cp src/a.py out/', 'curl -s https://api.example.com/v1/items?page=2 | jq .items',
].map(shell)
const CASES: Record<string, Call[]> = {
  'typical shell command': TYPICAL,
  'read of a file': [{ tool: 'read', path: 'src/app.py' }],
  'fetch': [{ tool: 'fetch', url: 'https://api.example.com/v1/items' }],
  'script of 1,000 lines': [shell('cat src/app.py | grep x > out.txt\n'.repeat(1000))],
  'hostile nesting': [shell('$('.repeat(30_000)), shell(`echo ${'{a,b}'.repeat(500)}`)],
}

const world = madeUpWorld({ files: { '/w/package.json': '{}', '/w/src/app.py': '', '/w/packages/core/package.json': '{}', '/w/.git/config': '' } })
const around = { cwd: '/w' as AbsolutePath, workspace: '/w' as AbsolutePath, world, knowledge }

for (const [name, calls] of Object.entries(CASES)) {
  const rounds = name.startsWith('script') || name.startsWith('hostile') ? 30 : 30_000
  const times: number[] = []
  for (let round = 0; round < rounds * 1.3; round += 1) {
    const call = calls[round % calls.length]!
    const start = performance.now()
    effectsOf(call, around)
    if (round > rounds * 0.3) times.push((performance.now() - start) * 1000)
  }
  times.sort((a, b) => a - b)
  const at = (share: number): string => times[Math.floor(times.length * share)]!.toFixed(1).padStart(9)
  console.log(`${name.padEnd(24)} p50 ${at(0.5)} us   p99 ${at(0.99)} us`)
}
const start = performance.now()
for (let round = 0; round < 5; round += 1) parseKnowledge(knowledgeFiles)
console.log(`knowledge of ${knowledge.programs.size} programs: ${((performance.now() - start) / 5).toFixed(0)} ms to parse`)
