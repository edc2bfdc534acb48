import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ContainedMachine } from '../contained-machine.ts'
import type { Outcome } from './judge.ts'
import { manyOpensElf } from './machine-code.ts'
import { moveFolders } from './moving.ts'
import { steerGit } from './steering.ts'

/** An attack that ends a run, or needs a machine of its own. */
export interface Lifetime {
  name: string
  group: string
  run(): Promise<Outcome>
}

const TOKEN = 'token-that-stays-outside'
/** How long what is left may take to go, in milliseconds. */
const PATIENCE = 8000
const MANY = 10_000
const CLI = join(import.meta.dirname, '../../../electron/cli/paddock.ts')

/** Programs that leave their parents, forget their environment, and try again and again what a person has not allowed. */
const SURVIVORS = `for n in 1 2 3; do (setsid sh -c 'env -i sh -c "while :; do cat ../outside.txt >> stolen; sleep 0.2; done"' &); done
  (setsid sh -c 'while :; do cat ../outside.txt >> stolen; sleep 0.2; done' &)
  cat ../outside.txt >> stolen; echo started > started; sleep 60`

function lifetime(name: string, attack: (machine: ContainedMachine) => Promise<string | undefined>, isServed = true): Lifetime {
  const group = 'lifetime'
  return {
    name,
    group,
    async run() {
      const machine = new ContainedMachine()
      machine.write('outside.txt', TOKEN)
      try {
        if (isServed) await machine.start()
        const wrong = await attack(machine)
        return { name, group, outcome: wrong === undefined ? 'refused' : 'ESCAPED', detail: wrong ?? '' }
      } catch (error) {
        return { name, group, outcome: 'error', detail: String((error as Error).stack) }
      } finally {
        await machine.close()
      }
    },
  }
}

export const lifetimes: readonly Lifetime[] = [
  lifetime('git is steered by variables', steerGit),
  lifetime('folders bring along what rules speak of by name', moveFolders),
  lifetime('nothing outlives a supervisor that is killed', async (machine) => {
    machine.reply = () => undefined
    const { child, ended } = machine.begin(['sh', '-c', SURVIVORS])
    await until(() => machine.asked.length > 0 && programsIn(machine.workspace).length > 3)
    child.kill('SIGKILL')
    await ended
    return leftOver(machine)
  }),
  lifetime(
    'nothing outlives a broker that is killed',
    async (machine) => {
      const env = { HOME: machine.home, PADDOCK_HOME: join(machine.root, 'paddock'), PATH: process.env['PATH'] ?? '' }
      const broker = spawn(process.execPath, [CLI, 'serve', '--port', '0'], { env, stdio: 'ignore' })
      await until(() => existsSync(machine.folders.endpoint))
      const { ended } = machine.begin(['sh', '-c', SURVIVORS])
      await until(() => programsIn(machine.workspace).length > 3)
      await kill(broker)
      const { code } = await ended
      const left = await leftOver(machine)
      return left ?? (code === 0 ? 'the agent ended as if nothing had happened' : undefined)
    },
    false,
  ),
  lifetime(`${MANY} operations wait, and the rest goes on`, async (machine) => {
    if (process.arch !== 'x64') return undefined
    machine.reply = () => undefined
    writeFileSync(join(machine.workspace, 'build'), manyOpensElf(join(machine.home, 'outside.txt'), MANY), { mode: 0o755 })
    const { code, stdout, stderr } = await machine.run(['sh', '-c', './build & sleep 6; echo it goes on > alive; cat alive'])
    if (code !== 0 || !stdout.includes('it goes on')) return `exit code ${code}: ${stdout} ${stderr}`
    if (machine.asked.length > 20) return `${machine.asked.length} questions`
    return leftOver(machine)
  }),
]

async function leftOver(machine: ContainedMachine): Promise<string | undefined> {
  await until(() => programsIn(machine.workspace).length === 0).catch(() => {})
  const left = programsIn(machine.workspace)
  for (const pid of left) process.kill(pid, 'SIGKILL')
  const stolen = join(machine.workspace, 'stolen')
  if (existsSync(stolen) && readFileSync(stolen, 'utf8').includes(TOKEN)) return 'it has read what nobody allowed'
  return left.length > 0 ? `${left.length} programs are left` : undefined
}

/** Processes that are in a folder. */
function programsIn(folder: string): number[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && cwdOf(name) === folder).map(Number)
}

function cwdOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + PATIENCE; !holds(); ) {
    if (Date.now() > end) throw new Error('it did not come to that in time')
    await new Promise((done) => setTimeout(done, 50))
  }
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    child.once('exit', () => done())
    child.kill('SIGKILL')
  })
}
