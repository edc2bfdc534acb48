import { describe, expect, test } from 'vitest'
import type { Effect } from '../../electron/contract/effect.ts'
import { decide } from '../../electron/policy/decide.ts'
import { compileGrant, rulesFor, ruleWouldHelp } from '../../electron/policy/grant-rules.ts'
import { compiled, policy } from './policy-of.ts'

const KEY = '/home/mira/.ssh/id_rsa'
const guarded = compiled(
  policy('default: ask\nfiles:\n  read: { deny: ["${secrets}"], ask: [{ pattern: "${home}/mail/**", why: "Those are letters. " }], allow: ["/**"] }\n  write: { allow: ["/tmp/**", "${workspace}/**"] }\nnetwork: { allow: [loopback], deny: [evil.example] }'),
)
const send = (from: string[], host = '127.0.0.1'): Effect => ({ kind: 'connect', host, port: 80, from })
const write = (path: string, from: string[]): Effect => ({ kind: 'write', path, from })
const judge = (effect: Effect) => decide([effect], guarded).reasons[0]!

describe('an effect that carries data away', () => {
  test('from a path that may not be read is not allowed, though it would be by itself', () => {
    expect(judge(send([])).verdict).toBe('allow')
    expect(judge(send(['/work/app/a.ts', '/srv/b'])).verdict).toBe('allow')
    expect(judge(send(['/work/app/a.ts', KEY]))).toMatchObject({ verdict: 'ask', rule: 'files.read.deny: ${secrets}', source: 'user.yaml:5', data: KEY })
    expect(judge(send(['/home/mira/mail/1']))).toMatchObject({ verdict: 'ask', rule: 'files.read.ask: ${home}/mail/**' })
    expect(judge(write('/tmp/x', [KEY])).verdict).toBe('ask')
  })
  test('is named with the data', () => {
    expect(judge(send([KEY])).message).toBe(`It sends ${KEY} to 127.0.0.1:80.`)
    expect(judge(send([KEY], 'x.example')).message).toBe(`It sends ${KEY} to x.example:80: no rule covers it.`)
    expect(judge(send([KEY], 'evil.example'))).toMatchObject({ verdict: 'deny', message: `It sends ${KEY} to evil.example:80.` })
    expect(judge(write('/tmp/x', ['/home/mira/mail/1'])).message).toMatch(/^It writes \/home\/mira\/mail\/1 to \/tmp\/x: Those are letters\./)
    expect(judge({ kind: 'unknown', reason: 'connects to a host that can\'t be told', from: [KEY] }).message).toContain(`with data from ${KEY}`)
  })
  test('is named with what is denied rather than with what is asked about', () => {
    expect(judge(send(['/home/mira/mail/1', KEY])).data).toBe(KEY)
  })
  test('counts a folder that is read whole', () => {
    expect(judge(send(['/home/mira/.ssh/**'])).verdict).toBe('ask')
    expect(judge(send(['/home/mira/**'])).verdict).toBe('ask')
    expect(judge(send(['/srv/**'])).verdict).toBe('allow')
  })
  test('may put it into the workspace, where it stays', () => {
    expect(judge(write('/work/app/x', [KEY])).verdict).toBe('allow')
  })
  test('is not let through because the reading and the connection were granted one by one', () => {
    const read: Effect = { kind: 'read', path: '/home/mira/mail/1' }
    const plain: Effect = { kind: 'connect', host: 'x.example', port: 443 }
    const grants = compileGrant([...rulesFor(decide([read], guarded))!, ...rulesFor(decide([plain], guarded))!])
    expect(decide([read, plain], guarded, grants).verdict).toBe('allow')
    expect(decide([read, { ...plain, from: [read.path] }], guarded, grants).verdict).toBe('ask')
  })
  test('can be allowed this once, and is asked the next time', () => {
    const decision = decide([send([KEY], 'x.example')], guarded)
    expect(rulesFor(decision)).toBeUndefined()
    expect(ruleWouldHelp(decision)).toBe(false)
  })
  test('is the same to a grant wherever its data comes from, as long as nothing guards that', () => {
    const grants = compileGrant(rulesFor(decide([send(['/srv/a'], 'x.example')], guarded))!)
    expect(decide([send(['/srv/b'], 'x.example')], guarded, grants).verdict).toBe('allow')
  })
})
