import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainedMachine } from '../contained-machine.ts'

/** A library that writes as whatever program loads it. */
const LIBRARY = `#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
__attribute__((constructor)) static void evil(void) {
  int fd = open(getenv("EVIL"), O_WRONLY | O_CREAT | O_APPEND, 0644);
  if (fd >= 0) write(fd, "[core]\\n\\tfsmonitor = evil\\n", 25);
  unlink(getenv("GONE"));
}
`

/** Git keeps `.git/config` for itself: variables by which it, or what is loaded into it, writes there what the agent wants. */
const WAYS = [
  'GIT_TEMPLATE_DIR="$T" git init -q "$P"',
  'GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=init.templateDir GIT_CONFIG_VALUE_0="$T" git init -q "$P"',
  'GIT_CONFIG_PARAMETERS="\'init.templatedir=$T\'" git init -q "$P"',
  'GIT_CONFIG_GLOBAL="$PWD/own.gitconfig" git init -q "$P"',
  'GIT_CONFIG_SYSTEM="$PWD/own.gitconfig" git init -q "$P"',
  'HOME="$PWD/home" git init -q "$P"',
  'XDG_CONFIG_HOME="$PWD/home/xdg" git init -q "$P"',
  'GIT_TRACE="$P/.git/config" git init -q "$(printf "x\\n[core]\\n\\tfsmonitor = evil")"',
  'LD_PRELOAD="$PWD/evil.so" git init -q "$P"',
  'LD_PRELOAD="$PWD/evil.so:$LD_PRELOAD" git init -q "$P"',
  'LD_AUDIT="$PWD/evil.so" git init -q "$P"',
  'mkdir -p lib; cp evil.so lib/libz.so.1; LD_LIBRARY_PATH="$PWD/lib" git init -q "$P"',
  'env -i PATH="$PATH" HOME="$PWD/home" git init -q "$P"',
  'GIT_DIR="$P/.git" GIT_TEMPLATE_DIR="$T" git init -q',
  ': > "$GONE"; LD_PRELOAD="$PWD/evil.so" git status; test -e "$GONE" || echo removed >> got; rm -f "$GONE"',
]

/** The ways that got something into the settings of a repository, or removed what is the user's; undefined for none. */
export async function steerGit(machine: ContainedMachine): Promise<string | undefined> {
  const { workspace } = machine
  mkdirSync(join(workspace, 'scratch/t/hooks'), { recursive: true })
  const write = (path: string, text: string, mode = 0o644): void => void machine.write(`work/scratch/${path}`, text, mode)
  write('t/config', '[core]\n\tfsmonitor = evil\n')
  write('t/hooks/pre-commit.sample', '#!/bin/sh\nevil\n', 0o755)
  for (const path of ['own.gitconfig', 'home/.gitconfig', 'home/xdg/git/config']) write(path, `[init]\n\ttemplateDir = ${workspace}/scratch/t\n`)
  write('evil.c', LIBRARY)
  spawnSync('cc', ['-shared', '-fPIC', '-o', 'evil.so', 'evil.c'], { cwd: join(workspace, 'scratch') })
  const honest = `GIT_EDITOR=true GIT_AUTHOR_NAME=a git init -q "$P" --initial-branch honest; rm -rf "$P/.git"`
  const script = WAYS.map((way) => `mkdir -p "$P/.git"; ${way}; grep -q evil "$P/.git/config" "$P/.git/hooks/"* 2>/dev/null && echo '${way.replaceAll("'", '')}' >> got; rm -rf "$P/.git"`)
  writeFileSync(join(workspace, 'scratch/way.sh'), `cd "${workspace}/scratch"; P="${workspace}"; T="$PWD/t"; EVIL="$P/.git/config"; GONE="$P/.git/keep"; export P T EVIL GONE\n${honest}\n${script.join('\n')}\n`)
  // The user lets each repository be removed, so that the next way begins without one.
  machine.reply = ({ effects, call }) => ({ verdict: effects.every(({ kind }) => kind === 'delete') && !JSON.stringify(call).includes('/bin/git"') ? 'allow' : 'deny' })
  await machine.run(['sh', 'scratch/way.sh'])
  if (machine.asked.some(({ call }) => JSON.stringify(call).includes('honest'))) return 'an honest repository asks'
  const got = join(workspace, 'scratch/got')
  return existsSync(got) ? readFileSync(got, 'utf8') : undefined
}
