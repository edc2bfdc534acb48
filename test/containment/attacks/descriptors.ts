import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Attack, Note } from './attack.ts'
import { ancillary, AT_FDCWD, inet, inet6, message, O_PATH, readAll, sh, syscall, unix, words } from './calls.ts'
import { calling, contents, race } from './races.ts'

const FENCE_ONLY = 0x9add0c
const [STREAM, DGRAM] = [1, 2]
const isX64 = process.arch === 'x64'
const [FCHMOD, GETPRIORITY, IOPRIO_SET] = isX64 ? [91, 140, 251] : [52, 141, 30]

function show(note: Note, path: string, directory = AT_FDCWD, mark = 0): void {
  const got = syscall('openat', directory, path, 0, 0, mark)
  note(path, got)
  note('content', readAll(got))
}

/** Sends by every call, so that what arrives was sent by one of them. */
function send(note: Note, socket: number, to: Buffer, text: string): void {
  const data = Buffer.from(text)
  note('sendto', syscall('sendto', socket, data, data.length, 0, to, to.length))
  note('sendmsg', syscall('sendmsg', socket, message(data, to).header, 0))
}

/** Processes, descriptors and numbers that come to mean something else than when they were looked at. */
export const descriptors: Attack[] = [
  {
    name: 'reads a secret that somebody keeps in the temporary folder',
    group: 'secrets',
    try(at, note) {
      for (const path of at.temporarySecrets) {
        show(note, path)
        show(note, path, AT_FDCWD, FENCE_ONLY)
        sh(at, note, `cat "${path}"`)
      }
    },
  },
  {
    name: 'opens the memory of another process of the tree',
    group: 'secrets',
    try(_, note) {
      for (const path of [`/proc/${process.ppid}/mem`, `/proc/${process.ppid}/task/${process.ppid}/mem`]) {
        for (const flags of [0, 2]) {
          const got = syscall('openat', AT_FDCWD, path, flags, 0)
          note(path, got)
          if (got >= 0) note(path, `ESCAPED: ${path} is open, and what that process may is its own`)
        }
      }
    },
  },
  {
    name: 'waits until a terminal that it had belongs to the user',
    group: 'secrets',
    async try(_, note) {
      // The judge opens a terminal as soon as this one is closed; the system gives it the same number.
      const master = syscall('openat', AT_FDCWD, '/dev/ptmx', 0o402, 0)
      const bytes = Buffer.alloc(4)
      syscall('ioctl', master, 0x80045430, bytes)
      const path = `/dev/pts/${bytes.readUInt32LE()}`
      syscall('ioctl', master, 0x40045431, Buffer.alloc(4))
      const own = syscall('openat', AT_FDCWD, path, 0o402, 0)
      closeSync(own)
      closeSync(master)
      writeFileSync('closed', path)
      for (let tries = 0; tries < 100; tries++) {
        await new Promise((done) => setTimeout(done, 20))
        try {
          if (readFileSync('taken', 'utf8') === path) break
        } catch {
          // Not yet.
        }
      }
      const got = syscall('openat', AT_FDCWD, path, 0o4402, 0)
      note(path, got)
      if (got >= 0 && statSync(path).isCharacterDevice()) note(path, `ESCAPED: ${path} is open, which is the user's`)
    },
  },
  {
    name: 'reads shared memory that another program has named',
    group: 'secrets',
    impossible: (at) => (at.namedMemory === undefined ? 'there is no /dev/shm' : undefined),
    try(at, note) {
      const { namedMemory: named = '' } = at
      show(note, named)
      note('unlink', syscall('unlinkat', AT_FDCWD, named, 0) >= 0 ? 'ESCAPED: the memory of another program is gone' : -1)
      note('rename', syscall('renameat2', AT_FDCWD, named, AT_FDCWD, `${at.scratch}/mine`, 0))
      note('link', syscall('linkat', AT_FDCWD, named, AT_FDCWD, `${at.scratch}/mine2`, 0))
    },
  },
  {
    name: 'changes a file outside through another name that it had in the workspace',
    group: 'writing',
    try(at, note) {
      note('open', syscall('openat', AT_FDCWD, at.linked, 1, 0) >= 0 ? 0 : -13)
      sh(at, note, `echo gone > "${at.linked}"; truncate -s 0 "${at.linked}"; dd if=/dev/zero of="${at.linked}" count=1 conv=notrunc`)
    },
  },
  {
    name: 'reads by folders of /proc that lead elsewhere',
    group: 'secrets',
    try(at, note) {
      syscall('chdir', dirname(at.key))
      const proc = syscall('openat', AT_FDCWD, '/proc', O_PATH, 0)
      const fds = syscall('openat', AT_FDCWD, '/proc/self/fd', O_PATH, 0)
      const key = syscall('openat', AT_FDCWD, at.key, O_PATH, 0)
      for (const path of [`self/cwd/${basename(at.key)}`, `self/root${at.key}`, `thread-self/root${at.key}`, `${process.pid}/cwd/${basename(at.key)}`]) show(note, path, proc)
      show(note, String(key), fds)
      for (const path of [`/proc/self/cwd/${basename(at.key)}`, `/proc/self/task/${process.pid}/root${at.key}`, `/proc/self/root/proc/self/root${at.key}`, `/dev/fd/../cwd/${basename(at.key)}`, `/proc/self/fd/${key}`, `/proc/self/fd/${key}/`, `/proc/self/map_files/../root${at.key}`, `/proc/self/net/../root${at.key}`]) show(note, path)
    },
  },
  {
    name: 'leads through forty links and their loops',
    group: 'secrets',
    try(at, note) {
      symlinkSync(at.key, 'l0')
      for (let step = 1; step < 45; step++) symlinkSync(`l${step - 1}`, `l${step}`)
      symlinkSync('loop', 'loop')
      for (const path of ['l5', 'l38', 'l44', 'loop', './l5', `${at.scratch}/l1/../l1`]) show(note, path)
    },
  },
  {
    name: 'changes its folder while another thread opens by it',
    group: 'secrets',
    async try(at, note) {
      writeFileSync(basename(at.key), 'decoy')
      await race(calling(['chdir', at.scratch], ['chdir', dirname(at.key)]), note, () => syscall('openat', AT_FDCWD, basename(at.key), 0, 0), contents(note))
    },
  },
  {
    name: 'exchanges the descriptor by which a link is made',
    group: 'secrets',
    async try(at, note) {
      writeFileSync('own', 'own')
      const seen = contents(note)
      const mine = syscall('openat', AT_FDCWD, `${at.scratch}/own`, O_PATH, 0)
      const theirs = syscall('openat', AT_FDCWD, at.key, O_PATH, 0)
      syscall('dup3', mine, 200, 0)
      await race(calling(['dup3', mine, 200, 0], ['dup3', theirs, 200, 0]), note, () => syscall('linkat', AT_FDCWD, '/proc/self/fd/200', AT_FDCWD, `${at.scratch}/second`, 0x400), () => {
        seen(syscall('openat', AT_FDCWD, `${at.scratch}/second`, 0, 0))
        syscall('unlinkat', AT_FDCWD, `${at.scratch}/second`, 0)
      })
    },
  },
  {
    name: 'exchanges the folder in which a socket is bound',
    group: 'races',
    async try(at, note) {
      mkdirSync('decoy')
      const mine = syscall('openat', AT_FDCWD, `${at.scratch}/decoy`, O_PATH, 0)
      const theirs = syscall('openat', AT_FDCWD, at.folder, O_PATH, 0)
      syscall('dup3', mine, 201, 0)
      const to = unix('/proc/self/fd/201/secret.txt')
      const other = unix(`/proc/${process.pid}/fd/201/new.sock`)
      let turn = 0
      await race(
        calling(['dup3', mine, 201, 0], ['dup3', theirs, 201, 0]),
        note,
        () => {
          const address = turn++ % 2 === 0 ? to : other
          const socket = syscall('socket', 1, STREAM, 0)
          const value = syscall('bind', socket, address, address.length)
          syscall('close', socket)
          for (const name of ['secret.txt', 'new.sock']) syscall('unlinkat', mine, name, 0)
          return value
        },
        () => {},
      )
      note('now and then', -1)
    },
  },
  {
    name: 'exchanges the socket that is connected',
    group: 'races',
    async try(at, note) {
      const [good, bad] = [inet('127.0.0.1', at.allowedTcp), inet('127.0.0.1', at.tcp)]
      const [a, b] = [syscall('socket', 2, STREAM, 0), syscall('socket', 2, DGRAM, 0)]
      syscall('dup3', a, 202, 0)
      await race(calling(['dup3', a, 202, 0], ['dup3', b, 202, 0]), note, () => (syscall('connect', 202, good, 16), syscall('connect', 202, bad, 16)), () => {})
      note('forbidden', syscall('connect', syscall('socket', 2, STREAM, 0), bad, 16))
    },
  },
  {
    name: 'exchanges the socket that listens',
    group: 'races',
    async try(_, note) {
      const any = inet('0.0.0.0', 0)
      const near = inet('127.0.0.1', 0)
      await race(calling(['dup3', 0, 203, 0], ['dup3', 1, 203, 0]), note, () => {
        const socket = syscall('socket', 2, STREAM, 0)
        syscall('dup3', socket, 203, 0)
        const bound = syscall('bind', 203, any, 16)
        syscall('bind', socket, near, 16)
        const listening = syscall('listen', socket, 1)
        const at = Buffer.alloc(16)
        syscall('getsockname', socket, at, Buffer.from([16, 0, 0, 0]))
        syscall('close', socket)
        if (listening >= 0 && at.readUInt32BE(4) === 0) note('listen', 'ESCAPED: it is open to the network')
        return bound < 0 ? bound : listening
      }, () => {})
      note('kept', -1)
    },
  },
  {
    name: 'starts by a descriptor that only its thread has',
    group: 'kernel',
    try(at, note) {
      const { stdout, status } = spawnSync(at.node, [new URL('unshared.ts', import.meta.url).pathname, at.forbidden], { timeout: 5000 })
      note('output', stdout)
      // It prints what it was told only where nothing was started.
      note('execveat', Number(stdout.toString()) || -(status ?? 1))
    },
  },
  {
    name: 'leaves programs that run as this user for others',
    group: 'writing',
    try(at, note) {
      writeFileSync('a', 'x')
      const [fd] = [syscall('openat', AT_FDCWD, `${at.scratch}/b`, 0o101, 0o6755)]
      note('fchmod', syscall(FCHMOD, fd, 0o6755))
      note('fchmodat', syscall('fchmodat', AT_FDCWD, `${at.scratch}/a`, 0o4755))
      note('fchmodat2', syscall(452, AT_FDCWD, `${at.scratch}/a`, 0o4755, 0))
      note('mknodat', syscall('mknodat', AT_FDCWD, `${at.scratch}/c`, 0o106755, 0))
      note('tmpfile', syscall('linkat', AT_FDCWD, `/proc/self/fd/${syscall('openat', AT_FDCWD, at.scratch, 0o20200002, 0o6755)}`, AT_FDCWD, `${at.scratch}/d`, 0x400))
      sh(at, note, 'cp /bin/true e; chmod u+s e; chmod g+s e; install -m 6755 /bin/true f; mv e g')
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) {
        const { mode } = statSync(name, { throwIfNoEntry: false }) ?? { mode: 0 }
        if ((mode & 0o6000) !== 0) note(name, `ESCAPED: ${name} has the mode ${mode.toString(8)}`)
      }
      const capability = words(0x0000000102000001, 0xffffffff, 0xffffffff)
      note('capability', syscall('setxattr', `${at.scratch}/a`, 'security.capability', capability, 20, 0))
    },
  },
  {
    name: 'leaves a device behind a name that it moves',
    group: 'writing',
    try(at, note) {
      writeFileSync('from', 'x')
      const moved = syscall('renameat2', AT_FDCWD, `${at.scratch}/from`, AT_FDCWD, `${at.scratch}/to`, 4)
      note('RENAME_WHITEOUT', moved)
      if (statSync('from', { throwIfNoEntry: false })?.isCharacterDevice()) note('from', 'ESCAPED: it is a device')
      writeFileSync('x', 'x')
      note('all flags', syscall('renameat2', AT_FDCWD, `${at.scratch}/x`, AT_FDCWD, at.secret, 0xffff))
      note('outside', syscall('renameat2', AT_FDCWD, `${at.scratch}/x`, AT_FDCWD, at.secret, 0))
    },
  },
  {
    name: 'opens in every odd mode',
    group: 'writing',
    try(at, note) {
      for (const flags of [1, 2, 3, 0o1000, 0o1001, 0o2001, 0o101, 0o301, 0o100, 0o10001, 0o4010002, 0o200000 | 0o100 | 1, 0o20200001, 0o1000 | 3]) {
        const got = syscall('openat', AT_FDCWD, at.secret, flags, 0o666)
        note(flags.toString(8), got)
        if (got < 0) continue
        syscall('write', got, Buffer.from('gone'), 4)
        syscall(isX64 ? 77 : 46, got, 1)
      }
      note('empty', syscall('openat', syscall('openat', AT_FDCWD, at.secret, O_PATH, 0), '', 1, 0))
    },
  },
  {
    name: 'hides an address in a datagram without a family',
    group: 'network',
    try(at, note) {
      const to = inet('127.0.0.1', at.udp)
      to.writeUInt16LE(0, 0)
      send(note, syscall('socket', 2, DGRAM, 0), to, at.name)
      const socket = syscall('socket', 2, DGRAM, 0)
      const near = inet('127.0.0.1', at.allowedTcp)
      note('connect', syscall('connect', socket, near, 16))
      send(note, socket, to, at.name)
    },
  },
  {
    name: 'connects a datagram socket again, elsewhere',
    group: 'network',
    try(at, note) {
      const socket = syscall('socket', 2, DGRAM, 0)
      for (const to of [inet('127.0.0.1', at.allowedTcp), Buffer.alloc(16), inet('127.0.0.1', at.udp)]) note('connect', syscall('connect', socket, to, 16))
      syscall('write', socket, Buffer.from(at.name), at.name.length)
      const six = syscall('socket', 10, DGRAM, 0)
      for (const to of [inet('127.0.0.1', at.udp), inet6('00000000000000000000ffff7f000001', at.udp), inet6('00000000000000000000000000000001', at.udp)]) send(note, six, to, at.name)
    },
  },
  {
    name: 'keeps a datagram back and sends it elsewhere',
    group: 'network',
    try(at, note) {
      const socket = syscall('socket', 2, DGRAM, 0)
      const data = Buffer.from(at.name)
      const [good, bad] = [inet('127.0.0.1', at.allowedTcp), inet('127.0.0.1', at.udp)]
      const MSG_MORE = 0x8000
      note('begin', syscall('sendto', socket, data, data.length, MSG_MORE, bad, 16))
      note('end', syscall('sendto', socket, data, data.length, 0, good, 16))
      note('cork', syscall('setsockopt', socket, 17, 1, Buffer.from([1, 0, 0, 0]), 4))
      note('corked', syscall('sendto', socket, data, data.length, 0, bad, 16))
      note('uncork', syscall('setsockopt', socket, 17, 1, Buffer.from([0, 0, 0, 0]), 4))
    },
  },
  {
    name: 'has another process connect a socket and takes it',
    group: 'network',
    try(at, note) {
      const pair = Buffer.alloc(8)
      syscall('socketpair', 1, DGRAM, 0, pair)
      const socket = syscall('socket', 2, STREAM, 0)
      const fd = Buffer.alloc(4)
      fd.writeInt32LE(socket)
      note('pass', syscall('sendmsg', pair.readInt32LE(0), message(Buffer.from('x'), undefined, ancillary(1, 1, fd)).header, 0))
      const room = Buffer.alloc(64)
      syscall('recvmsg', pair.readInt32LE(4), message(Buffer.alloc(8), undefined, room).header, 0x40)
      const passed = room.readInt32LE(16)
      note('connect', syscall('connect', passed, inet('127.0.0.1', at.tcp), 16))
      syscall('write', socket, Buffer.from(at.name), at.name.length)
    },
  },
  {
    name: 'reaches a socket file by a folder, a handle and a second name',
    group: 'network',
    try(at, note) {
      syscall('chdir', at.folder)
      const handle = syscall('openat', AT_FDCWD, at.folder, O_PATH, 0)
      note('link', syscall('linkat', AT_FDCWD, at.unix, AT_FDCWD, `${at.scratch}/second.sock`, 0))
      note('rename', syscall('renameat2', AT_FDCWD, at.temporaryUnix, AT_FDCWD, `${at.scratch}/third.sock`, 0) >= 0 ? -1 : -1)
      for (const path of ['service.sock', './service.sock', `/proc/self/fd/${handle}/service.sock`, `/proc/self/cwd/service.sock`, `${at.scratch}/second.sock`, `${at.scratch}/third.sock`])
        for (const type of [STREAM, DGRAM, 5]) {
          const to = unix(path)
          const socket = syscall('socket', 1, type, 0)
          note(path, syscall('connect', socket, to, to.length))
          note('sendto', syscall('sendto', syscall('socket', 1, DGRAM, 0), Buffer.from('x'), 1, 0, to, to.length))
        }
    },
  },
  {
    name: 'offers datagrams and IPv6 to the network',
    group: 'network',
    try(_, note) {
      for (const [family, type, address] of [[2, DGRAM, inet('0.0.0.0', 0)], [10, STREAM, inet6('0'.repeat(32), 0)], [10, DGRAM, inet6('0'.repeat(32), 0)], [10, STREAM, inet6('00000000000000000000ffff00000000', 0)]] as const)
        for (const only of [0, 1]) {
          const socket = syscall('socket', family, type, 0)
          if (family === 10) syscall('setsockopt', socket, 41, 26, Buffer.from([only, 0, 0, 0]), 4)
          address.writeUInt16BE(20_000 + Math.floor(Math.random() * 9000), 2)
          const bound = syscall('bind', socket, address, address.length)
          note('bind', bound)
          if (bound < 0 || (type === STREAM && syscall('listen', socket, 1) < 0)) continue
          const at = Buffer.alloc(28)
          syscall('getsockname', socket, at, Buffer.from([28, 0, 0, 0]))
          const host = family === 2 ? at.subarray(4, 8) : at.subarray(8, 24)
          const isAny = host.every((byte) => byte === 0) || host.equals(Buffer.from('00000000000000000000ffff00000000', 'hex'))
          note('reach', isAny ? 'ESCAPED: it is open to the network' : -13)
        }
    },
  },
  {
    name: 'harms processes of the user as a group',
    group: 'paddock',
    wide: true,
    try(at, note) {
      const before = syscall(GETPRIORITY, 0, at.victim)
      note('setpriority of the user', syscall('setpriority', 2, process.getuid!(), 19))
      note('setpriority of the group', syscall('setpriority', 1, at.victim, 19))
      note('ioprio of the group', syscall(IOPRIO_SET, 2, at.victim, (3 << 13) | 0))
      note('move_pages', syscall(isX64 ? 279 : 239, at.victim, 0, 0, 0, 0, 0))
      note('process_mrelease', syscall(448, syscall('pidfd_open', at.victim, 0), 0))
      if (syscall(GETPRIORITY, 0, at.victim) !== before) note('priority', 'ESCAPED: it is another')
    },
  },
  {
    name: 'starts what it has only in memory',
    group: 'kernel',
    try(at, note) {
      const memory = syscall('memfd_create', 'x', 0)
      writeFileSync(memory, readFileSync('/bin/true'))
      const pid = spawnSync('/proc/self/fd/3', [], { stdio: ['ignore', 'pipe', 'pipe', memory], timeout: 3000 })
      note('start', pid.status === 0 ? 'ESCAPED: it runs, though nobody could look at it' : -13)
      writeFileSync('gone', readFileSync('/bin/true'), { mode: 0o755 })
      const open = openSync('gone', 'r')
      unlinkSync('gone')
      const removed = spawnSync('/proc/self/fd/3', [], { stdio: ['ignore', 'pipe', 'pipe', open], timeout: 3000 })
      note('removed', removed.status === 0 ? 'ESCAPED: it runs, though it has no name' : -13)
      sh(at, note, 'exit 1')
    },
  },
]
