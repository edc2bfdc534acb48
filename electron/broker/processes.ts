import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { darwinFolder, darwinProgram, darwinWords, readDarwinProcess } from '../containment/macos/processes.ts'

const onDarwin = process.platform === 'darwin'

/** A process by number and start time: together they name it even when the number is used again. */
export interface ProcessId {
  pid: number
  /** On Linux clock ticks since boot, `/proc/PID/stat` field 22; on macOS microseconds since the epoch. */
  startedAt: number
}

export interface ProcessInfo extends ProcessId {
  parent: number
}

/** What the kernel says about a process; undefined when there is none (any more), and on Windows. */
export function readProcess(pid: number): ProcessInfo | undefined {
  if (onDarwin) return readDarwinProcess(pid)
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in field 2 may hold anything, so fields are counted from the last closing bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { pid, parent: Number(fields[1]), startedAt: Number(fields[19]) }
  } catch {
    return undefined
  }
}

/** The processes above one, nearest first, without init. */
export function* ancestorsOf(pid: number): Generator<ProcessInfo> {
  const seen = new Set([pid])
  for (let at = readProcess(pid)?.parent ?? 0; at > 1 && !seen.has(at); ) {
    const found = readProcess(at)
    if (!found) return
    yield found
    seen.add(at)
    at = found.parent
  }
}

/** Its executable, or its command line where the executable can't be read. */
export function programOf(pid: number): string {
  try {
    return (onDarwin ? darwinProgram(pid) : undefined) ?? readlinkSync(`/proc/${pid}/exe`)
  } catch {
    return wordsOf(pid).join(' ') || `process ${pid}`
  }
}

/**
 * The processes that hold the other end of a TCP connection on this machine: the socket whose own port is `remotePort`
 * and whose peer's is `localPort`. Format: proc_pid_net(5).
 */
export function holdersOfTcpPeer(localPort: number, remotePort: number): number[] {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => inodesIn(table, (local, remote) => local === remotePort && remote === localPort)))
  if (inodes.size === 0) return []
  const sockets = new Set([...inodes].map((inode) => `socket:[${inode}]`))
  return readNames('/proc').filter((name) => /^\d+$/.test(name) && holdsAny(name, sockets)).map(Number)
}

/** Which of these processes has a socket of this own port. Sockets of other network namespaces are not found. */
export function holderOfSocket({ over, port }: { over: 'tcp' | 'udp'; port: number }, among: readonly number[]): number | undefined {
  const inodes = [over, `${over}6`].flatMap((table) => inodesIn(table, (local) => local === port))
  const sockets = new Set(inodes.map((inode) => `socket:[${inode}]`))
  return sockets.size === 0 ? undefined : among.find((pid) => holdsAny(String(pid), sockets))
}

function inodesIn(table: string, isMeant: (local: number, remote: number) => boolean): string[] {
  try {
    const rows = readFileSync(`/proc/net/${table}`, 'latin1').split('\n').slice(1).map((row) => row.trim().split(/\s+/))
    return rows.flatMap((row) => (isMeant(portOf(row[1]), portOf(row[2])) && row[9] !== undefined ? [row[9]] : []))
  } catch {
    return []
  }
}

/** The port of a column like `0100007F:1F90`. */
function portOf(column = ''): number {
  return Number.parseInt(column.slice(column.lastIndexOf(':') + 1), 16)
}

function holdsAny(pid: string, sockets: ReadonlySet<string>): boolean {
  return readNames(`/proc/${pid}/fd`).some((fd) => {
    try {
      return sockets.has(readlinkSync(`/proc/${pid}/fd/${fd}`))
    } catch {
      return false
    }
  })
}

/** The words it was started with; none where they can't be read. */
export function wordsOf(pid: number): string[] {
  if (onDarwin) return darwinWords(pid)
  try {
    const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replace(/\0$/, '')
    return text === '' ? [] : text.split('\0')
  } catch {
    return []
  }
}

/** The folder it works in; undefined where that can't be read. */
export function folderOf(pid: number): string | undefined {
  if (onDarwin) return darwinFolder(pid)
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return undefined
  }
}

/** Names in a folder; none where it can't be read. */
function readNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
