import { spawn } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import koffi from 'koffi'
import type { Attack, Note } from './attack.ts'
import { AT_FDCWD, inet, message, O_PATH, readAll, shared, syscall } from './calls.ts'
import { startsFromFileElf } from './machine-code.ts'

/** How long a race runs, in milliseconds. */
const ROUND = 700

/** Keeps another thread busy putting one thing and then the other into memory that both see. */
function flipping(memory: Buffer, one: Buffer, other: Buffer): Worker {
  return new Worker(
    `const { workerData: { memory, one, other } } = require('node:worker_threads')
     for (;;) { memory.set(one); memory.set(other) }`,
    { eval: true, workerData: { memory, one, other } },
  )
}

/** Keeps another thread busy making two system calls in turn: `[call, ...arguments]`, whose texts are C strings. */
export function calling(first: (number | string)[], second: (number | string)[]): Worker {
  return new Worker(new URL('calling.ts', import.meta.url), { workerData: [first, second] })
}

/** Does it again and again while the other thread works; reports how often it was refused and what it got otherwise. */
export async function race(other: Worker, note: Note, act: () => number, won: (value: number) => void): Promise<void> {
  await new Promise((done) => other.once('online', done))
  const refused = new Map<number, number>()
  for (const end = Date.now() + ROUND; Date.now() < end; ) {
    for (let count = 0; count < 20; count++) {
      const value = act()
      if (value < 0) refused.set(value, (refused.get(value) ?? 0) + 1)
      else won(value)
    }
  }
  await other.terminate()
  for (const [errno, times] of refused) note(`${times} times`, errno)
}

/** Two C strings of equal length for paths of different length. */
function evenly(one: string, other: string): [Buffer, Buffer] {
  const length = Math.max(one.length, other.length) + 1
  const padded = (path: string): Buffer => Buffer.from(`${'/'.repeat(length - path.length)}${path}\0`)
  return [padded(one), padded(other)]
}

/** Prints each different content once. */
export function contents(note: Note): (fd: number) => void {
  const seen = new Set<string>()
  return (fd) => {
    const content = readAll(fd).toString('latin1')
    syscall('close', fd)
    if (!seen.has(content)) note('content', content)
    seen.add(content)
  }
}

