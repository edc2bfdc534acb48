import { describe, expect, test } from 'vitest'
import { OneTimeCodes } from '../../electron/headless/one-time-codes.ts'

const MINUTE = 60_000

function codesAt(start = 0): { codes: OneTimeCodes; announced: string[]; pass: (ms: number) => void } {
  let now = start
  const announced: string[] = []
  const codes = new OneTimeCodes((code) => announced.push(code), () => now)
  return { codes, announced, pass: (ms) => (now += ms) }
}

describe('a one-time code', () => {
  test('works once, and the next is announced when it was used', () => {
    const { codes, announced } = codesAt()
    expect(announced.length).toBe(1)
    expect(codes.redeem(announced[0]!)).toBe('accepted')
    expect(announced.length).toBe(2)
    expect(codes.redeem(announced[0]!)).toBe('used')
    expect(codes.redeem(announced[1]!)).toBe('accepted')
  })

  test('works for ten minutes, and the next is announced when it is found expired', () => {
    const { codes, announced, pass } = codesAt()
    pass(10 * MINUTE)
    expect(codes.redeem(announced[0]!)).toBe('expired')
    expect(codes.redeem(announced[0]!)).toBe('expired')
    expect(announced.length).toBe(2)
    pass(10 * MINUTE - 1)
    expect(codes.redeem(announced[1]!)).toBe('accepted')
  })

  test('has 128 bits and is never the same', () => {
    const { codes, announced } = codesAt()
    for (let index = 0; index < 50; index += 1) codes.redeem(announced.at(-1)!)
    expect(new Set(announced).size).toBe(announced.length)
    for (const code of announced) expect(Buffer.from(code, 'base64url').length).toBe(16)
  })
})

describe('wrong codes', () => {
  test('lock the door for a minute when there are five within a minute, also for the right one', () => {
    const { codes, announced, pass } = codesAt()
    for (let index = 0; index < 5; index += 1) expect(codes.redeem(`guess${index}`)).toBe('wrong')
    expect(codes.redeem(announced[0]!)).toBe('locked')
    pass(MINUTE)
    expect(codes.redeem(announced[0]!)).toBe('accepted')
  })

  test('do not lock it when they come slowly', () => {
    const { codes, announced, pass } = codesAt()
    for (let index = 0; index < 20; index += 1) {
      expect(codes.redeem(`guess${index}`)).toBe('wrong')
      pass(15_001)
    }
    expect(codes.redeem(announced[0]!)).toBe('accepted')
  })
})
