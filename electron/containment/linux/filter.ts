import { constants } from 'node:os'
import { AUDIT_ARCH, syscallNumber } from './syscalls.ts'

/**
 * The seccomp filter of a contained tree, as classic BPF (`linux/filter.h`, `linux/seccomp.h`). What registers alone can tell
 * is decided here, because registers can't change after the check; what lies in memory goes to the supervisor.
 */

export const SET_MODE_FILTER = 1
/** NEW_LISTENER, and WAIT_KILLABLE_RECV (Linux 5.19): once received, a call is only interrupted by a signal that kills. */
export const SUPERVISED = (1 << 3) | (1 << 5)

type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, k: number]

const LOAD = 0x20
const EQUAL = 0x15
const AT_LEAST = 0x35
const ANY_BIT = 0x45
const AND = 0x54
const RETURN = 0x06

const ALLOW: Instruction = [RETURN, 0, 0, 0x7fff0000]
const NOTIFY: Instruction = [RETURN, 0, 0, 0x7fc00000]
const KILL: Instruction = [RETURN, 0, 0, 0x80000000]
const fail = (name: keyof typeof constants.errno): Instruction => [RETURN, 0, 0, 0x00050000 | constants.errno[name]]

// struct seccomp_data { s32 nr; u32 arch; u64 ip; u64 args[6] }, little-endian
const loadNumber: Instruction = [LOAD, 0, 0, 0]
const loadArchitecture: Instruction = [LOAD, 0, 0, 4]
const loadLow = (argument: number): Instruction => [LOAD, 0, 0, 16 + 8 * argument]
const loadHigh = (argument: number): Instruction => [LOAD, 0, 0, 20 + 8 * argument]

/** If the call is `name`, run the body, which returns on every path. Nothing where this processor has no such call. */
function on(name: string, body: readonly Instruction[]): Instruction[] {
  const number = syscallNumber(name)
  return number === undefined ? [] : [[EQUAL, 0, body.length, number], ...body]
}

const each = (names: string, body: readonly Instruction[]): Instruction[] => names.trim().split(/\s+/).flatMap((name) => on(name, body))

/**
 * In the fifth argument of `open` and `openat`, which neither uses: the caller wants what the Landlock ruleset allows and nothing
 * more. It is no secret and gives nothing: such a call is bound by the ruleset like any other, it only is not asked about.
 */
export const FENCE_ONLY = 0x9add0c

const O_PATH = 0o10000000
const AF = { UNIX: 1, INET: 2, INET6: 10 }
const SOCK = { STREAM: 1, DGRAM: 2 }
const MSG_FASTOPEN = 0x20000000
/** CLONE_NEW{TIME,NS,CGROUP,UTS,IPC,USER,PID,NET} of `linux/sched.h`. */
const NEW_NAMESPACE = 0x80 | 0x20000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
/**
 * Typing into the terminal that the operator uses, or having its keys and driver type something else: TIOCSTI, TIOCLINUX, TIOCCONS, TIOCSETD,
 * TIOCVHANGUP, KDSKBENT, KDSKBSENT, KDSKBDIACR, KDSKBDIACRUC, KDSETKEYCODE.
 */
const TYPING = [0x5412, 0x541c, 0x541d, 0x5423, 0x5437, 0x4b47, 0x4b49, 0x4b4b, 0x4bfb, 0x4b4d]
/**
 * What changes a file that is open for reading only: FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR, FS_IOC_SETVERSION, EXT4_IOC_SETVERSION, FS_IOC_ENABLE_VERITY,
 * FS_IOC_SET_ENCRYPTION_POLICY, FAT_IOCTL_SET_ATTRIBUTES, BTRFS_IOC_{SNAP_CREATE,SUBVOL_CREATE,SNAP_DESTROY} and their second versions.
 */
const CHANGING = [0x40086602, 0x401c5820, 0x40087602, 0x40086604, 0x40806685, 0x800c6613, 0x40047211, 0x50009401, 0x5000940e, 0x5000940f, 0x50009417, 0x50009418, 0x5000943f]
const [PRIO_PROCESS, IOPRIO_WHO_PROCESS] = [0, 1]

/** Handles are not read or written, and reopening one is an open again. They also can't be handed over. */
const openingWithFlags = (flags: number, fenceOnly: boolean): Instruction[] => [
  loadLow(flags),
  [ANY_BIT, 0, 1, O_PATH],
  ALLOW,
  ...(fenceOnly ? [loadLow(4), [EQUAL, 0, 1, FENCE_ONLY] as const, ALLOW] : []),
  NOTIFY,
]

/**
 * Streams over TCP (6), datagrams over UDP (17), anything between processes of this machine. In a network namespace of its own the tree
 * can make none that leads anywhere: there the supervisor makes them.
 */
const socket = (ownNetwork: boolean): Instruction[] => [
  loadLow(0),
  [EQUAL, 13, 0, AF.UNIX],
  [EQUAL, 2, 0, AF.INET],
  [EQUAL, 1, 0, AF.INET6],
  fail('EAFNOSUPPORT'),
  loadLow(1),
  [AND, 0, 0, 0xf],
  [EQUAL, 1, 0, SOCK.STREAM],
  [EQUAL, 0, 5, SOCK.DGRAM],
  loadLow(2),
  [EQUAL, 4, 0, 0],
  [EQUAL, 3, 0, 6],
  [EQUAL, 2, 0, 17],
  fail('EPROTONOSUPPORT'),
  fail('EACCES'),
  ownNetwork ? NOTIFY : ALLOW,
]

