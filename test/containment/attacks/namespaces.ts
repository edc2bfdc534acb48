import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import type { Attack, Target } from './attack.ts'
import { syscall } from './calls.ts'

const withoutWall = (at: Target): string | undefined => (at.isBehindNamespaces ? undefined : 'there is no bubblewrap on this machine')
const withoutNetwork = (at: Target): string | undefined => withoutWall(at) ?? (at.networkNamespace === undefined ? 'no network namespace could be made' : undefined)
const ENOENT = -2

/** What only the extra wall hides: Landlock and the supervisor let everybody see that something is there. */
export const namespaces: Attack[] = [
  {
    name: 'looks for processes of the user by their numbers',
    group: 'namespaces',
    impossible: withoutWall,
    try(at, note) {
      for (const pid of [at.victim, at.supervisor, at.broker]) note(`kill ${pid}`, syscall('kill', pid, 0))
      for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
        try {
          const { uid } = statSync(`/proc/${pid}`)
          const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').join(' ')
          if (words === 'cat ') note('cmdline', `ESCAPED: process ${pid} of user ${uid} is the one outside`)
        } catch {
          // Gone again, or bubblewrap's own.
        }
      note('pidfd_open', syscall('pidfd_open', at.victim, 0))
    },
  },
  {
    name: 'learns which keys there are, without reading them',
    group: 'namespaces',
    impossible: withoutWall,
    try(at, note) {
      try {
        note('stat', `ESCAPED: the key has ${statSync(at.key).size} bytes`)
      } catch (error) {
        note('stat', (error as NodeJS.ErrnoException).errno ?? ENOENT)
      }
    },
  },
  {
    name: 'is in the network of the machine',
    group: 'namespaces',
    impossible: withoutNetwork,
    try(at, note) {
      const own = readlinkSync('/proc/self/ns/net')
      note('namespace', own === at.networkNamespace ? 'ESCAPED: its network is that of the machine' : -1)
      const interfaces = readFileSync(`/proc/${process.pid}/net/dev`, 'latin1').match(/^ *[^ |]+:/gm) ?? []
      note('interfaces', interfaces.join() === '    lo:' ? -1 : `ESCAPED: it has ${interfaces.join()}`)
      const named = readFileSync(`/proc/${process.pid}/net/unix`, 'latin1').match(/[/@].+$/gm) ?? []
      note('sockets by name', named.length === 0 ? -1 : `ESCAPED: it has ${named.join()}`)
    },
  },
  {
    name: 'asks the kernel for the networks of the machine',
    group: 'namespaces',
    impossible: withoutNetwork,
    try(_, note) {
      for (const family of [16, 17, 40, 38, 31, 29]) note(`socket of family ${family}`, syscall('socket', family, 3, 0))
      try {
        const names = Object.keys(networkInterfaces()).filter((name) => name !== 'lo')
        note('interfaces', names.length > 0 ? `ESCAPED: it sees ${names.join()}` : -1)
      } catch {
        note('interfaces', -1)
      }
    },
  },
  {
    name: 'looks for shared memory by its number',
    group: 'namespaces',
    impossible: (at) => withoutWall(at) ?? (at.sharedMemory === undefined ? 'shared memory could not be made' : undefined),
    try(at, note) {
      const EINVAL = -22
      const attached = syscall('shmat', at.sharedMemory!, 0, 0o10000)
      note('shmat', attached === EINVAL ? attached : `ESCAPED: there is a segment of this number: ${attached}`)
    },
  },
]
