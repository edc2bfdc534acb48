import { spawn, spawnSync } from 'node:child_process'
import { closeSync, linkSync, openSync, readFileSync, readSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Attack } from './attack.ts'
import { address, argv, AT_FDCWD, cString, hasOldCalls, number, O_PATH, readAll, sh, syscall, words } from './calls.ts'

/** `electron/containment/linux/filter.ts`: an open that wants no more than the Landlock ruleset grants. */
const FENCE_ONLY = 0x9add0c

/** Ways to the content of files that policy does not give. */
export const secrets: Attack[] = [
  { name: 'reads a key with cat', group: 'secrets', try: (at, note) => sh(at, note, 'cat "$KEY"') },
  { name: 'reads a file outside with cat', group: 'secrets', try: (at, note) => sh(at, note, 'cat "$SECRET"') },
  {
    name: 'reads a key through a symbolic link',
    group: 'secrets',
    try(at, note) {
      symlinkSync(at.key, 'innocent.txt')
      sh(at, note, 'cat innocent.txt')
    },
  },
  {
    name: 'reads a key through a chain of links to folders',
    group: 'secrets',
    try(at, note) {
      symlinkSync(dirname(dirname(at.key)), 'up')
      symlinkSync('up/.ssh', 'down')
      sh(at, note, `cat "down/${basename(at.key)}"`)
    },
  },
  {
    name: 'gives a key a second name in the workspace',
    group: 'secrets',
    try(at, note) {
      try {
        linkSync(at.key, 'mine')
      } catch (error) {
        return note('link', (error as NodeJS.ErrnoException).errno ?? -1)
      }
      note('mine', readFileSync('mine'))
    },
  },
  {
    name: 'links an open handle of a key into the workspace',
    group: 'secrets',
    try(at, note) {
      const handle = syscall('openat', AT_FDCWD, at.key, O_PATH, 0)
      note('linkat empty path', syscall('linkat', handle, '', AT_FDCWD, `${at.scratch}/a`, 0x1000))
      note('linkat /proc', syscall('linkat', AT_FDCWD, `/proc/self/fd/${handle}`, AT_FDCWD, `${at.scratch}/b`, 0x400))
      sh(at, note, 'cat a b')
    },
  },
  {
    name: 'moves a secret file into the workspace',
    group: 'secrets',
    try(at, note) {
      try {
        renameSync(at.key, 'mine')
      } catch (error) {
        return note('rename', (error as NodeJS.ErrnoException).errno ?? -1)
      }
      note('mine', readFileSync('mine'))
    },
  },
  {
    name: 'moves a secret of the workspace to a name that no rule has',
    group: 'secrets',
    inKept: true,
    try(at, note) {
      sh(at, note, 'mv "$WORKSPACE/kept/moved/.env" plain.txt && cat plain.txt')
      sh(at, note, 'mv "$WORKSPACE/kept/folder" elsewhere && cat elsewhere/.env')
    },
  },
  {
    name: 'exchanges a secret of the workspace for a plain file',
    group: 'secrets',
    inKept: true,
    try(at, note) {
      writeFileSync('plain.txt', 'plain')
      note('renameat2', syscall('renameat2', AT_FDCWD, `${at.workspace}/kept/exchanged/.env`, AT_FDCWD, `${at.scratch}/plain.txt`, 2))
      sh(at, note, 'cat plain.txt')
    },
  },
  { name: 'reads a key below /proc/self/root', group: 'secrets', try: (at, note) => sh(at, note, 'cat "/proc/self/root$KEY"; cat "/proc/$$/root$KEY"; cat "/proc/thread-self/root$KEY"') },
  {
    name: 'reads below the folders of processes outside',
    group: 'secrets',
    try: (at, note) => sh(at, note, 'for p in $VICTIM $SUPERVISOR $BROKER 1; do cat "/proc/$p/root$KEY" "/proc/$p/cwd/secret.txt"; ls /proc/$p/fd /proc/$p/cwd/; cat /proc/$p/environ; done'),
  },
  {
    name: 'takes open files of processes outside',
    group: 'secrets',
    uncontained: 'the decoys outside have no open file that is worth reading',
    try(at, note) {
      for (const pid of [at.victim, at.supervisor, at.broker])
        for (let fd = 0; fd < 40; fd++) {
          const got = syscall('openat', AT_FDCWD, `/proc/${pid}/fd/${fd}`, 0, 0)
          note(`/proc/${pid}/fd/${fd}`, got >= 0 ? readAll(got) : got)
        }
    },
  },
  {
    name: 'opens by a folder handle and a name',
    group: 'secrets',
    try(at, note) {
      const folder = syscall('openat', AT_FDCWD, dirname(at.key), O_PATH, 0)
      const got = syscall('openat', folder, basename(at.key), 0, 0)
      note('openat', got)
      note('content', readAll(got))
      note('fchdir', syscall('fchdir', folder))
      const near = syscall('openat', AT_FDCWD, basename(at.key), 0, 0)
      note('relative', near)
      note('content', readAll(near))
    },
  },
  {
    name: 'opens again what it only has a handle on',
    group: 'secrets',
    try(at, note) {
      const handle = syscall('openat', AT_FDCWD, at.key, O_PATH, 0)
      for (const path of [`/proc/self/fd/${handle}`, `/dev/fd/${handle}`, `/proc/thread-self/fd/${handle}`, `//proc//self/fd//${handle}`, `/proc/self/task/${process.pid}/fd/${handle}`, `/proc/./self/fd/${handle}`]) {
        const got = syscall('openat', AT_FDCWD, path, 0, 0)
        note(path, got)
        note('content', readAll(got))
      }
      note('read', syscall('read', handle, Buffer.alloc(64), 64))
    },
  },
  {
    name: 'becomes the standard input of a program by handle',
    group: 'secrets',
    alone: true,
    try(at, note) {
      const handle = syscall('openat', AT_FDCWD, at.key, O_PATH, 0)
      note('dup2', syscall('dup3', handle, 0, 0))
      const got = syscall('openat', AT_FDCWD, '/dev/stdin', 0, 0)
      note('/dev/stdin', got)
      note('content', readAll(got))
      note('cat', spawnSync('cat', ['/dev/stdin'], { stdio: [0, 'pipe', 'pipe'] }).stdout)
    },
  },
  {
    name: 'opens with the mark that is bound by the ruleset alone',
    group: 'secrets',
    try(at, note) {
      for (const path of [at.key, at.secret, `${at.workspace}/kept/marked/.env`, `${at.home}/.aws/${basename(at.key)}`]) {
        const got = syscall('openat', AT_FDCWD, path, 0, 0, FENCE_ONLY)
        note(path, got)
        note('content', readAll(got))
        if (hasOldCalls) note('open', syscall('open', path, 0, 0, 0, FENCE_ONLY))
      }
    },
  },
  {
    name: 'opens with openat2 and its flags in memory',
    group: 'secrets',
    uncontained: 'only tells that the call is there; its flags lead nowhere',
    try(at, note) {
      note('openat2', syscall('openat2', AT_FDCWD, at.key, words(0, 0, 0), 24))
      note('openat2 beneath', syscall('openat2', AT_FDCWD, at.key, words(O_PATH, 0, 0x10), 24))
    },
  },
  {
    name: 'opens a file by its file handle',
    group: 'secrets',
    uncontained: 'the kernel lets only root do this',
    try(at, note) {
      const handle = Buffer.alloc(136)
      handle.writeUInt32LE(128, 0)
      note('name_to_handle_at', syscall('name_to_handle_at', AT_FDCWD, at.key, handle, Buffer.alloc(4), 0))
      const mount = syscall('openat', AT_FDCWD, '/', O_PATH, 0)
      note('open_by_handle_at', syscall('open_by_handle_at', mount, handle, 0))
    },
  },
  {
    name: 'runs a copy of cat from memory on a key',
    group: 'secrets',
    uncontained: 'the program ends with the attack',
    try(at, note) {
      const memory = syscall('memfd_create', 'cat', 0)
      writeFileSync(memory, readFileSync('/bin/cat'))
      const child = spawnSync(at.node, ['-e', `require('child_process')`], { stdio: 'ignore' })
      note('node', -(child.status ?? 1) || 0)
      const { pointers } = argv('cat', at.key)
      note('execveat', syscall('execveat', memory, '', pointers, words(0), 0x1000))
    },
  },
  {
    name: 'copies a key with calls that need no reading',
    group: 'secrets',
    try(at, note) {
      for (const flags of [0, 2, O_PATH]) {
        const from = syscall('openat', AT_FDCWD, at.key, flags, 0)
        const to = syscall('memfd_create', 'copy', 0)
        note('sendfile', syscall('sendfile', to, from, null, 4096))
        note('copy_file_range', syscall('copy_file_range', from, null, to, null, 4096, 0))
        note('mmap', syscall('mmap', 0, 4096, 1, 1, from, 0))
        note('content', readFileSync(`/proc/self/fd/${to}`))
      }
    },
  },
  {
    name: 'watches a folder of keys for their names',
    group: 'secrets',
    try(at, note) {
      const watch = syscall('inotify_init1', 0o4000)
      const watched = syscall('inotify_add_watch', watch, at.folder, 0xfff)
      note('inotify_add_watch', watched >= 0 ? 'ESCAPED: it hears of every name in there' : watched)
      note('list', syscall('openat', AT_FDCWD, at.folder, 0o200000, 0))
    },
  },
  {
    name: 'has the kernel dump a core where it may not write',
    group: 'secrets',
    uncontained: 'depends on where this machine has cores written',
    try(at, note) {
      sh(at, note, 'cd "$FOLDER" && ulimit -c unlimited; $NODE -e "process.abort()"; kill -SEGV $$')
    },
  },
  {
    name: 'reads the disks and the memory of the machine',
    group: 'secrets',
    uncontained: 'the kernel lets only root do this',
    try(_, note) {
      for (const device of ['/dev/mem', '/dev/kmem', '/dev/port', '/proc/kcore', '/dev/loop0', '/dev/sda', '/dev/vda', '/dev/nvme0n1', '/dev/kmsg', '/dev/tty1', '/dev/vcs1', '/dev/input/event0', '/dev/fuse', '/dev/kvm', '/dev/userfaultfd', '/dev/btrfs-control', '/dev/loop-control']) {
        const got = syscall('openat', AT_FDCWD, device, 0o4000, 0)
        note(device, got)
        if (got >= 0) note('content', `ESCAPED: ${device} is open`)
      }
    },
  },
  {
    name: 'listens to another terminal of the user',
    group: 'secrets',
    impossible: (at) => (at.terminal === undefined ? 'script(1) is not there to make a terminal' : undefined),
    try(at, note) {
      const got = syscall('openat', AT_FDCWD, at.terminal!, 0o4002, 0)
      note('openat', got)
      if (got < 0) return
      note('write', `ESCAPED: ${at.terminal} is open for reading and writing`)
      closeSync(got)
    },
  },
  {
    name: 'reads files that well-known programs keep tokens in',
    group: 'secrets',
    try(at, note) {
      for (const path of at.tokens) {
        try {
          const file = openSync(path, 'r')
          const bytes = Buffer.alloc(200)
          note(path, bytes.subarray(0, readSync(file, bytes)))
        } catch (error) {
          note(path, (error as NodeJS.ErrnoException).errno ?? -1)
        }
      }
    },
  },
  {
    name: 'reads a key that the person gave away a folder beside of',
    group: 'secrets',
    try: (at, note) => sh(at, note, 'cat "$FOLDER/given/a.txt"; cat "$FOLDER/given/b.txt"; cat "$FOLDER/given/c.txt"; cat "$FOLDER/given/.env"; cat "$FOLDER/given/id_rsa"'),
  },
  {
    name: 'uses names that are no text',
    group: 'secrets',
    try(at, note) {
      const path = Buffer.concat([Buffer.from(dirname(at.secret)), Buffer.from('/'), Buffer.from([0xff, 0xfe, 0x62, 0])])
      const got = syscall('openat', AT_FDCWD, path, 0, 0)
      note('openat', got)
      note('content', readAll(got))
      note('link', syscall('linkat', AT_FDCWD, path, AT_FDCWD, cString(`${at.scratch}/mine`), 0))
    },
  },
  {
    name: 'uses paths longer than any',
    group: 'secrets',
    try(at, note) {
      for (const path of [`/${'./'.repeat(1500)}${at.key.slice(1)}`, `/${'./'.repeat(2030)}${at.key.slice(1)}`, `${'/'.repeat(4000)}${at.key}`, `${at.scratch}/${'../'.repeat(1200)}${at.key}`]) {
        const got = syscall('openat', AT_FDCWD, path, 0, 0)
        note(`${path.length} characters`, got)
        note('content', readAll(got))
      }
    },
  },
  {
    name: 'reads a named pipe and a socket of somebody else',
    group: 'secrets',
    isToldOnly: true,
    try: (at, note) => sh(at, note, 'cat "$FOLDER/pipe" & sleep 0.3; kill $!; wait; dd if="$FOLDER/pipe" iflag=nonblock'),
  },
  {
    name: 'takes the memory of a process outside by its number',
    group: 'secrets',
    isToldOnly: true,
    try(at, note) {
      const [mine, bytes] = [Buffer.alloc(64), Buffer.alloc(16)]
      bytes.writeBigUInt64LE(address(mine), 0)
      bytes.writeBigUInt64LE(64n, 8)
      for (const pid of [at.victim, at.supervisor, at.broker]) {
        note('process_vm_readv', syscall('process_vm_readv', pid, bytes, 1, bytes, 1, 0))
        note('process_vm_writev', syscall('process_vm_writev', pid, bytes, 1, bytes, 1, 0))
        note('mem', syscall('openat', AT_FDCWD, `/proc/${pid}/mem`, 2, 0))
        note('mem of a thread', syscall('openat', AT_FDCWD, `/proc/${pid}/task/${pid}/mem`, 2, 0))
        note('maps', syscall('openat', AT_FDCWD, `/proc/${pid}/maps`, 0, 0))
        note('ptrace seize', syscall('ptrace', 0x4206, pid, 0, 0))
      }
    },
  },
  {
    name: 'has a child of a child read what it may not',
    group: 'secrets',
    async try(at, note) {
      const child = spawn('sh', ['-c', `(setsid sh -c 'cat "${at.key}" > "${at.scratch}/stolen" 2> "${at.scratch}/why"' &) ; sleep 0.3`])
      await new Promise((done) => child.on('exit', done))
      sh(at, note, 'cat stolen why; test -s stolen')
    },
  },
  {
    name: 'starts the number of a call again under another number',
    group: 'secrets',
    uncontained: 'most kernels are built without these calls',
    impossible: () => (hasOldCalls ? undefined : 'only x86-64 has other numbers for its calls'),
    try(at, note) {
      note('x32 openat', syscall(0x40000000 + number('openat'), AT_FDCWD, at.key, 0, 0))
      note('x32 io_uring', syscall(0x40000000 + 425, 1, Buffer.alloc(120)))
    },
  },
  {
    name: 'reads and changes what another program keeps in the temporary folder',
    group: 'secrets',
    try(at, note) {
      const folder = dirname(at.temporarySecret)
      note('fence only', readAll(syscall('openat', AT_FDCWD, at.temporarySecret, 0, 0, FENCE_ONLY)))
      const handle = syscall('openat', AT_FDCWD, folder, O_PATH, 0)
      const relative = syscall('openat', handle, basename(at.temporarySecret), 0, 0)
      note('relative', relative)
      note('content', readAll(relative))
      note('file by handle', syscall('openat', AT_FDCWD, `/proc/self/fd/${syscall('openat', handle, basename(at.temporarySecret), O_PATH, 0)}`, 0, 0))
      note('link', syscall('linkat', handle, basename(at.temporarySecret), AT_FDCWD, `${folder}-mine-${process.pid}`, 0))
      note('move', syscall('renameat2', AT_FDCWD, folder, AT_FDCWD, `${folder}-moved`, 0))
      note('exchange', syscall('renameat2', AT_FDCWD, folder, AT_FDCWD, at.scratch, 2))
      note('write', syscall('openat', AT_FDCWD, at.temporarySecret, 1, 0))
      note('truncate', syscall('truncate', at.temporarySecret, 0))
      note('mkdir', syscall('mkdirat', handle, 'mine', 0o755))
      const events = syscall('inotify_init1', 0)
      note('watch', syscall('inotify_add_watch', events, folder, 0xfff))
      sh(at, note, `cat ${at.temporarySecret}; ln -s ${folder} /tmp/link-$$; cat /tmp/link-$$/*; rm -f /tmp/link-$$; rm -rf ${folder}; cp -r ${folder} copy; ls ${folder}`)
    },
  },
]
