import type { ChildProcess } from 'node:child_process'
import { existsSync, realpathSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { Duplex } from 'node:stream'
import type { BrokerMessage } from '../../contract/containment.ts'
import { err, ok, type Result } from '../../contract/result.ts'
import { askOver } from '../ask.ts'
import type { ContainedRun, Containment, Prepared, Wall } from '../containment.ts'
import { exitCodeOf } from '../exit-code.ts'
import { makeTemporaryFolder, removeTemporaryFolder } from '../temporary-folder.ts'
import { Fence } from '../fence.ts'
import { bubblewrapHere, bubblewrapped, processBehind, type Bubblewrap } from './bubblewrap.ts'
import { containmentFilter, SET_MODE_FILTER, SUPERVISED } from './filter.ts'
import { floorFor } from './floor.ts'
import { LAUNCHER, startLauncher, takeHelpers } from './helpers.ts'
import { hiddenBy } from './hidden.ts'
import { landlockAbi } from './landlock.ts'
import type { Plan } from './launcher.ts'
import * as libc from './libc.ts'
import { LineReader } from './line-reader.ts'
import { Supervisor, type SupervisorOptions } from './supervisor.ts'
import type { ThreadTerms } from './thread.ts'
import { allBelow, endedChildren, identify } from './tree.ts'

const PR_SET_DUMPABLE = 4
const PR_SET_CHILD_SUBREAPER = 36
/** How long processes that were told to end get before they are ended, in milliseconds. */
const GRACE = 2000
/** How often ended processes are cleared away, in milliseconds. */
const REAP = 5000

/** Containment by Landlock and seccomp user notification; nothing has to be installed, nobody has to be root. */
export const linuxContainment = upToLandlock(Infinity)

/** The same as on a kernel that has no later version of Landlock than this. */
export function upToLandlock(version: number): Containment {
  const abi = Math.min(landlockAbi(), version)
  return { walls: () => walls(abi), prepare: () => prepare(abi), folders: () => (existsSync(NATIVE) ? [NATIVE] : []) }
}

/** The version of Landlock that a wall needs. Before 3 it does not see that a file is emptied while it is opened for reading. */
const NEEDS = { files: 3, network: 4, signals: 6 } as const

async function walls(abi: number): Promise<Wall[]> {
  if (!canSupervise()) return (['files', 'programs', 'network', 'signals'] as const).map((name) => ({ name, how: 'nothing: seccomp user notification is needed, Linux 5.19', stands: false }))
  const files = abi >= NEEDS.files
  const network = abi >= NEEDS.network
  const signals = abi >= NEEDS.signals
  return [
    { name: 'files', how: files ? `Landlock ${abi} and the supervisor` : 'only the supervisor: Landlock 3 is needed, Linux 6.2', stands: files },
    { name: 'programs', how: 'the supervisor', stands: true },
    { name: 'network', how: network ? `Landlock ${abi} and the supervisor` : 'only the supervisor: Landlock 4 is needed, Linux 6.7', stands: network },
    { name: 'signals', how: signals ? `Landlock ${abi}` : 'nothing: Landlock 6 is needed, Linux 6.12', stands: signals },
    ...namespaces(await bubblewrapHere()),
  ]
}

/** An extra: nothing is missing without it. */
function namespaces(found: Bubblewrap | undefined): Wall[] {
  return found ? [{ name: 'namespaces', how: `bubblewrap ${found.version}${found.ownNetwork ? '' : ', without a network of its own'}`, stands: true }] : []
}

/** Whether this kernel pauses calls for a supervisor: it looks at the flags before it finds that there is no filter (seccomp(2)). */
function canSupervise(): boolean {
  return libc.seccomp(SET_MODE_FILTER, SUPERVISED, null) === libc.errno('EFAULT')
}

function prepare(abi: number): Prepared {
  const umask = process.umask()
  shieldThisProcess()
  const { thread, launcher } = takeHelpers()
  return {
    run: (contained) => run(contained, abi, launcher, thread, umask),
    abandon: () => {
      launcher?.kill('SIGKILL')
      void thread.terminate()
    },
  }
}

/** Lets the agent begin once everything stands. */
async function run(contained: ContainedRun, abi: number, started: ChildProcess | undefined, thread: Worker, umask: number): Promise<Result<number, string>> {
  const { opened, link } = contained
  const made = makeTemporaryFolder(opened.session, opened.terms)
  if (!made.ok) {
    started?.kill('SIGKILL')
    void thread.terminate()
    return made
  }
  const temporary = made.value
  const options = supervisorOptions(contained, temporary)
  thread.postMessage(termsOf(options))
  const { terms, fence } = options
  const bubblewrap = await bubblewrapHere()
  // Behind bubblewrap it has to be known first what to hide.
  const launcher = started ?? startLauncher(bubblewrap ? bubblewrapped(LAUNCHER, hiddenBy(terms, fence), bubblewrap) : LAUNCHER)
  const lines = new LineReader(launcher.stdio[3] as Duplex)
  const floor = floorFor(terms, fence, temporary)
  const isFence = floor.isFence && abi >= NEEDS.files
  const plan: Plan = {
    abi,
    floor,
    filter: containmentFilter({ fenceOnly: isFence, ownNetwork: bubblewrap?.ownNetwork === true }).toString('base64'),
    program: contained.program,
    argv: [...contained.argv],
    environment: { ...(isFence ? withFenceFirst(contained.environment) : contained.environment), ...opened.environment, TMPDIR: temporary, PADDOCK_RUN: opened.session },
    umask,
  }
  lines.send(JSON.stringify(plan))
  const taken = await takeListener(lines, () => pidOf(launcher, bubblewrap))
  if (!taken.ok) {
    launcher.kill('SIGKILL')
    void thread.terminate()
    await removeTemporaryFolder(temporary)
    return taken
  }
  const { listener, pid } = taken.value
  const agent = identify(pid)
  if (!agent) return err('The agent ended before it began.')
  const exit = exitCodeOf(launcher)
  const supervisor = await Supervisor.start(thread, options, {
    listener,
    agentPid: agent.pid,
    ...(bubblewrap && { procDevice: statSync(`/proc/${agent.pid}/root/proc`).dev }),
  })
  listen(link, supervisor, agent.pid)
  link.send({ type: 'started', pid: agent.pid, startedAt: agent.startedAt })
  lines.send('go')
  const reaping = setInterval(() => reap(agent.pid), REAP)
  const code = await exit
  clearInterval(reaping)
  await endTree()
  // What was seen last is told before the link closes.
  await Promise.race([supervisor.ended, new Promise((done) => setTimeout(done, GRACE).unref())])
  await removeTemporaryFolder(temporary)
  return ok(code)
}

function supervisorOptions({ link, opened, program, programFolders }: ContainedRun, temporary: string): SupervisorOptions {
  return {
    agentProgram: program,
    terms: opened.terms,
    fence: new Fence(opened.terms),
    programFolders,
    temporary,
    ...(opened.resolverPort !== undefined && { resolverPort: opened.resolverPort }),
    seen: (operations) => link.send({ type: 'seen', operations }),
    ask: askOver(link),
  }
}

function termsOf({ terms, agentProgram, programFolders, temporary, resolverPort }: SupervisorOptions): ThreadTerms {
  return { terms, agentProgram, programFolders, temporary, ...(resolverPort !== undefined && { resolverPort }) }
}

function listen(link: ContainedRun['link'], supervisor: Supervisor, agentPid: number): void {
  const end = (): void => void libc.kill(agentPid, 9)
  link.onMessage((message: BrokerMessage) => {
    if (message.type === 'terms') supervisor.change(message.terms)
    if (message.type === 'end') end()
  })
  // Without a broker nobody can be asked and nothing is recorded: the agent does not go on.
  link.onClose(end)
}

/** Where the build puts what contained programs load. */
const NATIVE = join(import.meta.dirname, extname(import.meta.filename) === '.ts' ? '../../../out' : '..', 'native')

/** What makes reading inside the fence cost nothing, where the build had a C compiler; without it programs only open files more slowly. */
function withFenceFirst(environment: Readonly<Record<string, string>>): Record<string, string> {
  const library = join(NATIVE, 'fence-first.so')
  if (!existsSync(library)) return { ...environment }
  // Programs built with AddressSanitizer refuse to start beside any library that is loaded before theirs.
  const sanitizer = [environment['ASAN_OPTIONS'], 'verify_asan_link_order=0'].filter(Boolean).join(':')
  return { ...environment, LD_PRELOAD: library, ASAN_OPTIONS: sanitizer }
}

/** Nothing of the same user looks into this process, and what detaches itself from its parent stays below it. */
function shieldThisProcess(): void {
  // What is created for the agent gets exactly the mode that it asks for, less its own mask.
  process.umask(0)
  libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
  libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
}

/** The process that becomes the agent; undefined when it is gone already. */
function pidOf(launcher: ChildProcess, bubblewrap: Bubblewrap | undefined): number | undefined {
  return bubblewrap === undefined ? launcher.pid : processBehind(launcher.pid ?? 0, realpathSync(process.execPath))
}

/** The supervisor's end of the filter, out of the hands of the process that becomes the agent. */
async function takeListener(lines: LineReader, pidOfAgent: () => number | undefined): Promise<Result<{ listener: number; pid: number }, string>> {
  for (;;) {
    const line = await lines.next()
    if (line === undefined) return err('The launcher ended before it was shut in.')
    if (line.startsWith('failed ')) return err(`The agent can't be shut in: ${line.slice('failed '.length)}.`)
    if (!line.startsWith('listener ')) continue
    const pid = pidOfAgent() ?? 0
    const pidfd = libc.pidfdOpen(pid, 0)
    const listener = pidfd < 0 ? pidfd : libc.pidfdGetfd(pidfd, Number(line.slice('listener '.length)), 0)
    if (pidfd >= 0) libc.close(pidfd)
    return listener < 0 ? err(`The launcher can't be supervised: ${libc.errnoName(listener)}.`) : ok({ listener, pid })
  }
}

/** Hears of the end of processes that came to this one as their subreaper; Node does not know of them. */
function reap(agentPid: number): void {
  const WNOHANG = 1
  for (const { pid } of endedChildren(process.pid)) if (pid !== agentPid) libc.waitpid(pid, null, WNOHANG)
}

/** Ends what the agent left behind, politely first. */
async function endTree(): Promise<void> {
  for (const signal of [15, 9]) {
    const left = allBelow(process.pid)
    if (left.length === 0) return
    for (const { pid, startedAt } of left) if (identify(pid)?.startedAt === startedAt) libc.kill(pid, signal)
    for (let waited = 0; waited < GRACE && allBelow(process.pid).length > 0; waited += 20) await new Promise((done) => setTimeout(done, 20))
  }
}
