import { readdirSync, readlinkSync } from 'node:fs'
import type { ProcessKey, ProcessRecord, SocketRecord } from '../process-record.ts'
import { isStill } from './read-process.ts'
import { readUnixSockets } from './sockets.ts'
import { dumpUnixSockets } from './unix-dump.ts'

/** Who holds a socket is looked for anew only so long after it was not found, in milliseconds: that takes a look at every process. */
const AGAIN = 10_000
/** Who connects again and again must not cost such a look each time, in milliseconds. */
const APART = 5000
const MOST_KEPT = 4096

/** The Unix sockets of this machine, and which process is at the other end of each. */
export class UnixSockets {
  #byInode: ReadonlyMap<number, SocketRecord> | undefined
  #searchedAt = -Infinity
  readonly #holders = new Map<number, ProcessKey | { missedAt: number }>()

  /** What was read is read anew when somebody asks for it again. */
  forget(): void {
    this.#byInode = undefined
  }

  /** Of these, the sockets that have a name, or whose other end has one. */
  of(inodes: ReadonlySet<number>): SocketRecord[] {
    const all = (this.#byInode ??= read())
    return [...inodes].flatMap((inode) => all.get(inode) ?? [])
  }

  /** The processes at the other ends of these sockets, by the inode of the socket. Who may not be looked at is left out. */
  peersOf(sockets: readonly SocketRecord[], processes: ReadonlyMap<number, ProcessRecord>): ReadonlyMap<number, ProcessRecord> {
    const wanted = new Set(sockets.flatMap(({ peer }) => (peer === undefined || this.#isSettled(peer) ? [] : [peer])))
    if (wanted.size > 0 && performance.now() - this.#searchedAt > APART) this.#find(wanted, processes)
    const found = new Map<number, ProcessRecord>()
    for (const { inode, peer } of sockets) {
      const holder = peer === undefined ? undefined : this.#holders.get(peer)
      const process = holder && 'pid' in holder ? processes.get(holder.pid) : undefined
      if (process) found.set(inode, process)
    }
    return found
  }

  #isSettled(inode: number): boolean {
    const known = this.#holders.get(inode)
    if (known === undefined) return false
    return 'pid' in known ? isStill(known) : performance.now() - known.missedAt < AGAIN
  }

  #find(wanted: Set<number>, processes: ReadonlyMap<number, ProcessRecord>): void {
    this.#searchedAt = performance.now()
    if (this.#holders.size > MOST_KEPT) this.#holders.clear()
    for (const { pid, ticks } of processes.values()) {
      for (const inode of socketsHeldBy(pid)) if (wanted.delete(inode)) this.#holders.set(inode, { pid, ticks })
      if (wanted.size === 0) return
    }
    for (const inode of wanted) this.#holders.set(inode, { missedAt: performance.now() })
  }
}

/** With their other ends where the kernel tells them; else those that have a name themselves. */
function read(): ReadonlyMap<number, SocketRecord> {
  const dump = dumpUnixSockets()
  if (!dump.ok) return new Map(readUnixSockets().map((socket) => [socket.inode, socket]))
  const names = new Map(dump.value.flatMap(({ inode, name }) => (name === '' ? [] : [[inode, name] as const])))
  const sockets = new Map<number, SocketRecord>()
  for (const { inode, name, peer, state } of dump.value) {
    const remote = (peer !== undefined && names.get(peer)) || ''
    if (name !== '' || remote !== '') sockets.set(inode, { protocol: 'unix', inode, uid: -1, local: name, localPort: 0, remote, remotePort: 0, state, ...(peer !== undefined && { peer }) })
  }
  return sockets
}

function* socketsHeldBy(pid: number): Generator<number> {
  let names: string[]
  try {
    names = readdirSync(`/proc/${pid}/fd`)
  } catch {
    return
  }
  for (const name of names) {
    try {
      const target = readlinkSync(`/proc/${pid}/fd/${name}`)
      if (target.startsWith('socket:[')) yield Number(target.slice(8, -1))
    } catch {
      // It was closed in between.
    }
  }
}
