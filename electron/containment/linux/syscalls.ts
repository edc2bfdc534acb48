/**
 * Numbers of the system calls that the filter names, for this processor: `arch/x86/entry/syscalls/syscall_64.tbl` and
 * `include/uapi/asm-generic/unistd.h`. From 424 on all processors share them. Calls that arm64 never had are absent there.
 */

/** Read as: name, x86-64, arm64 (-1 where there is none). */
const TABLE = `
  open 2 -1            openat 257 56        creat 85 -1          openat2 437 437
  rename 82 -1         renameat 264 38      renameat2 316 276    mkdir 83 -1          mkdirat 258 34
  rmdir 84 -1          unlink 87 -1         unlinkat 263 35      link 86 -1           linkat 265 37
  symlink 88 -1        symlinkat 266 36     mknod 133 -1         mknodat 259 33       truncate 76 45
  chmod 90 -1          fchmod 91 52         fchmodat 268 53      fchmodat2 452 452
  chown 92 -1          fchown 93 55         lchown 94 -1         fchownat 260 54
  utime 132 -1         utimes 235 -1        futimesat 261 -1     utimensat 280 88
  setxattr 188 5       lsetxattr 189 6      fsetxattr 190 7      setxattrat 463 463
  removexattr 197 14   lremovexattr 198 15  fremovexattr 199 16  removexattrat 466 466
  socket 41 198        connect 42 203       bind 49 200          listen 50 201
  sendto 44 206        sendmsg 46 211       sendmmsg 307 269
  execve 59 221        execveat 322 281     clone 56 220         clone3 435 435
  unshare 272 97       setns 308 268        ioctl 16 29          prctl 157 167
  ptrace 101 117       process_vm_readv 310 270                  process_vm_writev 311 271
  process_madvise 440 440                   pidfd_getfd 438 438  kcmp 312 272
  mount 165 40         umount2 166 39       pivot_root 155 41    chroot 161 51
  open_tree 428 428    move_mount 429 429   fsopen 430 430       fsconfig 431 431     fsmount 432 432
  fspick 433 433       mount_setattr 442 442                     open_tree_attr 467 467
  bpf 321 280          perf_event_open 298 241                   userfaultfd 323 282
  keyctl 250 219       add_key 248 217      request_key 249 218
  io_uring_setup 425 425                    name_to_handle_at 303 264
  open_by_handle_at 304 265                 fanotify_init 300 262
  init_module 175 105  finit_module 313 273 delete_module 176 106
  kexec_load 246 104   kexec_file_load 320 294                   reboot 169 142
  swapon 167 224       swapoff 168 225      acct 163 89          quotactl 179 60      quotactl_fd 443 443
  settimeofday 164 170 clock_settime 227 112                     adjtimex 159 171     clock_adjtime 305 266
  sethostname 170 161  setdomainname 171 162                     syslog 103 116
  prlimit64 302 261    setpriority 141 140  ioprio_set 251 30    sched_setscheduler 144 119
  sched_setparam 142 118                    sched_setattr 314 274                    sched_setaffinity 203 122
  shmat 30 196         shmctl 31 195        msgget 68 186        msgsnd 69 189        msgrcv 70 188
  msgctl 71 187        semget 64 190        semop 65 193         semtimedop 220 192   semctl 66 191
  mq_open 240 180      mq_unlink 241 181    setsockopt 54 208    inotify_add_watch 254 27
  file_setattr 469 469
  iopl 172 -1          ioperm 173 -1        modify_ldt 154 -1    uselib 134 -1        ustat 136 -1
  vhangup 153 58       lookup_dcookie 212 18
`

const numbers = new Map(
  [...TABLE.matchAll(/(\w+) (\d+) (-?\d+)/g)].map(([, name, x64, arm64]) => [name!, Number(process.arch === 'arm64' ? arm64 : x64)]),
)
const names = new Map([...numbers].filter(([, number]) => number >= 0).map(([name, number]) => [number, name]))

/** The number of a system call here; undefined where this processor has no such call. */
export function syscallNumber(name: string): number | undefined {
  const number = numbers.get(name)
  if (number === undefined) throw new Error(`no system call "${name}" in the table`)
  return number < 0 ? undefined : number
}

/** The name of a number that is in the table. */
export function syscallName(number: number): string | undefined {
  return names.get(number)
}

/** `AUDIT_ARCH_*` of `linux/audit.h`: what `seccomp_data.arch` says for this processor's own calls. */
export const AUDIT_ARCH = process.arch === 'arm64' ? 0xc00000b7 : 0xc000003e
