import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainedMachine } from '../contained-machine.ts'

/** What programs outside of the fence run, load or are held by. */
const IN_HOME = [
  '.claude/settings.json', '.claude/settings.local.json', '.claude/CLAUDE.md', '.claude/plugins', '.claude/commands', '.claude/hooks', '.bashrc', '.profile', '.gitconfig', '.vimrc', '.config', 'bin', '.local', '.ssh/authorized_keys',
  '.ssh/config', '.ssh/rc', '.gradle', '.yarn', '.sbt', '.mix', '.cpan', '.m2', '.gem', '.bundle', '.nuget', '.ivy2', '.pam_environment', '.inputrc', '.curlrc', '.gnupg',
]
const IN_WORKSPACE = ['.git/config', '.git/config.worktree', '.git/hooks', '.git/worktrees', '.git/modules', '.git/HEAD', '.envrc', '.vscode', '.idea', '.cursor', '.claude']

/** Files that no attack may change, whoever it is: their names and contents. Folders that are empty count for nothing. */
export function held({ home, workspace, folders }: ContainedMachine): string {
  const lines: string[] = []
  const look = (path: string): void => {
    if (!lstatSync(path, { throwIfNoEntry: false })) return
    const names = namesIn(path)
    if (names === undefined) lines.push(`${path} ${existsSync(path) ? readFileSync(path, 'latin1') : 'leads nowhere'}`)
    else for (const name of names) look(join(path, name))
  }
  for (const path of [...IN_HOME.map((name) => join(home, name)), ...IN_WORKSPACE.map((name) => join(workspace, name)), join(folders.config, 'policies')]) look(path)
  return lines.join('\n')
}

function namesIn(path: string): string[] | undefined {
  try {
    return readdirSync(path)
  } catch {
    return undefined
  }
}
