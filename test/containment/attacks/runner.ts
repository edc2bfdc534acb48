import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { ContainedMachine } from '../contained-machine.ts'
import { attacks } from './all.ts'
import type { Attack } from './attack.ts'
import { Judge, slugOf, type Allowed, type Outcome } from './judge.ts'
import { lifetimes } from './lifetime.ts'

// Attacks a machine of its own, prints one JSON line for each attack, and ends. Words on the command line choose among the attacks.

const chosen = process.argv.slice(2)
const wanted = ({ name, group }: { name: string; group: string }): boolean => chosen.length === 0 || chosen.some((word) => `${group}: ${name}`.includes(word))
const print = (outcome: Outcome): void => console.log(JSON.stringify(outcome))
const repository = join(import.meta.dirname, '../../..')

const machine = await new ContainedMachine().start()
const allowed = await allowedPorts()
furnish()
const terminal = await otherTerminal()
const judges: Judge[] = []
try {
  await attackTogether(attacks.filter((each) => wanted(each) && each.inKept !== true), false)
  // Then with secrets in the workspace, where the kernel's ruleset is no fence by itself.
  await attackTogether(attacks.filter((each) => wanted(each) && each.group === 'secrets'), true)
  for (const lifetime of lifetimes.filter(wanted)) print(await lifetime.run())
} finally {
  judges.forEach((judge) => judge.close())
  terminal?.child.kill('SIGKILL')
  await machine.close()
}
process.exit(0)

/** All of these in one contained run. */
async function attackTogether(these: readonly Attack[], isKept: boolean): Promise<void> {
  if (these.length === 0) return
  const mine = these.map((each) => new Judge(each, machine, isKept))
  judges.push(...mine)
  const targets = Object.fromEntries(await Promise.all(mine.map(async (judge) => [judge.name, await judge.prepare(allowed, terminal?.path)] as const)))
  const list = join(machine.workspace, 'targets.json')
  const results = join(machine.workspace, 'results')
  writeFileSync(list, JSON.stringify(targets))
  mkdirSync(results, { recursive: true })
  machine.reply = ({ call }) => ({ verdict: isGiven(JSON.stringify(call)) ? 'allow' : 'deny' })
  const before = held()
  const { code, stdout, stderr } = await machine.run([process.execPath, 'attacks/driver.ts', list, results], { options: ['--policy', 'attacked', '--agent', 'claude-code'] })
  for (const judge of mine) {
    const file = join(results, slugOf(judge.name))
    print(judge.verdict(existsSync(file) ? readFileSync(file, 'latin1') : ''))
  }
  const suffix = isKept ? ', with secrets in the workspace' : ''
  print(all(`the run itself ends well${suffix}`, code === 0 ? '' : `exit code ${code}: ${stdout.slice(-500)}${stderr.slice(-500)}`, 'error'))
  print(all(`hooks, policies and git are as they were${suffix}`, held() === before ? '' : `before: ${before}\nafter: ${held()}`, 'ESCAPED'))
}

function all(name: string, wrong: string, bad: 'error' | 'ESCAPED'): Outcome {
  return { name, group: 'together', outcome: wrong ? bad : 'refused', detail: wrong }
}

/** A person gives away files beside others that stay denied. */
function isGiven(call: string): boolean {
  return /"path":"[^"]*\/given(\/[abc]\.txt)?"/.test(call) && !/id_rsa|\.env/.test(call)
}

/** Files that no attack may change, whoever it is: their names, modes and contents. */
function held(): string {
  const { home, workspace, folders } = machine
  const files = ['.claude/settings.json', '.claude/settings.local.json', '.bashrc', '.profile', '.gitconfig', '.vimrc', '.config/autostart', 'bin', '.local', '.ssh/authorized_keys'].map((name) => join(home, name))
  const kept = ['.git/config', '.git/hooks', '.git/HEAD', '.envrc', '.vscode', '.claude/settings.json'].map((name) => join(workspace, name))
  return [...files, ...kept, join(folders.config, 'policies')]
    .flatMap((path) => [path, ...(isFolder(path) ? readdirSync(path).map((name) => join(path, name)) : [])])
    .map((path) => `${path} ${existsSync(path) && !isFolder(path) ? readFileSync(path, 'latin1') : existsSync(path)}`)
    .join('\n')
}

function isFolder(path: string): boolean {
  try {
    readdirSync(path)
    return true
  } catch {
    return false
  }
}

/** The policy, the attacks and what they need, where contained programs may read them. */
function furnish(): void {
  const { workspace } = machine
  machine.write('.claude/settings.json', '{"hooks":{}}')
  machine.write('.bashrc', '# mine')
  machine.write('.vimrc', '" mine')
  const forbidden = machine.write('work/kept/forbidden', '#!/bin/sh\necho ESCAPED: a forbidden program runs\n')
  chmodSync(forbidden, 0o755)
  mkdirSync(join(workspace, '.git/hooks'), { recursive: true })
  machine.write('work/.git/config', '[core]\n')
  machine.write('work/.git/HEAD', 'ref: refs/heads/main\n')
  for (const file of readdirSync(import.meta.dirname)) cpSync(join(import.meta.dirname, file), join(workspace, 'attacks', file))
  for (const name of ['koffi', `@koromix/koffi-linux-${process.arch}`]) {
    const from = join(repository, 'node_modules', name)
    cpSync(from, join(workspace, 'node_modules', name), { recursive: true, filter: (path) => !/koffi\/(doc|vendor)(\/|$)/.test(path) })
  }
  machine.policy(
    `paddock: 1
name: attacked
description: Works in one folder, with programs that attack.
extends: [base]
default: ask
files:
  read: { allow: ["\${workspace}/**"] }
  write:
    allow: ["\${workspace}/**"]
    ask: ["\${workspace}/.git/hooks/**", "\${workspace}/.git/config", "\${workspace}/.{vscode,idea}/**", "\${workspace}/.{mcp.json,envrc}"]
  delete: { allow: ["\${workspace}/**"], ask: ["\${workspace}", "\${workspace}/.git/**"] }
commands:
  allow:
    - "{sh,bash,cat,ls,cp,mv,ln,rm,rmdir,unlink,mkdir,touch,chmod,truncate,install,dd,sed,head,setsid,sleep,kill,true,echo,test,node,curl,wget,nc,python3,dirname,unshare,git,test} *"
    - "${process.execPath} *"
    - "\${workspace}/scratch/** *"
  deny: ["\${workspace}/kept/forbidden *"]
network: { allow: ["127.0.0.1:${allowed.tcp}", "127.0.0.1:${allowed.dead}"] }
`,
    'attacked',
  )
}

async function allowedPorts(): Promise<Allowed> {
  const listen = async (server = createServer((socket) => socket.on('error', () => {}).resume())) => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    return { server, port: (server.address() as { port: number }).port }
  }
  const [open, dead] = [await listen(), await listen()]
  open.server.unref()
  await new Promise((done) => dead.server.close(done))
  return { tcp: open.port, dead: dead.port }
}

/** A terminal of the user's in which something else runs; needs script(1). */
async function otherTerminal(): Promise<{ child: ChildProcess; path: string } | undefined> {
  if (spawnSync('script', ['--version']).error) return undefined
  const child = spawn('script', ['-qfc', 'sleep 600', '/dev/null'], { stdio: ['pipe', 'ignore', 'ignore'] })
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
