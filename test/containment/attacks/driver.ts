import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

// The agent: starts each attack as a process of its own, some at a time, and keeps what it prints in a file of the workspace.

const [targets = '', results = ''] = process.argv.slice(2)
const all = JSON.parse(readFileSync(targets, 'utf8')) as Record<string, { scratch: string }>
const names = Object.keys(all)
const AT_A_TIME = 3
const PATIENCE = 15_000

function attack(name: string): Promise<void> {
  return new Promise((resolve) => {
    // A process group of its own, so that signals to a group stay with it.
    const child = spawn(process.execPath, [join(import.meta.dirname, 'inside.ts'), targets, name, String(process.ppid)], { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const output: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
    const late = setTimeout(() => {
      output.push(Buffer.from('\n#late\n'))
      child.kill('SIGKILL')
      finish()
    }, PATIENCE)
    const finish = (signal?: string | null): void => {
      clearTimeout(late)
      if (signal) output.push(Buffer.from(`\n#killed ${signal}\n`))
      writeFileSync(join(results, basename(all[name]!.scratch)), Buffer.concat(output))
      resolve()
    }
    child.on('exit', (_, signal) => setTimeout(() => finish(signal), 20))
  })
}

const next = async (): Promise<void> => {
  for (let name = names.shift(); name !== undefined; name = names.shift()) await attack(name)
}
await Promise.all(Array.from({ length: AT_A_TIME }, next))
process.exit(0)
