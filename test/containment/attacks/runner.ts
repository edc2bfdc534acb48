import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ContainedMachine } from '../contained-machine.ts'
import { attacks } from './all.ts'
import type { Attack } from './attack.ts'
import { inet, syscall } from './calls.ts'
import { held } from './held.ts'
import { Judge, slugOf, type Allowed, type Outcome, type Setting } from './judge.ts'
import { lifetimes } from './lifetime.ts'

// Attacks a machine of its own, prints one JSON line for each attack, and ends. Words on the command line choose among the attacks; with
// `--uncontained` first, nothing holds them, to see that they work.

const isUncontained = process.argv[2] === '--uncontained'
const chosen = process.argv.slice(isUncontained ? 3 : 2)
const wanted = ({ name, group }: { name: string; group: string }): boolean => chosen.length === 0 || chosen.some((word) => `${group}: ${name}`.includes(word))
const print = (outcome: Outcome): void => console.log(JSON.stringify(outcome))
const repository = join(import.meta.dirname, '../../..')

const machine = isUncontained ? new ContainedMachine() : await new ContainedMachine().start()
const allowed = await allowedPorts()
furnish(machine)
const terminal = await otherTerminal()
const judges: Judge[] = []
const isPermissive = ({ group }: Attack): boolean => group === 'permissive'
try {
  if (isUncontained) {
    await attackUncontained(attacks.filter((each) => wanted(each) && !each.wide))
    await attackUncontained(attacks.filter((each) => wanted(each) && each.wide))
  } else {
    await attackTogether(attacks.filter((each) => wanted(each) && each.inKept !== true && !isPermissive(each)), 'plain')
    await attackTogether(attacks.filter((each) => wanted(each) && isPermissive(each)), 'permissive')
    // Then with secrets in the workspace, where the kernel's ruleset is no fence by itself.
    await attackTogether(attacks.filter((each) => wanted(each) && each.group === 'secrets'), 'kept')
    for (const lifetime of lifetimes.filter(wanted)) print(await lifetime.run())
  }
} finally {
  judges.forEach((judge) => judge.close())
  terminal?.child.kill('SIGKILL')
  await machine.close()
}
process.exit(0)

/** Each on a machine of its own, because nothing keeps it from the others. */
async function attackUncontained(these: readonly Attack[]): Promise<void> {
  const machines = these.map(() => new ContainedMachine())
  machines.forEach(furnish)
  const mine = these.map((each, index) => new Judge(each, machines[index]!, 'uncontained'))
  judges.push(...mine)
  try {
    const { list, results } = await targetsOf(mine)
    const driver = spawn(process.execPath, [join(import.meta.dirname, 'driver.ts'), list, results], { cwd: machine.workspace, env: { HOME: machine.home, PATH: process.env['PATH'] ?? '' }, stdio: 'ignore', detached: true })
    await new Promise((done) => driver.on('exit', done))
    for (const judge of mine) print(judge.verdict(resultIn(results, judge)))
  } finally {
    for (const each of machines) await each.close()
  }
}

async function targetsOf(mine: readonly Judge[]): Promise<{ list: string; results: string }> {
  const targets = Object.fromEntries(await Promise.all(mine.map(async (judge) => [judge.name, await judge.prepare(allowed, terminal?.path)] as const)))
  const list = join(machine.workspace, 'targets.json')
  const results = join(machine.workspace, 'results')
  writeFileSync(list, JSON.stringify(targets))
  mkdirSync(results, { recursive: true })
  return { list, results }
}

function resultIn(results: string, judge: Judge): string {
  const file = join(results, slugOf(judge.name))
  return existsSync(file) ? readFileSync(file, 'latin1') : ''
}

/** All of these in one contained run. */
async function attackTogether(these: readonly Attack[], setting: Exclude<Setting, 'uncontained'>): Promise<void> {
  if (these.length === 0) return
  const mine = these.map((each) => new Judge(each, machine, setting))
  judges.push(...mine)
  const { list, results } = await targetsOf(mine)
  machine.reply = ({ call }) => ({ verdict: isGiven(JSON.stringify(call)) ? 'allow' : 'deny' })
  const before = held(machine)
  const { code, stdout, stderr } = await machine.run([process.execPath, 'attacks/driver.ts', list, results], { options: ['--policy', setting === 'permissive' ? 'permissive' : 'attacked', '--agent', 'claude-code'] })
  for (const judge of mine) print(judge.verdict(resultIn(results, judge)))
  const suffix = setting === 'plain' ? '' : `, ${setting}`
  print(all(`the run itself ends well${suffix}`, code === 0 ? '' : `exit code ${code}: ${stdout.slice(-500)}${stderr.slice(-500)}`, 'error'))
  print(all(`hooks, policies and git are as they were${suffix}`, held(machine) === before ? '' : `before: ${before}\nafter: ${held(machine)}`, 'ESCAPED'))
}