/** Changes of arguments, names and descriptors while a call is under way. */
export const races: Attack[] = [
  {
    name: 'changes the path of an open',
    group: 'races',
    async try(at, note) {
      writeFileSync('plain', 'plain')
      const [plain, secret] = evenly(`${at.scratch}/plain`, at.key)
      const path = shared(plain)
      await race(flipping(path, plain, secret), note, () => syscall('openat', AT_FDCWD, path, 0, 0), contents(note))
    },
  },
  {
    name: 'changes the path of an open for writing',
    group: 'races',
    async try(at, note) {
      const [plain, secret] = evenly(`${at.scratch}/plain`, at.secret)
      const path = shared(plain)
      await race(flipping(path, plain, secret), note, () => syscall('openat', AT_FDCWD, path, 0o1101, 0o644), (fd) => {
        syscall('write', fd, Buffer.from('gone'), 4)
        syscall('close', fd)
      })
    },
  },
  {
    name: 'changes where a rename goes',
    group: 'races',
    async try(at, note) {
      writeFileSync('from', 'mine')
      const [plain, outside] = evenly(`${at.scratch}/to`, `${at.folder}/to`)
      const path = shared(plain)
      await race(flipping(path, plain, outside), note, () => syscall('renameat2', AT_FDCWD, `${at.scratch}/from`, AT_FDCWD, path, 0), () => writeFileSync('from', 'mine'))
    },
  },
  {
    name: 'changes the port of a connect',
    group: 'races',
    async try(at, note) {
      const [good, bad] = [inet('127.0.0.1', at.allowedTcp), inet('127.0.0.1', at.tcp)]
      const to = shared(good)
      let socket = 0
      await race(flipping(to, good, bad), note, () => {
        syscall('close', socket)
        socket = syscall('socket', 2, 1, 0)
        return syscall('connect', socket, to, to.length)
      }, () => {})
    },
  },
  {
    name: 'changes the address and the pointers of a datagram',
    group: 'races',
    async try(at, note) {
      const data = Buffer.from(at.name)
      const good = message(data, inet('127.0.0.1', at.allowedTcp))
      const bad = message(data, inet('127.0.0.1', at.udp))
      const header = shared(good.header)
      const socket = syscall('socket', 2, 2, 0)
      await race(flipping(header, good.header, bad.header), note, () => syscall('sendmsg', socket, header, 0), () => {})
    },
  },
  {
    name: 'changes the address of a bind',
    group: 'races',
    async try(_, note) {
      const [near, far] = [inet('127.0.0.1', 0), inet('0.0.0.0', 0)]
      const to = shared(near)
      let socket = 0
      let kept = 0
      await race(flipping(to, near, far), note, () => {
        syscall('close', socket)
        socket = syscall('socket', 2, 1, 0)
        return syscall('bind', socket, to, 16)
      }, () => {
        const bound = Buffer.alloc(16)
        syscall('getsockname', socket, bound, Buffer.from([16, 0, 0, 0]))
        if (bound.readUInt32BE(4) === 0) note('bound', 'ESCAPED: it is bound to every address')
        kept++
      })
      note(`kept to this machine ${kept} times`, -13)
    },
  },
  {
    name: 'exchanges the folder behind a descriptor',
    group: 'races',
    async try(at, note) {
      mkdirSync('decoy')
      writeFileSync('decoy/secret.txt', 'decoy')
      const mine = syscall('openat', AT_FDCWD, `${at.scratch}/decoy`, O_PATH, 0)
      const theirs = syscall('openat', AT_FDCWD, at.folder, O_PATH, 0)
      const used = 100
      syscall('dup3', mine, used, 0)
      await race(calling(['dup3', mine, used, 0], ['dup3', theirs, used, 0]), note, () => syscall('openat', used, 'secret.txt', 2, 0), contents(note))
    },
  },
  {
    name: 'exchanges a link while it is followed',
    group: 'races',
    async try(at, note) {
      writeFileSync('plain', 'plain')
      symlinkSync('plain', 'a')
      symlinkSync(at.key, 'b')
      const [a, b] = [`${at.scratch}/a`, `${at.scratch}/b`]
      await race(calling(['renameat2', AT_FDCWD, a, AT_FDCWD, b, 2], ['getpid']), note, () => syscall('openat', AT_FDCWD, a, 0, 0), contents(note))
    },
  },
  {
    name: 'exchanges a folder for a link while files in it are changed',
    group: 'races',
    async try(at, note) {
      mkdirSync('d')
      writeFileSync('d/secret.txt', 'mine')
      symlinkSync(at.folder, 's')
      let turn = 0
      await race(calling(['renameat2', AT_FDCWD, `${at.scratch}/d`, AT_FDCWD, `${at.scratch}/s`, 2], ['getpid']), note, () => {
        const path = `${at.scratch}/d/secret.txt`
        switch (turn++ % 5) {
          case 0:
            return syscall('openat', AT_FDCWD, path, 0o1001, 0)
          case 1:
            return syscall('fchmodat', AT_FDCWD, path, 0o777)
          case 2:
            return syscall('truncate', path, 0)
          case 3:
            return syscall('unlinkat', AT_FDCWD, `${path}x`, 0)
          default:
            return syscall('openat', AT_FDCWD, `${at.scratch}/d/new`, 0o101, 0o644)
        }
      }, (fd) => fd > 2 && syscall('close', fd))
    },
  },
  {
    name: 'changes the program that is started',
    group: 'races',
    impossible: () => (process.arch === 'x64' ? undefined : 'this is machine code of x86-64'),
    async try(at, note) {
      const [good, bad] = evenly('/bin/true', at.forbidden)
      writeFileSync('path', Buffer.alloc(4096))
      writeFileSync('starter', startsFromFileElf(`${at.scratch}/path`, 400), { mode: 0o755 })
      const file = syscall('openat', AT_FDCWD, `${at.scratch}/path`, 2, 0)
      const page = syscall('mmap', 0, 4096, 3, 1, file, 0)
      Buffer.from(koffi.view(BigInt(page), good.length)).set(good)
      const other = new Worker(
        `const { parentPort, workerData: { library, page, good, bad } } = require('node:worker_threads'); const koffi = require(library)
         parentPort.postMessage('ready')
         const memory = Buffer.from(koffi.view(BigInt(page), good.length))
         for (;;) { memory.set(good); memory.set(bad) }`,
        { eval: true, workerData: { library: fileURLToPath(import.meta.resolve('koffi')), page, good, bad } },
      )
      await new Promise((done) => other.once('message', done))
      const starter = spawn('./starter', { timeout: 4 * ROUND })
      starter.stdout.on('data', (text: Buffer) => note('output', text))
      const status = await new Promise<number | null>((done) => starter.on('close', done))
      await other.terminate()
      note('starter', -(status ?? 1))
      // Those that were refused said so to nobody.
      note('open', syscall('openat', AT_FDCWD, at.key, 0, 0))
    },
  },
]
