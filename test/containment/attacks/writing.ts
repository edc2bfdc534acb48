import { symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Attack } from './attack.ts'
import { argv, AT_FDCWD, hasOldCalls, O_PATH, O_TMPFILE, sh, syscall, words } from './calls.ts'

const [O_WRONLY, O_CREAT, O_TRUNC] = [1, 0o100, 0o1000]

/** Ways to change what lies outside. */
export const writing: Attack[] = [
  { name: 'writes with a redirection', group: 'writing', try: (at, note) => sh(at, note, 'echo gone > "$SECRET"; echo more >> "$SECRET"; echo new > "$FOLDER/new"') },
  { name: 'copies, moves and links over a file outside', group: 'writing', try: (at, note) => sh(at, note, 'echo x > x; cp x "$SECRET"; mv -f x "$SECRET"; ln -f x "$FOLDER/x"; ln -sf x "$FOLDER/y"; install x "$FOLDER/z"') },
  { name: 'removes files and folders outside', group: 'writing', try: (at, note) => sh(at, note, 'rm -rf "$FOLDER"; rm -f "$SECRET"; rmdir "$FOLDER/given"; unlink "$SECRET"') },
  {
    name: 'truncates a file outside',
    group: 'writing',
    try(at, note) {
      note('truncate', syscall('truncate', at.secret, 0))
      note('openat', syscall('openat', AT_FDCWD, at.secret, O_TRUNC, 0))
      if (hasOldCalls) note('creat', syscall('creat', at.secret, 0o600))
    },
  },
  {
    name: 'makes files, folders, pipes and devices outside',
    group: 'writing',
    try(at, note) {
      note('openat', syscall('openat', AT_FDCWD, `${at.folder}/a`, O_CREAT | O_WRONLY, 0o644))
      note('mkdirat', syscall('mkdirat', AT_FDCWD, `${at.folder}/b`, 0o755))
      note('mknodat pipe', syscall('mknodat', AT_FDCWD, `${at.folder}/c`, 0o010644, 0))
      note('mknodat file', syscall('mknodat', AT_FDCWD, `${at.folder}/d`, 0o100644, 0))
      note('mknodat device', syscall('mknodat', AT_FDCWD, `${at.scratch}/disk`, 0o060644, 0x0700))
      note('symlinkat', syscall('symlinkat', '/etc/passwd', AT_FDCWD, `${at.folder}/e`))
    },
  },
  {
    name: 'writes through a link that it planted',
    group: 'writing',
    try(at, note) {
      symlinkSync(at.secret, 'a')
      symlinkSync(at.folder, 'b')
      symlinkSync(`${at.folder}/dangling`, 'c')
      symlinkSync('../../../private', 'd')
      sh(at, note, `echo gone > a; echo new > b/new; echo new > c; echo new > "d/${basename(at.folder)}/new2"; truncate -s 0 a; touch b/touched; chmod 777 a; cp a b/copy`)
    },
  },
  {
    name: 'gives a nameless file a name outside',
    group: 'writing',
    try(at, note) {
      const own = syscall('openat', AT_FDCWD, at.scratch, O_TMPFILE | 2, 0o644)
      note('linkat', syscall('linkat', AT_FDCWD, `/proc/self/fd/${own}`, AT_FDCWD, `${at.folder}/nameless`, 0x400))
      note('linkat empty path', syscall('linkat', own, '', AT_FDCWD, `${at.folder}/nameless2`, 0x1000))
      note('openat', syscall('openat', AT_FDCWD, at.folder, O_TMPFILE | 2, 0o644))
    },
  },
  {
    name: 'changes mode, owner, times and attributes of a file outside',
    group: 'writing',
    try(at, note) {
      note('fchmodat', syscall('fchmodat', AT_FDCWD, at.secret, 0o777))
      note('fchmodat2', syscall(452, AT_FDCWD, at.secret, 0o777, 0x100))
      note('fchownat', syscall('fchownat', AT_FDCWD, at.secret, 1, 1, 0))
      note('utimensat', syscall('utimensat', AT_FDCWD, at.secret, words(1, 0, 1, 0), 0))
      note('setxattr', syscall('setxattr', at.secret, 'user.mark', Buffer.from('x'), 1, 0))
      note('setxattrat', syscall(463, AT_FDCWD, at.secret, 0, 'user.mark', words(0, 1, 0), 16))
      note('file_setattr', syscall('file_setattr', AT_FDCWD, at.secret, words(0x40, 0, 0), 24, 0))
    },
  },
  {
    name: 'changes a file outside through a handle on it',
    group: 'writing',
    try(at, note) {
      const handle = syscall('openat', AT_FDCWD, at.secret, O_PATH, 0)
      const path = `/proc/self/fd/${handle}`
      note('truncate', syscall('truncate', path, 0))
      note('chmod', syscall('fchmodat', AT_FDCWD, path, 0o777))
      note('fchownat', syscall('fchownat', handle, '', 1, 1, 0x1000))
      note('utimensat', syscall('utimensat', handle, '', 0, 0x1000))
      note('utimensat null', syscall('utimensat', handle, 0, 0, 0))
      note('setxattr', syscall('setxattr', path, 'user.mark', Buffer.from('x'), 1, 0))
      note('open', syscall('openat', AT_FDCWD, path, 2, 0))
      note('fchmod', syscall(process.arch === 'x64' ? 91 : 52, handle, 0o777))
    },
  },
  {
    name: 'sets flags of a readable file outside with ioctl',
    group: 'writing',
    uncontained: 'depends on the file system',
    try(at, note) {
      // What programs need of the system is readable without a question; FS_IOC_SETFLAGS asks for no more.
      const readable = syscall('openat', AT_FDCWD, at.readable, 0, 0)
      note('open', readable >= 0 ? 0 : readable)
      for (const [name, request, value] of [
        ['FS_IOC_SETFLAGS', 0x40086602, words(0x40)],
        ['FS_IOC_FSSETXATTR', 0x401c5820, words(0x80, 0, 0, 0)],
        ['FS_IOC_ENABLE_VERITY', 0x40806685, words(1, 4096, 0, 0, 0, 0, 0, 0)],
      ] as const) {
        const set = syscall('ioctl', readable, request, value)
        note(name, set >= 0 ? 'ESCAPED: the file has other flags' : set)
      }
    },
  },
  {
    name: 'moves a folder of its own over one outside',
    group: 'writing',
    try: (at, note) => sh(at, note, 'mkdir own; mv -T own "$FOLDER/given"; mv own "$FOLDER/"; mv "$FOLDER" ./taken; mv "$(dirname "$FOLDER")" ./all'),
  },
  {
    name: 'binds a socket file outside',
    group: 'writing',
    async try(at, note) {
      const { createServer } = await import('node:net')
      await new Promise<void>((done) => {
        createServer()
          .on('error', (error: NodeJS.ErrnoException) => (note('bind', error.errno ?? -1), done()))
          .listen(`${at.folder}/own.sock`, done)
      })
    },
  },
  {
    name: 'creates through a folder that it is in',
    group: 'writing',
    try(at, note) {
      note('chdir', syscall('chdir', at.folder))
      note('openat', syscall('openat', AT_FDCWD, 'here', O_CREAT | O_WRONLY, 0o644))
      note('openat', syscall('openat', AT_FDCWD, `../${basename(at.folder)}/there`, O_CREAT | O_WRONLY, 0o644))
      const handle = syscall('openat', AT_FDCWD, dirname(at.secret), O_PATH, 0)
      note('mkdirat', syscall('mkdirat', handle, 'below', 0o755))
      note('unlinkat', syscall('unlinkat', handle, 'secret.txt', 0))
      note('renameat2', syscall('renameat2', handle, 'secret.txt', AT_FDCWD, `${at.scratch}/taken`, 0))
    },
  },
  {
    name: 'changes what shells and git run outside',
    group: 'writing',
    try: (at, note) =>
      sh(at, note, 'for f in .bashrc .profile .gitconfig .config/autostart/x.desktop .config/systemd/user/x.service .ssh/authorized_keys .config/git/config .npmrc .vimrc bin/sh .local/bin/ls; do echo evil >> "$HOME/$f"; done; echo evil > "$WORKSPACE/.git/hooks/pre-commit"; echo evil >> "$WORKSPACE/.git/config"; echo evil >> "$WORKSPACE/.envrc"; echo evil > "$WORKSPACE/.vscode/tasks.json"; mv "$WORKSPACE/.git" "$WORKSPACE/.git-old"; cp -r own "$WORKSPACE/.git/hooks/"'),
  },
  {
    name: 'passes for git with a start that can not succeed',
    group: 'writing',
    impossible: (at) => (at.git === undefined ? 'git is not there' : undefined),
    try(at, note) {
      // The kernel refuses this for its broken environment, after whoever watches has seen a `git init` begin.
      const { pointers } = argv('git', 'init', '.')
      note('execve', syscall('execve', at.git!, pointers, 1))
      for (const path of ['.git/config', '.git/hooks/pre-commit.sample']) {
        try {
          writeFileSync(`${at.workspace}/${path}`, 'evil', { flag: 'a' })
          note(path, 'written')
        } catch (error) {
          note(path, (error as NodeJS.ErrnoException).errno ?? -1)
        }
      }
    },
  },
]
