import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Attack, Note, Target } from './attack.ts'
import { AT_FDCWD, O_PATH, readAll, sh, syscall, unix } from './calls.ts'

const EXCHANGE = 2
/** A part of git that is a script for the shell. */
const PART = '/usr/lib/git-core/git-submodule'
const rename = (from: string, to: string, flags = 0): number => syscall('renameat2', AT_FDCWD, from, AT_FDCWD, to, flags)

function show(note: Note, path: string): void {
  const got = syscall('openat', AT_FDCWD, path, 0, 0)
  note(path, got)
  note('content', readAll(got))
}

/** Under a policy that allows the whole home and denies one folder in it: ways to have that folder go by another name. */
export const renaming: Attack[] = [
  moving('moves a denied file to a name that is allowed', (at) => [at.secret, `${at.scratch}/mine`], 'mine'),
  moving('moves a denied folder to a name that is allowed', (at) => [at.folder, `${at.scratch}/mine`], 'mine/secret.txt'),
  moving('moves a denied file if the new name is free', (at) => [at.secret, `${at.scratch}/mine`, 1], 'mine'),
  moving('moves the folder that holds the denied one', (at) => [dirname(at.folder), `${at.scratch}/mine`], (at) => `mine/${basename(at.folder)}/secret.txt`),
  moving('exchanges a denied file for its own', (at) => [`${at.scratch}/own`, at.secret, EXCHANGE], 'own', 'own'),
  moving('exchanges a denied folder for its own', (at) => [`${at.scratch}/own`, at.folder, EXCHANGE], 'own/secret.txt', 'own/'),
  moving('exchanges its own folder for the one that holds the denied one', (at) => [`${at.scratch}/own`, dirname(at.folder), EXCHANGE], (at) => `own/${basename(at.folder)}/secret.txt`, 'own/'),
  moving('puts a folder of its own over what is below the denied one', (at) => [`${at.scratch}/own`, `${at.folder}/given2`], 'none', 'own/'),
  {
    name: 'gives a denied file a second name that is allowed',
    group: 'permissive',
    try(at, note) {
      note('linkat', syscall('linkat', AT_FDCWD, at.secret, AT_FDCWD, `${at.scratch}/mine`, 0))
      const handle = syscall('openat', AT_FDCWD, at.secret, O_PATH, 0)
      note('by handle', syscall('linkat', AT_FDCWD, `/proc/self/fd/${handle}`, AT_FDCWD, `${at.scratch}/mine2`, 0x400))
      show(note, `${at.scratch}/mine`)
      show(note, `${at.scratch}/mine2`)
    },
  },
  {
    name: 'reaches a denied file by links and odd spellings',
    group: 'permissive',
    try(at, note) {
      symlinkSync(dirname(at.folder), 'up')
      for (const path of [`${at.scratch}/up/${basename(at.folder)}/secret.txt`, at.secret.replaceAll('/', '//'), at.secret.replaceAll('/', '/./'), `${at.scratch}/../../../private/${basename(at.folder)}/secret.txt`, `/proc/self/cwd/up/${basename(at.folder)}/secret.txt`]) show(note, path)
    },
  },
  {
    name: 'changes a denied folder from within',
    group: 'permissive',
    try(at, note) {
      note('chdir', syscall('chdir', at.folder))
      note('truncate', syscall('truncate', 'secret.txt', 0))
      note('chmod', syscall('fchmodat', AT_FDCWD, 'secret.txt', 0o777))
      note('bind', syscall('bind', syscall('socket', 1, 1, 0), unix('here.sock'), unix('here.sock').length))
      note('mknod', syscall('mknodat', AT_FDCWD, 'fifo', 0o010644, 0))
      note('symlink', syscall('symlinkat', 'x', AT_FDCWD, 'link'))
      note('open', syscall('openat', AT_FDCWD, 'secret.txt', 0, 0))
      note('write', syscall('openat', AT_FDCWD, 'new', 0o101, 0o644))
    },
  },
]

function moving(name: string, names: (at: Target) => [string, string, number?], found: string | ((at: Target) => string), own = ''): Attack {
  return {
    name,
    group: 'permissive',
    try(at, note) {
      if (own.endsWith('/')) mkdirSync(own)
      else if (own) writeFileSync(own, 'own')
      note('renameat2', rename(...names(at)))
      show(note, `${at.scratch}/${typeof found === 'string' ? found : found(at)}`)
    },
  }
}

