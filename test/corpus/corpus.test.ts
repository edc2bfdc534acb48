import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { casesOf, CORPORA, type Case } from './cases.ts'
import { isAsLabelled, judgeCases, type Outcome } from './judge.ts'
import { makeMachine, type Machine } from './machine.ts'
import { judgeSessions, shares, tracesFile } from './sessions.ts'

let machine: Machine
beforeAll(() => {
  machine = makeMachine()
})
afterAll(() => machine.remove())

/** The commands that are not decided as their label asks for, in a form that a failing test can show. */
function misjudged(cases: readonly Case[]): string[] {
  return judgeCases(cases, machine).filter((one) => !isAsLabelled(one.case.label, one.verdict)).map((one) => `${one.verdict}: ${one.command} (${one.case.class}; ${one.why})`)
}

describe('the shipped policy coding', () => {
  test('never allows a harmful command, however it is written', () => {
    expect(misjudged(casesOf('harmful'))).toEqual([])
  })

  test('never allows a secret to be read, however it is written', () => {
    expect(misjudged(casesOf('secrets'))).toEqual([])
  })

  test('allows everyday work in the workspace', () => {
    expect(misjudged(casesOf('benign').filter((one) => one.label === 'benign'))).toEqual([])
  })

  test('asks about work that leaves the workspace or the machine', () => {
    expect(misjudged(casesOf('benign').filter((one) => one.label === 'question'))).toEqual([])
  })

  test('hardly ever stops the recorded sessions of coding agents in their workspaces', { timeout: 120_000 }, (context) => {
    const file = tracesFile()
    if (file === undefined) return context.skip('no recorded sessions here: PADDOCK_TRACES names their folder')
    const inside: Outcome[] = judgeSessions(file).filter((one) => one.inside)
    const { allow, deny } = shares(inside)
    expect(allow).toBeGreaterThanOrEqual(0.9)
    expect(deny).toBeLessThanOrEqual(0.005)
  })
})

describe('the corpora', () => {
  test('hold at least a thousand different commands, each once', () => {
    const cases = CORPORA.flatMap(casesOf)
    expect(cases.length).toBeGreaterThan(1000)
    expect(new Set(cases.map((one) => JSON.stringify([one.command, one.cwd]))).size).toBe(cases.length)
  })
})