/** `sendto` on a connected socket names no address: nothing to judge. */
const sendto: Instruction[] = [
  loadLow(3),
  [ANY_BIT, 0, 1, MSG_FASTOPEN],
  fail('EOPNOTSUPP'),
  loadLow(4),
  [EQUAL, 0, 3, 0],
  loadHigh(4),
  [EQUAL, 0, 1, 0],
  ALLOW,
  NOTIFY,
]
const sendMessage = (flags: number): Instruction[] => [loadLow(flags), [ANY_BIT, 0, 1, MSG_FASTOPEN], fail('EOPNOTSUPP'), NOTIFY]

/** One argument is none of the values. */
const noneOf = (argument: number, values: readonly number[]): Instruction[] => [
  loadLow(argument),
  ...values.map((value, index): Instruction => [EQUAL, values.length - index, 0, value]),
  ALLOW,
  fail('EPERM'),
]

/** A route in the packet leads elsewhere than its address says: IP_OPTIONS; IPV6_{RTHDR,2292RTHDR,2292PKTOPTIONS}. */
const setsockopt: Instruction[] = [
  loadLow(1),
  [EQUAL, 0, 2, 0],
  loadLow(2),
  [EQUAL, 6, 7, 4],
  [EQUAL, 0, 6, 41],
  loadLow(2),
  [EQUAL, 3, 0, 57],
  [EQUAL, 2, 0, 5],
  [EQUAL, 1, 0, 6],
  ALLOW,
  fail('EPERM'),
  ALLOW,
]

/** Zero means the caller itself. */
const onItself = (argument: number): Instruction[] => [loadLow(argument), [EQUAL, 0, 1, 0], ALLOW, NOTIFY]
const onOneOf = (kind: number): Instruction[] => [loadLow(0), [EQUAL, 0, 3, kind], ...onItself(1)]

/**
 * The whole filter, as an array of `struct sock_filter`. `fenceOnly` lets calls pass that ask for no more than the Landlock ruleset
 * grants; only for a ruleset that is a fence by itself. `ownNetwork` says that the tree is in a network namespace of its own.
 */
export function containmentFilter({ fenceOnly, ownNetwork }: { fenceOnly: boolean; ownNetwork: boolean }): Buffer {
  return encode([
    loadArchitecture,
    [EQUAL, 1, 0, AUDIT_ARCH],
    KILL,
    loadNumber,
    // x32: the same calls under other numbers.
    ...(process.arch === 'x64' ? [[AT_LEAST, 0, 1, 0x40000000] as const, fail('ENOSYS')] : []),
    ...on('openat', openingWithFlags(2, fenceOnly)),
    ...on('open', openingWithFlags(1, fenceOnly)),
    ...on('creat', [NOTIFY]),
    // Their flags lie in memory; callers fall back to the older call.
    ...each('openat2 clone3 setxattrat removexattrat file_setattr', [fail('ENOSYS')]),
    ...each('execve execveat connect bind listen', [NOTIFY]),
    ...on('socket', socket(ownNetwork)),
    ...on('sendto', sendto),
    ...on('sendmsg', sendMessage(2)),
    ...on('sendmmsg', sendMessage(3)),
    ...each(
      `rename renameat renameat2 mkdir mkdirat rmdir unlink unlinkat link linkat symlink symlinkat mknod mknodat truncate
       chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat
       setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr`,
      [NOTIFY],
    ),
    // Only the set-up of rings: Node in the launcher holds some already and ends when io_uring_enter fails; execve closes them.
    ...on('io_uring_setup', [fail('ENOSYS')]),
    ...on('clone', [loadLow(0), [ANY_BIT, 0, 1, NEW_NAMESPACE & ~0x80], fail('EPERM'), ALLOW]),
    ...each('unshare', [loadLow(0), [ANY_BIT, 0, 1, NEW_NAMESPACE], fail('EPERM'), ALLOW]),
    ...on('ioctl', noneOf(1, [...TYPING, ...CHANGING])),
    ...on('setsockopt', setsockopt),
    ...each('prlimit64 sched_setscheduler sched_setparam sched_setattr sched_setaffinity', onItself(0)),
    ...on('setpriority', onOneOf(PRIO_PROCESS)),
    ...on('ioprio_set', onOneOf(IOPRIO_WHO_PROCESS)),
    ...each('shmat shmctl inotify_add_watch', [NOTIFY]),
    // Queues and semaphores that every program of the user can reach, with nobody to say whose they are.
    ...each('msgget msgsnd msgrcv msgctl semget semop semtimedop semctl mq_open mq_unlink', [fail('ENOSYS')]),
    ...each(
      `setns ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp mount umount2 pivot_root chroot open_tree
       move_mount fsopen fsconfig fsmount fspick mount_setattr open_tree_attr bpf perf_event_open userfaultfd keyctl add_key request_key
       name_to_handle_at open_by_handle_at fanotify_init init_module finit_module delete_module kexec_load kexec_file_load reboot
       swapon swapoff acct quotactl quotactl_fd settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname syslog
       iopl ioperm modify_ldt uselib ustat vhangup lookup_dcookie`,
      [fail('EPERM')],
    ),
    ALLOW,
  ])
}

/** struct sock_filter { u16 code; u8 jt, jf; u32 k } */
function encode(instructions: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(instructions.length * 8)
  instructions.forEach(([code, jumpTrue, jumpFalse, k], index) => {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(jumpTrue, index * 8 + 2)
    bytes.writeUInt8(jumpFalse, index * 8 + 3)
    bytes.writeUInt32LE(k >>> 0, index * 8 + 4)
  })
  return bytes
}
