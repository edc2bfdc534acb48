import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const HIDDEN = 'for bwrap in $(command -v -p bwrap) $(command -v bwrap); do mount --bind /dev/null "$bwrap"; done && exec "$@"'

/** Whether this machine has bubblewrap at all. */
export const hasBubblewrap = spawnSync('sh', ['-c', 'command -v bwrap']).status === 0

/** Words before a command that run it as on a machine without bubblewrap; a string that says why that can't be had here. */
export function withoutBubblewrap(): readonly string[] | string {
  if (!hasBubblewrap) return []
  if (process.getuid?.() !== 0) return 'only root can hide bubblewrap'
  const words = ['unshare', '-m', 'sh', '-c', HIDDEN, 'sh']
  return spawnSync(words[0]!, [...words.slice(1), 'true']).status === 0 ? words : 'bubblewrap can not be hidden here'
}

/** The same as on a machine where bubblewrap can make no network namespace, as in many containers. `folder` is for what that takes. */
export function withoutNetworkNamespaces(folder: string): readonly string[] | string {
  if (!hasBubblewrap) return 'there is no bubblewrap on this machine'
  if (process.getuid?.() !== 0) return 'only root can put another program in its place'
  const script = join(folder, 'bwrap')
  const real = join(folder, 'bwrap-itself')
  copyFileSync(spawnSync('sh', ['-c', 'command -v bwrap'], { encoding: 'utf8' }).stdout.trim(), real)
  writeFileSync(script, `#!/bin/sh\ncase " $* " in *" --unshare-net "*) echo "bwrap: loopback: Failed RTM_NEWADDR" >&2; exit 1; esac\nexec ${real} "$@"\n`, { mode: 0o755 })
  chmodSync(real, 0o755)
  return ['unshare', '-m', 'sh', '-c', `mount --bind ${script} "$(command -v bwrap)" && exec "$@"`, 'sh']
}
