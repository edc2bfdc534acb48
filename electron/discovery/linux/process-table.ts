import { readdirSync } from 'node:fs'
import type { TableChange } from '../observer.ts'
import type { ProcessRecord } from '../process-record.ts'
import { readProcess, readStat } from './read-process.ts'

/** A process that is younger than this may still become another program (fork, then exec), in milliseconds. */
const YOUNG = 2000

/**
 * The processes of this machine, read incrementally: what is known is not read again but for its start time, which tells
 * a number that is used again from the process that had it.
 */
export class ProcessTable {
  readonly #known = new Map<number, ProcessRecord>()
  #seen = new Set<number>()

  get all(): ReadonlyMap<number, ProcessRecord> {
    return this.#known
  }

  /** Numbers that are new or gone. With `verify` also every known process by its start time. */
  look(verify: boolean): TableChange {
    const now = new Set<number>()
    const change: TableChange = { started: [], ended: [] }
    for (const name of namesIn('/proc')) {
      const first = name.charCodeAt(0)
      if (first < 48 || first > 57) continue
      now.add(Number(name))
    }
    for (const pid of this.#seen) if (!now.has(pid)) this.remove(pid, change)
    const young = Date.now() - YOUNG
    for (const pid of now) {
      const known = this.#known.get(pid)
      if (known ? verify || known.startedAt > young : verify || !this.#seen.has(pid)) this.read(pid, change)
    }
    this.#seen = now
    return change
  }

  /** Reads one process again, for instance because an event named it. */
  read(pid: number, change: TableChange): void {
    const known = this.#known.get(pid)
    const stat = readStat(pid)
    if (known && stat && known.ticks === stat.ticks && known.startedAt < Date.now() - YOUNG && known.comm === stat.comm && known.parent === stat.parent) return
    const record = readProcess(pid, stat)
    if (known && (!record || record.ticks !== known.ticks)) change.ended.push(known)
    if (!record) return void this.#known.delete(pid)
    this.#seen.add(pid)
    const isSame = known?.ticks === record.ticks && known.exe === record.exe && known.argv.length === record.argv.length && known.argv.every((word, at) => word === record.argv[at])
    // Who keeps something of a process keeps it by its record.
    if (isSame && known.parent === record.parent && known.comm === record.comm) return
    this.#known.set(pid, record)
    if (!isSame) change.started.push(record)
  }

  /** Takes a process as it was read elsewhere. */
  put(record: ProcessRecord, change: TableChange): void {
    const known = this.#known.get(record.pid)
    if (known && known.ticks !== record.ticks) change.ended.push(known)
    this.#seen.add(record.pid)
    this.#known.set(record.pid, record)
    change.started.push(record)
  }

  remove(pid: number, change: TableChange): void {
    const known = this.#known.get(pid)
    this.#known.delete(pid)
    this.#seen.delete(pid)
    if (known) change.ended.push(known)
  }
}

/** Without /proc nothing is seen; that is said elsewhere. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