function all(name: string, wrong: string, bad: 'error' | 'ESCAPED'): Outcome {
  return { name, group: 'together', outcome: wrong ? bad : 'refused', detail: wrong }
}

/** A person gives away files beside others that stay denied. */
function isGiven(call: string): boolean {
  return /"path":"[^"]*\/given(\/[abc]\.txt)?"/.test(call) && !/id_rsa|\.env/.test(call)
}

/** The policy, the attacks and what they need, where contained programs may read them. */
function furnish(each: ContainedMachine): void {
  const { workspace } = each
  each.write('.claude/settings.json', '{"hooks":{}}')
  each.write('.bashrc', '# mine')
  each.write('.vimrc', '" mine')
  const forbidden = each.write('work/kept/forbidden', '#!/bin/sh\necho ESCAPED: a forbidden program runs\n')
  chmodSync(forbidden, 0o755)
  mkdirSync(join(workspace, '.git/hooks'), { recursive: true })
  each.write('work/.git/config', '[core]\n')
  each.write('work/.git/HEAD', 'ref: refs/heads/main\n')
  each.write('work/.envrc', '# mine')
  if (isUncontained) return
  for (const file of readdirSync(import.meta.dirname)) cpSync(join(import.meta.dirname, file), join(workspace, 'attacks', file))
  for (const name of ['koffi', `@koromix/koffi-linux-${process.arch}`]) {
    const from = join(repository, 'node_modules', name)
    cpSync(from, join(workspace, 'node_modules', name), { recursive: true, filter: (path) => !/koffi\/(doc|vendor)(\/|$)/.test(path) })
  }
  each.policy(
    `paddock: 1
name: attacked
description: Works in one folder, with programs that attack.
extends: [base]
default: ask
files:
  read: { allow: ["\${workspace}/**"] }
  write:
    allow: ["\${workspace}/**"]
    ask: ["\${workspace}/.git/{config,config.worktree,hooks/**}", "\${workspace}/.git/{worktrees,modules}/**", "\${workspace}/.{vscode,idea,cursor}/**", "\${workspace}/.{mcp.json,envrc}"]
  delete: { allow: ["\${workspace}/**"], ask: ["\${workspace}", "\${workspace}/.git/**"] }
commands:
  allow:
    - "{sh,bash,cat,ls,cp,mv,ln,rm,rmdir,unlink,mkdir,touch,chmod,truncate,install,dd,sed,head,setsid,sleep,kill,true,echo,test,node,curl,wget,nc,python3,dirname,unshare,git,test} *"
    - "${process.execPath} *"
    - "\${workspace}/scratch/** *"
  deny: ["\${workspace}/kept/forbidden *", "tac *"]
network: { allow: ["127.0.0.1:${allowed.tcp}", "127.0.0.1:${allowed.dead}"] }
`,
    'attacked',
  )
  each.policy(
    `paddock: 1
name: permissive
description: Allows the whole home and denies one folder in it.
extends: [base]
default: ask
files:
  read: { allow: ["\${home}/**"], deny: ["\${home}/private/**"] }
  write: { allow: ["\${home}/**"], deny: ["\${home}/private/**"] }
  delete: { allow: ["\${home}/**"] }
commands: { allow: ["*"] }
network: { allow: ["127.0.0.1:${allowed.tcp}"] }
`,
    'permissive',
  )
}

async function allowedPorts(): Promise<Allowed> {
  const server = createServer((socket) => socket.on('error', () => {}).resume()).unref()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  // Bound, so that nobody else gets the port, and not listening.
  const dead = syscall('socket', 2, 1, 0)
  const bound = inet('127.0.0.1', 0)
  syscall('bind', dead, bound, bound.length)
  syscall('getsockname', dead, bound, Buffer.from([bound.length, 0, 0, 0]))
  const ports = { tcp: (server.address() as { port: number }).port, dead: bound.readUInt16BE(2) }
  // Policy means datagrams as well.
  for (const port of Object.values(ports)) syscall('bind', syscall('socket', 2, 2, 0), inet('127.0.0.1', port), 16)
  return ports
}

/** A terminal of the user's in which something else runs; needs script(1). */
async function otherTerminal(): Promise<{ child: ChildProcess; path: string } | undefined> {
  if (spawnSync('script', ['--version']).error) return undefined
  const child = spawn('script', ['-qfc', 'cat', '/dev/null'], { stdio: ['pipe', 'ignore', 'ignore'] })
  for (let tries = 0; tries < 100; tries++) {
    await new Promise((done) => setTimeout(done, 20))
    try {
      const inner = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1').split(' ')[0]
      const path = readlinkSync(`/proc/${inner}/fd/0`)
      if (path.startsWith('/dev/pts/')) return { child, path }
    } catch {
      // Not started yet.
    }
  }
  child.kill('SIGKILL')
  return undefined
}
