import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { foldersOf, userPolicies, type Folders } from '../../electron/broker/folders.ts'
import { PolicyStore } from '../../electron/broker/policy-store.ts'
import { trustedProjectsFile } from '../../electron/broker/project-policies.ts'
import type { Effect } from '../../electron/contract/effect.ts'
import { AbsolutePath, AgentId } from '../../electron/contract/ids.ts'

let root: string
let folders: Folders
let store: PolicyStore | undefined

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'paddock-policies-')))
  folders = foldersOf({ PADDOCK_HOME: join(root, 'paddock'), HOME: join(root, 'home') })
  mkdirSync(userPolicies(folders), { recursive: true })
  mkdirSync(join(root, 'app/.paddock'), { recursive: true })
})
afterEach(() => {
  store?.close()
  store = undefined
  rmSync(root, { recursive: true, force: true })
})

function open(): PolicyStore {
  const opened = PolicyStore.open(folders, { guardedFiles: [] })
  if (!opened.ok) throw new Error(opened.error)
  store = opened.value
  return store
}
const save = (name: string, text: string): void => writeFileSync(join(userPolicies(folders), name), text)
const mine = (body: string): string => `paddock: 1\nname: mine\nmatch: { agents: [claude-code] }\n${body}\n`
const change = (of: PolicyStore): Promise<void> => new Promise((resolve) => of.onChange(resolve))

const subject = () => ({ agent: AgentId.parse('claude-code'), workspace: AbsolutePath.parse(join(root, 'app')) })
const exec = (program: string, ...args: string[]): Effect => ({ kind: 'exec', program, args })
const verdict = (of: PolicyStore, ...effects: Effect[]) => of.inForce.decide(effects, subject()).verdict

describe('a saved file is in force', () => {
  test('without a restart, under a new revision', async () => {
    const policies = open()
    const before = policies.inForce.revision
    expect(verdict(policies, exec('deploy'))).toBe('ask')
    const changed = change(policies)
    save('mine.yaml', mine('commands: { allow: [deploy] }'))
    await changed
    expect(verdict(policies, exec('deploy'))).toBe('allow')
    expect(policies.inForce.revision).toBe(before + 1)
  })

  test('also when an editor replaces it, and when it is removed', async () => {
    save('mine.yaml', mine('commands: { allow: [deploy] }'))
    const policies = open()
    const replaced = change(policies)
    writeFileSync(join(root, 'next'), mine('commands: { deny: [deploy] }'))
    renameSync(join(root, 'next'), join(userPolicies(folders), 'mine.yaml'))
    await replaced
    expect(verdict(policies, exec('deploy'))).toBe('deny')
    const removed = change(policies)
    rmSync(join(userPolicies(folders), 'mine.yaml'))
    await removed
    expect(verdict(policies, exec('deploy'))).toBe('ask')
  })

  test('only when no file has an error: until then the last good revision stays, and says so', async () => {
    save('mine.yaml', mine('commands: { deny: [deploy] }'))
    const policies = open()
    const { revision } = policies.inForce
    const refused = change(policies)
    save('mine.yaml', mine('comands: { allow: [deploy] }'))
    await refused
    expect(verdict(policies, exec('deploy'))).toBe('deny')
    expect(policies.inForce.revision).toBe(revision)
    expect(policies.inForce.errors.join()).toContain('mine.yaml:4:1 unknown key "comands", did you mean "commands"?')
  })

  test('at start an error leaves nothing to fall back on, so every call is denied', () => {
    save('mine.yaml', 'paddock: 2')
    const policies = open()
    expect(verdict(policies, exec('ls'))).toBe('deny')
    expect(policies.inForce.decide([], subject()).verdict).toBe('deny')
    expect(policies.inForce.decide([exec('ls')], subject()).reasons[0]?.message).toContain('mine.yaml:1:10')
  })
})

describe('shipped policies', () => {
  const inWorkspace = (): Effect => ({ kind: 'read', path: join(root, 'app/x') })

  test('apply to the agents they name', () => {
    const policies = open()
    expect(verdict(policies, exec('git', 'status'), inWorkspace())).toBe('allow')
    expect(policies.inForce.decide([exec('git', 'status')], { ...subject(), agent: AgentId.parse('other') }).verdict).toBe('ask')
  })

  test('give way for an agent that a policy of the user names', () => {
    save('mine.yaml', mine('default: deny'))
    expect(verdict(open(), exec('git', 'status'))).toBe('deny')
  })

  test('stay where the user extends them', () => {
    save('mine.yaml', mine('extends: [coding]\ncommands: { deny: ["git push *"] }'))
    const policies = open()
    expect(verdict(policies, exec('git', 'status'))).toBe('allow')
    expect(verdict(policies, exec('git', 'push'))).toBe('deny')
  })

  test('are replaced by one of the same name', () => {
    save('coding.yaml', 'paddock: 1\nname: coding\ndefault: deny\nmatch: { agents: [claude-code] }')
    expect(verdict(open(), exec('git', 'status'))).toBe('deny')
  })

  test('never open Paddock’s own files, whatever the user allows', () => {
    save('mine.yaml', mine('default: allow\nfiles: { write: { allow: ["**"] }, read: { allow: ["**"] } }'))
    const policies = open()
    expect(verdict(policies, { kind: 'write', path: join(userPolicies(folders), 'mine.yaml') })).toBe('deny')
    expect(verdict(policies, { kind: 'read', path: join(folders.state, 'journal.db') })).toBe('deny')
    expect(verdict(policies, exec('paddock', 'disconnect', 'claude-code'))).toBe('deny')
  })
})

describe('a policy in a repository', () => {
  const file = () => join(root, 'app/.paddock/policy.yaml')
  const text = 'paddock: 1\nname: app\ncommands: { allow: [deploy], deny: ["git push *"] }\n'
  const trust = (content: string): void => {
    mkdirSync(folders.config, { recursive: true })
    writeFileSync(trustedProjectsFile(folders), JSON.stringify({ [file()]: createHash('sha256').update(content).digest('hex') }))
  }

  test('is inert until the operator trusts exactly this content', () => {
    const policies = open()
    writeFileSync(file(), text)
    expect(verdict(policies, exec('deploy'))).toBe('ask')
    trust(text)
    expect(verdict(policies, exec('deploy'))).toBe('allow')
    expect(verdict(policies, exec('git', 'push'))).toBe('deny')
    writeFileSync(file(), `${text}default: allow\n`)
    expect(verdict(policies, exec('deploy'))).toBe('ask')
  })

  test('can not loosen what the user forbids or asks', () => {
    save('mine.yaml', mine('commands: { deny: [deploy] }'))
    writeFileSync(file(), text)
    trust(text)
    expect(verdict(open(), exec('deploy'))).toBe('deny')
  })
})
