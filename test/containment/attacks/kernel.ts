import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import koffi from 'koffi'
import type { Attack } from './attack.ts'
import { address, argv, AT_FDCWD, hasOldCalls, inet, sh, syscall, words } from './calls.ts'
import { i386Elf } from './machine-code.ts'

const onlyX64 = (): string | undefined => (hasOldCalls ? undefined : 'this is machine code of x86-64')

/** Doors of the kernel that lead around a fence of system calls. */
export const kernel: Attack[] = [
  {
    name: 'sets up io_uring',
    group: 'kernel',
    isToldOnly: true,
    try: (_, note) => note('io_uring_setup', syscall('io_uring_setup', 8, Buffer.alloc(120))),
  },
  {
    name: 'uses rings that were there before it',
    group: 'kernel',
    alone: true,
    try(at, note) {
      for (let fd = 3; fd < 64; fd++) {
        const entered = syscall(426, fd, 1, 0, 0, 0, 0)
        if (entered >= 0) note('ring', `ESCAPED: descriptor ${fd} is a ring that takes work`)
      }
      note('io_uring_register', syscall(427, 3, 0, 0, 0))
      note('pidfd_getfd', syscall('pidfd_getfd', syscall('pidfd_open', at.supervisor, 0), 3, 0))
    },
  },
  {
    name: 'takes descriptors of the supervisor and the broker',
    group: 'kernel',
    try(at, note) {
      for (const pid of [at.supervisor, at.broker, at.victim]) {
        const pidfd = syscall('pidfd_open', pid, 0)
        for (let fd = 0; fd < 32; fd++) {
          const got = syscall('pidfd_getfd', pidfd, fd, 0)
          if (got >= 0) note('pidfd_getfd', `ESCAPED: descriptor ${fd} of process ${pid}`)
          else note('pidfd_getfd', got)
        }
      }
    },
  },
  {
    name: 'calls the kernel as a 32-bit program',
    group: 'kernel',
    impossible: onlyX64,
    try(at, note) {
      writeFileSync('i386', i386Elf(at.secret))
      chmodSync('i386', 0o755)
      const { signal, status, stdout } = spawnSync('./i386')
      note('content', stdout ?? '')
      note('i386 program', signal === 'SIGSYS' || status !== 0 ? -1 : 0)
    },
  },
  {
    name: 'calls the kernel by the old interrupt',
    group: 'kernel',
    alone: true,
    impossible: onlyX64,
    try(_, note) {
      // mov eax,20 (getpid of i386); int 0x80; ret
      const code = Buffer.from('b814000000cd80c3', 'hex')
      const page = syscall('mmap', 0, 4096, 7, 0x22, -1, 0)
      note('mmap', page)
      Buffer.from(koffi.view(BigInt(page), code.length)).set(code)
      const call = koffi.decode(BigInt(page), koffi.proto('int old_getpid()')) as () => number
      note('int 0x80', `ESCAPED: it came back with ${call()}`)
    },
  },
  {
    name: 'traces and reads a process outside',
    group: 'kernel',
    try(at, note) {
      for (const [name, request] of [['attach', 16], ['seize', 0x4206]] as const) for (const pid of [at.victim, at.supervisor, at.broker]) note(name, syscall('ptrace', request, pid, 0, 0))
      note('traceme', syscall('ptrace', 0, 0, 0, 0))
      note('kcmp', syscall(process.arch === 'x64' ? 312 : 272, at.supervisor, at.broker, 0, 1, 1))
      note('process_madvise', syscall(440, syscall('pidfd_open', at.victim, 0), words(0, 0), 1, 4, 0))
      note('perf_event_open', syscall('perf_event_open', Buffer.alloc(128), at.victim, -1, -1, 0))
    },
  },
  {
    name: 'makes namespaces of its own',
    group: 'kernel',
    try(at, note) {
      for (const flag of [0x10000000, 0x20000, 0x40000000, 0x08000000, 0x04000000, 0x02000000, 0x20000000, 0x80]) note('unshare', syscall('unshare', flag))
      note('clone', own(syscall('clone', 0x10000000 | 17, 0, 0, 0, 0)))
      note('clone3', own(syscall('clone3', words(0x10000000, 0, 0, 0, 17, 0, 0, 0), 64)))
      for (const pid of [at.victim, 1]) note('setns', syscall('setns', syscall('pidfd_open', pid, 0), 0x20000))
      sh(at, note, 'unshare -Ur cat "$SECRET"; unshare -m true')
    },
  },
  {
    name: 'mounts, moves its root and looks elsewhere',
    group: 'kernel',
    uncontained: 'the kernel lets only root do this',
    try(at, note) {
      note('chroot', syscall('chroot', at.folder))
      note('pivot_root', syscall('pivot_root', '.', '.'))
      note('mount', syscall('mount', at.folder, at.scratch, 'none', 4096, 0))
      note('open_tree', syscall('open_tree', AT_FDCWD, at.folder, 1))
      note('fsopen', syscall(430, 'tmpfs', 0))
      note('mount_setattr', syscall(442, AT_FDCWD, at.scratch, 0, Buffer.alloc(32), 32))
      note('umount2', syscall(process.arch === 'x64' ? 166 : 39, at.scratch, 2))
    },
  },
  {
    name: 'loads programs into the kernel and holds its pages',
    group: 'kernel',
    uncontained: 'the kernel lets only root do this',
    try(_, note) {
      note('bpf', syscall('bpf', 5, Buffer.alloc(128), 128))
      note('userfaultfd', syscall('userfaultfd', 1))
      note('userfaultfd device', syscall('openat', AT_FDCWD, '/dev/userfaultfd', 2, 0))
      note('fanotify_init', syscall('fanotify_init', 0x200, 0))
      note('init_module', syscall(process.arch === 'x64' ? 175 : 105, Buffer.alloc(8), 8, Buffer.alloc(1)))
      note('syslog', syscall('syslog', 3, Buffer.alloc(256), 256))
    },
  },
  {
    name: 'reaches the key rings of the user',
    group: 'kernel',
    isToldOnly: true,
    try(_, note) {
      note('add_key', syscall('add_key', 'user', 'name', Buffer.from('x'), 1, -4))
      note('keyctl', syscall('keyctl', 0, -4, 0, 0, 0))
      note('request_key', syscall(process.arch === 'x64' ? 249 : 218, 'user', 'name', 0, -4))
    },
  },
  {
    name: 'sets up a filter of its own with a supervisor of its own',
    group: 'kernel',
    alone: true,
    try(_, note) {
      syscall('prctl', 38, 1, 0, 0, 0)
      // one instruction: allow everything
      const instruction = Buffer.from('060000000000ff7f', 'hex')
      const program = Buffer.alloc(16)
      program.writeUInt16LE(1, 0)
      program.writeBigUInt64LE(address(instruction), 8)
      const listener = syscall('seccomp', 1, 1 << 3, program)
      note('seccomp with a listener', listener)
      if (listener >= 0) note('seccomp', 'ESCAPED: it supervises itself')
    },
  },
  {
    name: 'has a filter allow what another refuses',
    group: 'kernel',
    isToldOnly: true,
    alone: true,
    try(at, note) {
      const instruction = Buffer.from('060000000000ff7f', 'hex')
      const program = Buffer.alloc(16)
      program.writeUInt16LE(1, 0)
      program.writeBigUInt64LE(address(instruction), 8)
      note('seccomp', syscall('seccomp', 1, 0, program))
      note('open', syscall('openat', AT_FDCWD, at.key, 0, 0))
      note('io_uring_setup', syscall('io_uring_setup', 8, Buffer.alloc(120)))
    },
  },
  {
    name: 'changes what the kernel thinks of it',
    group: 'kernel',
    isToldOnly: true,
    alone: true,
    try(at, note) {
      note('personality', syscall('personality', 0x0008 | 0x0400000))
      for (const [name, option, value] of [['PR_SET_NAME', 15, address(Buffer.from('node\0'))], ['PR_SET_CHILD_SUBREAPER', 36, 1], ['PR_SET_PTRACER', 0x59616d61, -1], ['PR_SET_DUMPABLE', 4, 0], ['PR_SET_PDEATHSIG', 1, 0]] as const)
        note(name, String(syscall('prctl', option, value, 0, 0, 0)))
      note('PR_SET_MM', syscall('prctl', 35, 13, syscall('openat', AT_FDCWD, '/bin/cat', 0, 0), 0, 0))
      note('PR_CAP_AMBIENT', syscall('prctl', 47, 2, 21, 0, 0))
      note('open', syscall('openat', AT_FDCWD, at.key, 0, 0))
      note('write', syscall('openat', AT_FDCWD, at.secret, 2, 0))
    },
  },
  {
    name: 'types into the terminal of the user',
    group: 'kernel',
    uncontained: 'the tests have no terminal',
    try(_, note) {
      for (const fd of [0, 1, 2]) {
        note('TIOCSTI', syscall('ioctl', fd, 0x5412, Buffer.from('x')))
        note('TIOCSTI wide', syscall('ioctl', fd, 0x1_0000_5412, Buffer.from('x')))
        note('TIOCLINUX', syscall('ioctl', fd, 0x541c, Buffer.from([3])))
      }
    },
  },
  {
    name: 'touches shared memory and queues of programs outside',
    group: 'kernel',
    impossible: (at) => (at.sharedMemory === undefined ? 'shared memory could not be made' : undefined),
    try(at, note) {
      const at1 = syscall('shmat', at.sharedMemory!, 0, 0o10000)
      note('shmat', at1)
      if (at1 > 0) note('content', Buffer.from(Buffer.from(koffi.view(BigInt(at1), 64))))
      note('shmctl remove', syscall(process.arch === 'x64' ? 31 : 195, at.sharedMemory!, 0, 0))
      const queue = syscall('mq_open', at.name.replace(/\W/g, ''), 2, 0, 0)
      note('mq_open', queue >= 0 ? 'ESCAPED: it has the queue of another program' : queue)
    },
  },
  {
    name: 'uses device files and kernel settings',
    group: 'kernel',
    uncontained: 'the kernel lets only root do this',
    try: (at, note) =>
      sh(at, note, 'for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /sys/kernel/uevent_helper /proc/$SUPERVISOR/oom_score_adj /proc/$BROKER/oom_score_adj /proc/1/oom_score_adj /sys/fs/cgroup/cgroup.procs; do : >> $f && echo "ESCAPED: wrote $f"; done'),
  },
  {
    name: 'fills every descriptor it may have and goes on',
    group: 'kernel',
    uncontained: 'only looks for what the supervisor makes of it',
    alone: true,
    try(at, note) {
      let last = 0
      for (let count = 0; last >= 0 && count < 20_000; count++) last = syscall('openat', AT_FDCWD, '/dev/null', 0o10000000, 0)
      note('openat', last)
      note('key', syscall('openat', AT_FDCWD, at.key, 0, 0))
      const to = inet('127.0.0.1', at.tcp)
      note('connect', syscall('connect', 3, to, to.length))
    },
  },
  {
    name: 'starts a program with more words than memory',
    group: 'kernel',
    uncontained: 'only looks for what the supervisor makes of it',
    try(_, note) {
      const text = Buffer.alloc(130_000, 'a')
      text[text.length - 1] = 0
      const pointers = words(...Array.from({ length: 6000 }, () => address(text)), 0)
      note('execve', syscall('execve', '/bin/true', pointers, words(0)))
    },
  },
  {
    name: 'asks for what lies at addresses that are none',
    group: 'kernel',
    uncontained: 'only looks for what the supervisor makes of it',
    alone: true,
    try(at, note) {
      for (const bad of [1, 0xfff, -1, 0x7fff_ffff_f000, -4096]) {
        note('openat', syscall('openat', AT_FDCWD, bad, 0, 0))
        note('execve', syscall('execve', bad, bad, bad))
        note('connect', syscall('connect', 0, bad, 16))
        note('renameat2', syscall('renameat2', AT_FDCWD, bad, AT_FDCWD, bad, 0))
        note('bind', syscall('bind', 0, bad, 28))
        note('utimensat', syscall('utimensat', AT_FDCWD, at.secret, bad, 0))
        note('sendmmsg', syscall('sendmmsg', 0, bad, 0xffffffff, 0))
        note('setxattr', syscall('setxattr', at.secret, bad, bad, 0xffffffff, 0))
      }
      const port0 = inet('127.0.0.1', 0)
      note('port 0', syscall('connect', syscall('socket', 2, 1, 0), port0, 16))
      note('port 0 sendto', syscall('sendto', syscall('socket', 2, 2, 0), port0, 4, 0, port0, 16))
      const { pointers } = argv('')
      note('no words', syscall('execve', at.secret, words(0), words(0)))
      note('empty word', syscall('execve', at.secret, pointers, words(0)))
    },
  },
]

/** A second copy of this process, where one is made, ends at once. */
function own(pid: number): number {
  if (pid === 0) syscall(process.arch === 'x64' ? 231 : 94, 0)
  return pid
}
