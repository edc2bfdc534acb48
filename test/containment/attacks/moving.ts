import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainedMachine } from '../contained-machine.ts'

/** Rules about names somewhere below a folder, and one of `coding` of that kind. */
const POLICY = `paddock: 1
name: moving
description: Speaks of names below folders.
extends: [coding]
files:
  read: { allow: ["\${workspace}/**"], deny: ["\${workspace}/kept/**/token.txt", "\${workspace}/given/*.token"] }
  write: { allow: ["\${workspace}/**"], ask: ["**/.claude/settings.json", "\${workspace}/**/.vscode/tasks.json", "\${workspace}/*/hooks/*.sh"] }
`
const SCRIPT = `O=$TMPDIR/other; mkdir -p "$O/.vscode" own a/x b/x c d; for f in own/config "$O/.vscode/tasks.json" a/x/tasks.json b/x/settings.json c/x.sh d/config; do echo evil > "$f"; done
mv own .git/modules/own; mv "$O" sub; mv a/x a/.vscode; mv b/x b/.claude; mkdir top; mv c top/hooks; ln -s ../../d .git/modules/d
mv kept/a got; mkdir -p kept/a; mv kept got2; mv given got3; cat got/token.txt got2/a/token.txt got3/x.token`
const PLACES = ['.git/modules/own/config', '.git/modules/d/config', 'sub/.vscode/tasks.json', 'a/.vscode/tasks.json', 'b/.claude/settings.json', 'top/hooks/x.sh', 'got/token.txt', 'got2/a/token.txt', 'got3/x.token']

/** Moves folders so that what is in them comes under, or away from, names that rules speak of; gives where that went. */
export async function moveFolders(machine: ContainedMachine): Promise<string | undefined> {
  for (const file of ['.git/HEAD', '.git/modules/none', 'kept/a/token.txt', 'given/x.token']) machine.write(`work/${file}`, 'token')
  machine.policy(POLICY, 'moving')
  await machine.sh(SCRIPT, { options: ['--policy', 'moving'] })
  const arrived = PLACES.filter((place) => existsSync(join(machine.workspace, place)))
  if (!existsSync(join(machine.workspace, 'd/config'))) return 'the attack did not come to it'
  return arrived.length > 0 ? arrived.join(' ') : undefined
}
