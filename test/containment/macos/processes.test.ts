import { describe, expect, test } from 'vitest'
import { darwinFolder, darwinProgram, darwinWords, parseArguments, parseBsdInfo, parseFolder, readDarwinProcess } from '../../../electron/containment/macos/processes.ts'

// What macOS tells of processes, read from bytes laid out as `sys/proc_info.h` says.

test('a process is read with its parent and its start to the microsecond', () => {
  const info = Buffer.alloc(136)
  info.writeUInt32LE(4711, 12)
  info.writeUInt32LE(42, 16)
  info.write('node', 48)
  info.writeBigUInt64LE(1_795_590_000n, 120)
  info.writeBigUInt64LE(123_456n, 128)
  expect(parseBsdInfo(info)).toEqual({ pid: 4711, parent: 42, startedAt: 1_795_590_000_123_456 })
})

test('the working folder ends at its zero', () => {
  const info = Buffer.alloc(2352)
  expect(parseFolder(info)).toBeUndefined()
  info.write('/Users/a/work', 152)
  info.write('/', 1176 + 152)
  expect(parseFolder(info)).toBe('/Users/a/work')
})

describe('words', () => {
  const bytes = (count: number, text: string): Buffer => {
    const head = Buffer.alloc(4)
    head.writeInt32LE(count)
    return Buffer.concat([head, Buffer.from(text)])
  }
  test('are those after the executable and its zeros, without the environment', () => {
    expect(parseArguments(bytes(3, '/usr/bin/git\0\0\0\0git\0commit\0-m x\0HOME=/Users/a\0'))).toEqual(['git', 'commit', '-m x'])
  })
  test('may be empty, except the first', () => {
    expect(parseArguments(bytes(3, '/bin/echo\0echo\0\0x\0'))).toEqual(['echo', '', 'x'])
  })
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a process without words', bytes(0, '/bin/x\0')],
    ['words that are cut off', bytes(5, '/bin/x\0a\0b')],
    ['no end of the executable', bytes(1, '/bin/x')],
  ])('of %s are none', (_, given) => expect(parseArguments(given)).toEqual([]))
})

test('on a Mac this very process is told as it is', (ctx) => {
  if (process.platform !== 'darwin') ctx.skip('this is not macOS')
  expect(readDarwinProcess(process.pid)).toMatchObject({ pid: process.pid, parent: process.ppid })
  expect(darwinProgram(process.pid)).toBe(process.execPath)
  expect(darwinFolder(process.pid)).toBe(process.cwd())
  expect(darwinWords(process.pid)[0]).toBeTruthy()
})
