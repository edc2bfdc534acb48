import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { err, ok, type Result } from '../contract/result.ts'
import type { Subject } from '../policy/decide.ts'
import type { GrantRule } from '../policy/grant-rules.ts'
import { addRules } from '../policy/write-rule.ts'
import { userPolicies, type Folders } from './folders.ts'
import type { PolicyInForce } from './policy-store.ts'

/** A change to the policy file that holds what the operator allowed an agent for good. */
export interface RulePlan {
  file: string
  /** The whole new text of the file. */
  text: string
  /** What it gains. */
  adds: string
}

/** What writing these rules would do. The error says why they can't be written. */
export function planRules(
  folders: Folders,
  subject: Subject,
  policy: PolicyInForce,
  rules: readonly GrantRule[],
): Result<RulePlan, string> {
  const name = `remembered-${subject.agent.replaceAll(/[^a-z0-9]/g, '-')}`
  const file = join(userPolicies(folders), `${name}.yaml`)
  const text = readIfThere(file)
  if (!text.ok) return text
  const added = addRules(text.value, rules, { name, agent: subject.agent, extends: policy.shippedFor(subject) })
  return added.ok ? ok({ file, ...added.value }) : err(`${file}: ${added.error}`)
}

/** Writes the file whole and onto the disk, or leaves it as it was. The error says why. */
export function writeRules({ file, text }: RulePlan): Result<void, string> {
  const draft = `${file}.new`
  try {
    const fd = openSync(draft, 'w', 0o600)
    try {
      writeSync(fd, text)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(draft, file)
    syncFolder(dirname(file))
    return ok(undefined)
  } catch (error) {
    rmSync(draft, { force: true })
    return err(`${file} can't be written: ${(error as Error).message}`)
  }
}

function readIfThere(file: string): Result<string | undefined, string> {
  try {
    return ok(readFileSync(file, 'utf8'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? ok(undefined) : err(`${file} can't be read: ${message}`)
  }
}

/** Makes the new name durable. Windows has no such call and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(folder, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