/** What is put where programs outside of the fence will run it; the judge looks at those places. */
export const planting: Attack[] = [
  plant('.vscode', 'tasks.json', 'moves a folder of tasks to where editors look'),
  plant('.claude', 'settings.json', 'moves a folder of hooks to where the agent looks'),
  plant('.idea', 'workspace.xml', 'moves a folder of run configurations to where an editor looks', (at) => symlinkSync(`${at.scratch}/own`, `${at.workspace}/.idea`)),
  plant('.cursor', 'mcp.json', 'links a folder of servers to where an editor looks', (at) => symlinkSync('scratch/own', `${at.workspace}/.cursor`)),
  {
    name: 'exchanges a file of settings for its own',
    group: 'planting',
    try(at, note) {
      writeFileSync('own', 'evil')
      note('it first', rename(`${at.workspace}/.envrc`, `${at.scratch}/own`, EXCHANGE))
      note('own first', rename(`${at.scratch}/own`, `${at.workspace}/.envrc`, EXCHANGE))
      note('link', syscall('linkat', AT_FDCWD, `${at.workspace}/.envrc`, AT_FDCWD, `${at.scratch}/second`, 0))
      sh(at, note, 'echo evil > second')
    },
  },
  {
    name: 'has git make a repository from a template of its own',
    group: 'planting',
    impossible: (at) => (at.git === undefined ? 'git is not there' : undefined),
    try(at, note) {
      mkdirSync('t/hooks', { recursive: true })
      writeFileSync('t/config', '[core]\n\tfsmonitor = evil\n')
      writeFileSync('t/hooks/pre-commit', '#!/bin/sh\nevil\n', { mode: 0o755 })
      for (const env of [{ GIT_TEMPLATE_DIR: `${at.scratch}/t` }, { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'init.templateDir', GIT_CONFIG_VALUE_0: `${at.scratch}/t` }])
        note('git init', -(spawnSync('git', ['init', at.workspace], { env: { ...process.env, ...env }, timeout: 5000 }).status ?? 1))
    },
  },
  {
    name: 'passes for a part of git that never started',
    group: 'planting',
    impossible: () => (existsSync(PART) ? undefined : `there is no ${PART}`),
    // The words of this shell are those that the part of git would have, for which others may be started; that start fails for its environment.
    try(_, note) {
      const script = `trap 'unset X; date > /dev/null && echo ESCAPED: it starts what nobody allowed' EXIT; X=$(head -c 200000 /dev/zero | tr '\\0' x); export X; exec ${PART}`
      const { stdout, stderr } = spawnSync('sh', ['-c', script, PART], { env: { PATH: process.env['PATH'] ?? '' }, timeout: 5000 })
      note('sh', stdout)
      note('sh', stderr)
    },
  },
  {
    name: 'writes what tools of the user load when they start',
    group: 'planting',
    try: (at, note) =>
      sh(at, note, 'for f in .gradle/init.d/x.gradle .gradle/gradle.properties .yarn/bin/yarn .sbt/1.0/plugins/x.sbt .mix/archives/x .cpan/CPAN/MyConfig.pm .m2/extensions.xml .gem/ruby/x.rb .bundle/config .nuget/NuGet/NuGet.Config .ivy2/settings.xml .claude/CLAUDE.md .claude/plugins/x/hooks.json .claude/commands/x.md .claude/hooks/x.sh .config/nvim/init.lua .local/share/applications/x.desktop .config/Code/User/tasks.json .pam_environment .inputrc .curlrc .ssh/config .ssh/rc .gnupg/gpg.conf .config/pip/pip.conf .config/environment.d/x.conf; do mkdir -p "$HOME/$(dirname "$f")"; echo evil >> "$HOME/$f"; done'),
  },
  {
    name: 'writes settings of git that name programs',
    group: 'planting',
    try: (at, note) => sh(at, note, 'cd "$WORKSPACE"; git config core.fsmonitor evil; git config core.hooksPath scratch; git config --worktree core.pager evil; echo evil > .git/config.worktree; mkdir -p .git/worktrees/x .git/modules/x/hooks; echo evil > .git/worktrees/x/config.worktree; echo evil > .git/modules/x/config; ln -s ../scratch .git/hooks/own; rm -rf .git/hooks; mv .git/hooks .git/old; ln -sfn ../scratch .git/hooks'),
  },
]

/** Puts a folder there that holds a file, under a name that nothing has yet. */
function plant(place: string, file: string, name: string, put?: (at: Target) => void): Attack {
  return {
    name,
    group: 'planting',
    try(at, note) {
      mkdirSync('own', { recursive: true })
      writeFileSync(`own/${file}`, 'evil')
      try {
        put?.(at)
      } catch (error) {
        note('put', (error as NodeJS.ErrnoException).errno ?? -1)
      }
      if (!put) note('rename', rename(`${at.scratch}/own`, `${at.workspace}/${place}`))
      try {
        note('there', readFileSync(`${at.workspace}/${place}/${file}`))
      } catch (error) {
        note('there', (error as NodeJS.ErrnoException).errno ?? -1)
      }
    },
  }
}
