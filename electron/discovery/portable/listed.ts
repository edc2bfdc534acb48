import { existsSync } from 'node:fs'
import { basename, isAbsolute } from 'node:path'
import type { ProcessRecord, SocketRecord } from '../process-record.ts'

/** A path with blanks in it is put together from so many words at most. */
const MOST_BLANKS = 6
const MOST_ARGV = 64 * 1024

/**
 * The processes of this machine. ps-list asks `ps`; on Windows it tells no command lines, so systeminformation is asked
 * there. What is `known` and unchanged is not read again.
 */
export async function listProcesses(platform: NodeJS.Platform, known: ReadonlyMap<number, ProcessRecord>): Promise<ProcessRecord[]> {
  const listed = platform === 'win32' ? await bySystemInformation() : await byPs()
  return listed.map(({ pid, parent, startedAt, line, path, name, uid }) => {
    const ticks = Math.floor(startedAt / 1000)
    const before = known.get(pid)
    if (before?.ticks === ticks && lineOf(before) === line) return { ...before, parent }
    const exe = path === '' ? undefined : path
    const argv = wordsOf(line.slice(0, MOST_ARGV), exe)
    const record: ProcessRecord = { pid, ticks, parent, comm: name, startedAt, argv, argvCut: line.length > MOST_ARGV, exe: exe ?? absoluteOf(argv[0]), uid }
    lines.set(record, line)
    return record
  })
}

interface Listed {
  pid: number
  parent: number
  startedAt: number
  /** The whole command line. */
  line: string
  path: string
  name: string
  uid: number | undefined
}

/** What a record was made from; goes with the record. */
const lines = new WeakMap<readonly string[] | ProcessRecord, string>()
const lineOf = (record: ProcessRecord): string | undefined => lines.get(record)

async function byPs(): Promise<Listed[]> {
  const { default: psList } = await import('ps-list')
  return (await psList()).map(({ pid, ppid, cmd = '', path = '', name, uid, startTime }) => ({ pid, parent: ppid, startedAt: startTime?.getTime() ?? 0, line: cmd, path, name, uid }))
}

async function bySystemInformation(): Promise<Listed[]> {
  const { default: si } = await import('systeminformation')
  return (await si.processes()).list.map(({ pid, parentPid, started, command, path, name }) => ({ pid, parent: parentPid, startedAt: Date.parse(started) || 0, line: command, path, name, uid: undefined }))
}

/** A connection with the process that has it. */
export interface Connection {
  pid: number
  socket: SocketRecord
}

/** Every TCP and UDP socket of which the system tells the process. A socket is named by its place in the list, in this list only. */
export async function listConnections(): Promise<Connection[]> {
  const { default: si } = await import('systeminformation')
  const listed: readonly Told[] = await si.networkConnections()
  return listed.flatMap((told, at) => (told.pid ? [{ pid: told.pid, socket: socketOf(told, at + 1) }] : []))
}

/** As systeminformation tells it: texts, and often not all of them. */
interface Told {
  protocol: string
  localAddress: string
  localPort: string
  peerAddress: string
  peerPort: string
  state: string
  /** Null, whatever its types say, where the process is not told. */
  pid: number | null
}

const STATES: Record<string, SocketRecord['state']> = { ESTABLISHED: 'established', ESTAB: 'established', LISTEN: 'listening', LISTENING: 'listening', SYN_SENT: 'connecting', 'SYN-SENT': 'connecting', SYN_RECV: 'connecting' }

function socketOf({ protocol, localAddress, localPort, peerAddress, peerPort, state }: Told, inode: number): SocketRecord {
  const udp = protocol.startsWith('udp')
  const remotePort = Number(peerPort) || 0
  return {
    protocol: udp ? 'udp' : 'tcp',
    inode,
    uid: -1,
    local: addressOf(localAddress),
    localPort: Number(localPort) || 0,
    remote: addressOf(peerAddress),
    remotePort,
    state: udp ? (remotePort === 0 ? 'open' : 'established') : (STATES[state.toUpperCase()] ?? 'closing'),
  }
}

/** Without brackets and interface, IPv4 in IPv6 as IPv4. */
function addressOf(text: string): string {
  return text.replace(/^\[|\]$/g, '').replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '')
}

/**
 * The words of a command line that was told as one text: borders are blanks, quotes on Windows, and what names a file that
 * is there. Other words with blanks in them are not told apart.
 */
export function wordsOf(line: string, exe: string | undefined): string[] {
  if (exe !== undefined && line.startsWith(`${exe} `)) return [exe, ...split(line.slice(exe.length + 1))]
  return split(line)
}

function split(text: string): string[] {
  const words = [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  const joined: string[] = []
  for (let at = 0; at < words.length; at++) {
    const whole = isAbsolute(words[at]!) ? wholePath(words, at) : 1
    joined.push(words.slice(at, at + whole).join(' '))
    at += whole - 1
  }
  return joined
}

/** How many words a path takes that begins here. */
function wholePath(words: readonly string[], at: number): number {
  if (existsSync(words[at]!)) return 1
  for (let count = 2; count <= MOST_BLANKS && at + count <= words.length; count++) if (existsSync(words.slice(at, at + count).join(' '))) return count
  return 1
}

const absoluteOf = (word: string | undefined): string | undefined => (word !== undefined && isAbsolute(word) && basename(word) !== '' ? word : undefined)
