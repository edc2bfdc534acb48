import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { landlockAbi } from '../../electron/containment/linux/landlock.ts'
import type { PendingRequest } from '../../electron/contract/request.ts'
import { allBelow } from '../../electron/containment/linux/tree.ts'
import { ContainedMachine } from './contained-machine.ts'

// `paddock run` with real programs under the real kernel. What happened is judged by what is on disk and who was reached.

let machine: ContainedMachine
const servers: Server[] = []

beforeEach(async (ctx) => {
  if (process.platform !== 'linux') return ctx.skip('agents are contained this way on Linux only')
  if (landlockAbi() < 6) return ctx.skip(`this kernel's Landlock (ABI ${landlockAbi()}) can't hold an agent`)
  machine = await new ContainedMachine().start()
})
afterEach(async () => {
  await machine?.close()
  servers.splice(0).forEach((server) => server.close())
})

const subjects = (requests: readonly PendingRequest[]): string[] =>
  requests.flatMap(({ effects }) => effects.map((effect) => ('path' in effect && effect.kind !== 'exec' ? `${effect.kind} ${effect.path}` : JSON.stringify(effect))))

/** A listener on loopback that counts who came. */
async function listener(): Promise<{ port: number; came: () => number }> {
  let came = 0
  const server = createServer((socket) => {
    came += 1
    socket.on('error', () => {})
    socket.end('hello')
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { port: (server.address() as AddressInfo).port, came: () => came }
}

/** A policy for shells that may do nothing outside the workspace, nor reach loopback. */
const STRICT = `
paddock: 1
name: strict
extends: [base]
default: ask
files:
  read: { allow: ["\${workspace}/**"] }
  write: { allow: ["\${workspace}/**"] }
  delete: { allow: ["\${workspace}/**"] }
commands: { allow: ["{sh,cat,touch,node,sleep,true,mkdir} *"] }
`
const strict = { options: ['--policy', 'strict'] }

describe('inside the fence', () => {
  test('programs run, work on files and end with their own exit code, and nobody is asked', async () => {
    machine.write('.gitconfig', '[user]\n\tname = A\n\temail = a@example.com\n')
    const { code, stdout, stderr } = await machine.sh('git init -q && echo x > a && mkdir b && mv a b/c && git add -A && git commit -qm one && cat b/c && rm -r b && exit 7')
    expect({ code, stdout, stderr, asked: subjects(machine.asked) }).toEqual({ code: 7, stdout: 'x\n', stderr: '', asked: [] })
    expect(existsSync(join(machine.workspace, '.git/HEAD'))).toBe(true)
  })

  test('standard input reaches the agent, and new files get the mode they ask for', async () => {
    const { stdout } = await machine.sh('cat; umask 027; touch f; stat -c %a f', { input: 'typed' })
    expect(stdout).toBe('typed640\n')
  })

  test('a workspace behind a symbolic link is the folder that it leads to', async () => {
    const link = join(machine.home, 'link')
    symlinkSync(machine.workspace, link)
    const { code } = await machine.sh('echo x > here', { cwd: link })
    expect([code, readFileSync(join(machine.workspace, 'here'), 'utf8'), machine.asked.length]).toEqual([0, 'x\n', 0])
  })
})

describe('outside the fence', () => {
  test('opening a file pauses and asks with the program and the file; an Allow goes on, a Deny is refused', async () => {
    const notes = machine.write('notes.txt', 'what I noted')
    machine.reply = ({ effects }) => ({ verdict: JSON.stringify(effects).includes('other') ? 'deny' : 'allow' })
    const other = machine.write('other.txt', 'not this')
    const { stdout } = await machine.sh('cat ~/notes.txt; cat ~/other.txt 2>/dev/null || echo refused')
    expect(stdout).toBe('what I notedrefused\n')
    expect(subjects(machine.asked)).toEqual([`read ${notes}`, `read ${other}`])
    expect(machine.asked[0]!.call).toMatchObject({ tool: 'operation', argv: ['cat', notes] })
  })

  test('writing, removing and moving outside asks before anything changes', async () => {
    const kept = machine.write('kept', 'as it was')
    await machine.sh(`echo x > ~/new; rm -f ~/kept; mv ~/kept ~/moved; truncate -s 0 ~/kept; chmod 777 ~/kept; ln ~/kept hard; touch ~/kept`)
    expect(readFileSync(kept, 'utf8')).toBe('as it was')
    expect([existsSync(join(machine.home, 'new')), existsSync(join(machine.home, 'moved')), existsSync(join(machine.workspace, 'hard'))]).toEqual([false, false, false])
    expect(machine.asked.length).toBeGreaterThanOrEqual(6)
  })

  test('a secret is refused without a question, however it is reached', async () => {
    machine.write('.ssh/id_rsa', 'PRIVATE')
    symlinkSync(join(machine.home, '.ssh'), join(machine.workspace, 'link'))
    const { stdout } = await machine.sh('cat ~/.ssh/id_rsa link/id_rsa ../.ssh/id_rsa /proc/self/root$HOME/.ssh/id_rsa; cp -r ~/.ssh copy; cat copy/*')
    expect(stdout).not.toContain('PRIVATE')
    expect(subjects(machine.asked).filter((each) => each.includes('id_rsa'))).toEqual([])
  })

  test('starting a program that no rule covers asks with all its words', async () => {
    machine.reply = () => ({ verdict: 'allow' })
    machine.policy(STRICT, 'strict')
    const { stdout } = await machine.sh('uname -s', strict)
    expect(stdout).toBe('Linux\n')
    expect(machine.asked.map(({ call }) => call.tool === 'operation' && call.argv)).toEqual([['uname', '-s']])
  })

  test('connecting asks with host and port; allowed, it is the same connection', async () => {
    machine.policy(STRICT, 'strict')
    const { port, came } = await listener()
    const connect = `node -e 'require("net").connect(${port}, "127.0.0.1").on("data", (d) => console.log(String(d))).on("error", (e) => console.log(e.code))'`
    expect((await machine.sh(connect, strict)).stdout).toBe('EACCES\n')
    expect(came()).toBe(0)
    machine.reply = () => ({ verdict: 'allow' })
    expect((await machine.sh(connect, strict)).stdout).toBe('hello\n')
    expect(machine.asked.map(({ effects }) => effects[0])).toEqual([1, 2].map(() => ({ kind: 'connect', host: '127.0.0.1', port })))
  })

  test('a service for every address is offered to this machine only', async () => {
    const { stdout } = await machine.sh(`node -e 'const s = require("net").createServer().listen(0, () => { console.log(s.address().address); s.close() })'`)
    expect(stdout).toMatch(/127\.0\.0\.1/)
    expect(machine.asked).toEqual([])
  })
})

describe('sockets of this machine', () => {
  const talk = (path: string): string => `node -e 'require("net").connect("${path}").on("data", (d) => console.log(String(d))).on("error", (e) => console.log(e.code))'`

  test('a service outside the tree is asked about by its socket, wherever that lies', async () => {
    const server = createServer((socket) => socket.end('from outside'))
    servers.push(server)
    const path = join('/tmp', `paddock-outside-${process.pid}.sock`)
    await new Promise<void>((resolve) => server.listen(path, resolve))
    expect((await machine.sh(talk(path))).stdout).toBe('EACCES\n')
    machine.reply = () => ({ verdict: 'allow' })
    expect((await machine.sh(talk(path))).stdout).toBe('from outside\n')
    expect(machine.asked.map(({ effects }) => effects)).toEqual([1, 2].map(() => [{ kind: 'connect', host: `unix:${path}` }]))
    machine.policy(`paddock: 1\nname: mine\nextends: [coding]\nnetwork: { allow: ["unix:${path}"] }\n`)
    machine.asked.length = 0
    expect((await machine.sh(talk(path), { options: ['--policy', 'mine'] })).stdout).toBe('from outside\n')
    expect(machine.asked).toEqual([])
  })

  test('programs of the tree talk to each other without a question', async () => {
    const serve = `require("net").createServer((s) => s.end("own")).listen("own.sock", () => { require("net").connect("own.sock").on("data", (d) => { console.log(String(d)); process.exit() }) })`
    expect((await machine.sh(`node -e '${serve}'`)).stdout).toBe('own\n')
    expect(machine.asked).toEqual([])
  })
})

describe('what is shown and who counts as the agent', () => {
  test('a program that calls itself something else is shown by what it was started as', async () => {
    machine.write('notes.txt', 'noted')
    await machine.sh(`node -e 'process.title = "harmless"; try { require("fs").readFileSync(process.env.HOME + "/notes.txt") } catch {}'`)
    expect(machine.asked[0]!.call).toMatchObject({ tool: 'operation', argv: ['node', '-e', expect.stringContaining('harmless')] })
  })

  test('naming the agent among the words of another program does not make that program the agent', async () => {
    const agent = machine.write('work/agent.sh', '#!/bin/sh\nexec uname -a /work/agent.sh "$0"\n', 0o755)
    await machine.run([agent], { options: ['--policy', 'base'] })
    expect(machine.asked.map(({ effects }) => effects[0]?.kind === 'exec' && effects[0].program)).toContain('uname')
  })
})

describe('answers', () => {
  test('an Allow for the session holds for the next time at once', async () => {
    machine.write('notes.txt', 'noted ')
    machine.reply = () => ({ verdict: 'allow', remember: 'session' })
    const { stdout } = await machine.sh('cat ~/notes.txt; cat ~/notes.txt; sh -c "cat ~/notes.txt"')
    expect(stdout).toBe('noted noted noted ')
    expect(machine.asked).toHaveLength(1)
  })

  test('a policy that is saved while the agent runs holds for the next operation, wider and tighter', async () => {
    machine.policy(STRICT, 'strict')
    machine.write('notes.txt', 'noted\n')
    const wider = STRICT.replace('read: { allow: [', 'read: { allow: ["${home}/notes.txt", ')
    const script = 'n=0; while [ $n -lt 3 ]; do [ -e go$n ] && { cat ~/notes.txt 2>/dev/null || echo no; n=$((n+1)); : > did$n; }; sleep 0.05; done'
    const { ended } = machine.begin(['sh', '-c', script], strict)
    const step = async (index: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 500))
      writeFileSync(join(machine.workspace, `go${index}`), '')
      while (!existsSync(join(machine.workspace, `did${index + 1}`))) await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await step(0)
    machine.policy(wider, 'strict')
    await step(1)
    machine.policy(STRICT, 'strict')
    await step(2)
    expect((await ended).stdout).toBe('no\nnoted\nno\n')
  })

  test('three hundred files of one command ask once, when the first answer is for their folder', async () => {
    machine.write('out/deep/keep', '')
    machine.reply = () => ({ verdict: 'allow', remember: 'folder' })
    const { code } = await machine.sh('sh -c "for i in \\$(seq 300); do echo x > ~/out/deep/f\\$i; done; cat ~/out/deep/keep; echo x > ~/out/beside"')
    expect([code, existsSync(join(machine.home, 'out/deep/f300'))]).toEqual([0, true])
    expect(subjects(machine.asked)).toEqual([`write ${machine.home}/out/deep/f1`, `read ${machine.home}/out/deep/keep`, `write ${machine.home}/out/beside`])
    expect(machine.asked[0]!.offers[1]).toEqual({ remember: 'folder', folder: `${machine.home}/out/deep`, rules: [`files.write.allow: ${machine.home}/out/deep/*`] })
  })

  test('they ask about the first, and then once about their folder, when each answer is for what was asked', async () => {
    machine.write('out/deep/keep', '')
    machine.reply = () => ({ verdict: 'allow' })
    const { code } = await machine.sh('sh -c "for i in \\$(seq 300); do echo x > ~/out/deep/f\\$i; done"')
    expect([code, existsSync(join(machine.home, 'out/deep/f300'))]).toEqual([0, true])
    expect(subjects(machine.asked)).toEqual([`write ${machine.home}/out/deep/f1`, `write ${machine.home}/out/deep`])
  })
})

describe('what does not begin', () => {
  test('an agent whose own program policy forbids', async () => {
    machine.policy('paddock: 1\nname: strict\nextends: [base]\ncommands:\n  deny: ["sleep *"]\n', 'strict')
    const { code, stderr } = await machine.run(['sleep', '1'], strict)
    expect([code, stderr]).toEqual([1, expect.stringMatching(/forbids the agent's own program.*commands\.deny: sleep \*.*strict\.yaml:5/)])
  })

  test('a program that is not there, a policy that is not there', async () => {
    expect((await machine.run(['no-such-program'])).stderr).toContain('there is no such program')
    expect((await machine.run(['true'], { options: ['--policy', 'no-such'] })).stderr).toContain('There is no policy "no-such"')
  })

  test('a file that the kernel would not start, with the reason', async () => {
    const script = (name: string, text: string | Buffer): string => {
      writeFileSync(join(machine.workspace, name), text, { mode: 0o755 })
      return `./${name}`
    }
    const other = Buffer.alloc(64)
    other.write('\x7fELF\x02\x01\x01', 'latin1')
    other.writeUInt16LE(8, 18)
    const refusals = [
      [script('text', 'echo hi\n'), /no "#!" says what runs it.*paddock run -- sh/],
      [script('orphan', '#!/no/such/interpreter -x\n'), /its interpreter \/no\/such\/interpreter is not there/],
      [script('mips', other), /made for another processor/],
      ['', /there is no such program/],
    ] as const
    for (const [program, why] of refusals) expect(await machine.run([program])).toMatchObject({ code: 1, stderr: expect.stringMatching(why) })
  })

  test('anything in a folder that is gone', async () => {
    const gone = join(machine.home, 'gone')
    mkdirSync(gone)
    machine.through = ['sh', '-c', 'rmdir "$PWD" && exec "$@"', 'sh']
    expect(await machine.run(['true'], { cwd: gone })).toMatchObject({ code: 1, stderr: expect.stringContaining('not there any more') })
  })

  test('anything without a broker', async () => {
    const { code, stderr } = await machine.run(['true'], { env: { PADDOCK_HOME: join(machine.root, 'elsewhere') } })
    expect([code, stderr]).toEqual([1, expect.stringContaining('broker is not running')])
  })

  test('a contained agent inside a contained agent', async () => {
    machine.reply = () => ({ verdict: 'allow' })
    const cli = realpathSync(join(import.meta.dirname, '../../electron/cli/paddock.ts'))
    const { stdout, stderr } = await machine.sh(`${process.execPath} ${cli} run -- touch escaped; ls`)
    expect(`${stdout}${stderr}`).not.toContain('escaped\n')
    expect(existsSync(join(machine.workspace, 'escaped'))).toBe(false)
  })
})

describe('the end', () => {
  const isGone = async (pid: number): Promise<boolean> => {
    for (let tries = 0; tries < 100; tries++) {
      if (!existsSync(`/proc/${pid}`)) return true
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    return false
  }
  /** A run with a process that has detached itself; its number, and the supervisor's. */
  const withDaemon = async () => {
    machine.reply = () => ({ verdict: 'allow' })
    const { child, ended } = machine.begin(['sh', '-c', 'setsid sh -c "echo \\$\\$ > daemon; exec sleep 60" & sleep 60'])
    const file = join(machine.workspace, 'daemon')
    while (!existsSync(file) || readFileSync(file, 'utf8') === '') await new Promise((resolve) => setTimeout(resolve, 20))
    return { child, ended, daemon: Number(readFileSync(file, 'utf8')), tree: allBelow(child.pid!).map(({ pid }) => pid) }
  }

  test('when the agent ends, what it left behind ends too', async () => {
    machine.reply = () => ({ verdict: 'allow' })
    const { code } = await machine.sh('setsid sh -c "echo \\$\\$ > daemon; exec sleep 60" & while [ ! -s daemon ]; do :; done; exit 3')
    expect(code).toBe(3)
    expect(await isGone(Number(readFileSync(join(machine.workspace, 'daemon'), 'utf8')))).toBe(true)
  })

  test('when the supervisor is killed, the whole tree ends', async () => {
    const { child, ended, tree } = await withDaemon()
    child.kill('SIGKILL')
    await ended
    for (const pid of tree) expect(await isGone(pid)).toBe(true)
  })

  test('when the broker goes, the agent does not go on', async () => {
    const { ended, daemon } = await withDaemon()
    await machine.stopBroker()
    expect((await ended).code).not.toBe(0)
    expect(await isGone(daemon)).toBe(true)
  })

  test('the record says when it began, what held it, and when it ended', async () => {
    await machine.sh('true')
    const rows = (await machine.timeline()).filter((row) => row.kind === 'contained')
    expect(rows.map(({ change }) => change)).toEqual(['ended', 'started'])
    expect(rows[1]!.message).toMatch(/Landlock \d+ and the supervisor/)
  })
})
