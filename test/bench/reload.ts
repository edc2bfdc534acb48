import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { foldersOf, userPolicies } from '../../electron/broker/folders.ts'
import { PolicyStore } from '../../electron/broker/policy-store.ts'
import { AbsolutePath, AgentId } from '../../electron/contract/ids.ts'
import { figure, quantile, type Figure } from './figures.ts'

const SAVES = 100

/** From the return of the rename that saves a file to the first decision under it, while calls are decided all the time. */
export async function measureReload(): Promise<Figure[]> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'paddock-bench-')))
  const folders = foldersOf({ PADDOCK_HOME: join(root, 'paddock'), HOME: root })
  mkdirSync(userPolicies(folders), { recursive: true })
  const file = join(userPolicies(folders), 'mine.yaml')
  const save = (number: number): void => {
    writeFileSync(`${file}.draft`, policyText(number))
    renameSync(`${file}.draft`, file)
  }
  save(0)
  const opened = PolicyStore.open(folders, { guardedFiles: [] })
  if (!opened.ok) throw new Error(opened.error)
  const store = opened.value
  const subject = { agent: AgentId.parse('claude-code'), workspace: AbsolutePath.parse(root) }
  const inForce = (number: number): boolean => store.inForce.decide([{ kind: 'exec', program: `tool${number}`, args: [] }], subject).verdict === 'allow'
  try {
    const times: number[] = []
    for (let number = 1; number <= SAVES; number++) {
      save(number)
      const start = performance.now()
      while (!inForce(number)) await new Promise(setImmediate)
      times.push((performance.now() - start) * 1000)
    }
    const sorted = Float64Array.from(times).toSorted()
    const p99 = quantile(sorted, 0.99) / 1000
    return [
      { ...figure('200 rules, under constant load', sorted, 'ms'), target: { text: 'p99 <= 250 ms', reached: p99 <= 250 } },
      figure('fs.watch alone hears of the file', await watchAlone(root), 'ms'),
    ]
  } finally {
    store.close()
    rmSync(root, { recursive: true, force: true })
  }
}

function policyText(number: number): string {
  const rules = Array.from({ length: 200 }, (_, at) => `"other${at} *"`)
  return `paddock: 1\nname: mine\nextends: [coding]\nmatch: { agents: [claude-code] }\ncommands: { allow: [tool${number}, ${rules.join(', ')}] }\n`
}

/** The peer: how soon the operating system tells of a changed file at all. */
async function watchAlone(folder: string): Promise<Float64Array> {
  const times: number[] = []
  for (let at = 0; at < 30; at++) {
    const heard = new Promise<void>((resolve) => {
      const watcher = watch(folder, () => {
        watcher.close()
        resolve()
      })
    })
    await new Promise(setImmediate)
    const start = performance.now()
    writeFileSync(join(folder, 'watched'), String(at))
    await heard
    times.push((performance.now() - start) * 1000)
  }
  return Float64Array.from(times).toSorted()
}
