import { readSync, writeSync } from 'node:fs'
import { SET_MODE_FILTER, SUPERVISED } from './filter.ts'
import * as libc from './libc.ts'
import { confine, type Floor } from './landlock.ts'

// The process that becomes the agent: it shuts itself in and then calls execve, so that nothing of Paddock's is left in the tree.
// It talks to the supervisor over descriptor 3, one line each way at a time, and does everything in order, because from the filter
// on any file it opened would wait for a supervisor that does not listen yet.

const LINK = 3
const PR_SET_PDEATHSIG = 1
const PR_CAPBSET_DROP = 24
const PR_SET_NO_NEW_PRIVS = 38
const SIGKILL = 9
const CLOSE_RANGE_CLOEXEC = 4
/** What root keeps: working on files of others and low ports. CAP_{CHOWN,DAC_OVERRIDE,FOWNER,FSETID,NET_BIND_SERVICE,SYS_NICE}. */
const KEPT_CAPABILITIES = new Set([0, 1, 3, 4, 10, 23])
const LAST_CAPABILITY = 40

/** What the supervisor, which is this process's parent and the only one that can write here, wants done. */
export interface Plan {
  abi: number
  floor: Floor
  /** The filter, `struct sock_filter`s in base64. */
  filter: string
  program: string
  argv: string[]
  environment: Record<string, string>
  /** The mode bits that the agent leaves out of what it creates. */
  umask: number
}

function launch(): void {
  const plan = JSON.parse(readLine()) as Plan
  writeSync(LINK, 'read\n')
  if (process.getuid?.() === 0) dropCapabilities()
  process.umask(plan.umask)
  libc.prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
  libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
  const confined = plan.abi > 0 ? confine(plan.floor, plan.abi) : { ok: true as const }
  if (!confined.ok) fail(confined.error)
  const listener = installFilter(Buffer.from(plan.filter, 'base64'))
  if (listener < 0) fail(`seccomp: ${libc.errnoName(listener)}`)
  writeSync(LINK, `listener ${listener}\n`)
  readLine()
  // Nothing but the standard streams reaches the agent: an open descriptor would be a way around all of this.
  libc.closeRange(3, 0xffffffff, CLOSE_RANGE_CLOEXEC)
  process.execve!(plan.program, plan.argv, plan.environment)
}

function installFilter(filter: Buffer): number {
  const program = Buffer.alloc(16) // struct sock_fprog { u16 length; struct sock_filter *filter }
  program.writeUInt16LE(filter.length / 8, 0)
  program.writeBigUInt64LE(libc.addressOf(filter), 8)
  return libc.seccomp(SET_MODE_FILTER, SUPERVISED, program)
}

/** capabilities(7): what is not in the bounding set does not come back with execve either. */
function dropCapabilities(): void {
  for (let capability = 0; capability <= LAST_CAPABILITY; capability++)
    if (!KEPT_CAPABILITIES.has(capability)) libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
  const kept = [...KEPT_CAPABILITIES].reduce((mask, capability) => mask | (1 << capability), 0)
  const header = Buffer.alloc(8) // { u32 version; int pid }
  header.writeUInt32LE(0x20080522, 0)
  const data = Buffer.alloc(24) // twice { u32 effective, permitted, inheritable }
  data.writeUInt32LE(kept, 0)
  data.writeUInt32LE(kept, 4)
  if (libc.capset(header, data) < 0) fail('root could not be shut in: capset failed')
}

function readLine(): string {
  const bytes: Buffer[] = []
  const chunk = Buffer.alloc(65_536)
  for (;;) {
    const length = readSync(LINK, chunk)
    if (length === 0) process.exit(1)
    bytes.push(Buffer.from(chunk.subarray(0, length)))
    if (chunk[length - 1] === 10) return Buffer.concat(bytes).toString()
  }
}

function fail(message: string): never {
  writeSync(LINK, `failed ${message}\n`)
  process.exit(1)
}

launch()
