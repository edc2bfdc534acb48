import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CommandIndex, literalWord, parseCommandPattern } from '../../electron/policy/command-index.ts'
import { compileGlob, expandBraces } from '../../electron/policy/glob.ts'
import { PathIndex } from '../../electron/policy/path-index.ts'
import { escapeGlob } from '../../electron/policy/variables.ts'

describe('globs', () => {
  test.each([
    ['**/.env', '/home/u/.env', true],
    ['**/.env', '/x/a\nb/.env', true],
    ['**/*.pem', '/x/a\nb.pem', true],
    ['/home/u/**', '/home/u/.ssh/id', true],
    ['/home/u/**', '/home/u', true],
    ['/home/u/**', '/home/user2/x', false],
    ['/home/u/*', '/home/u/.x', true],
    ['/a/**/b', '/a/b', true],
    ['/a/**/b/**/c', '/a/x/b/y/z/c', true],
    ['/a/*/c', '/a/b/d/c', false],
    ['/a/[!x]*', '/a/y', true],
    ['/a/[!x]*', '/a/x', false],
    ['/a/[]x]', '/a/]', true],
    ['/a/[b', '/a/[b', true],
    ['**/id_{rsa,ed25519}*', '/h/.ssh/id_rsa.pub', true],
    ['/a/{b', '/a/{b', true],
    ['/a/{b}', '/a/{b}', true],
    ['/a/\\{b,c\\}', '/a/{b,c}', true],
    ['/a/{b{c,d},e}', '/a/bd', true],
    ['/a/\\*', '/a/b', false],
    ['!/a', '!/a', true],
  ])('%s on %j: %s', (pattern, path, expected) => {
    expect(compileGlob(pattern)!(path)).toBe(expected)
  })

  test('a pattern that hangs other engines takes a bounded number of steps', () => {
    expect(compileGlob('*a*a*a*a*a*a*a*a*b')!('a'.repeat(20_000))).toBe(false)
    expect(compileGlob('**/**/**/**/**/**/x')!('a/'.repeat(5_000))).toBe(false)
  })

  test('braces that stand for too much are refused', () => {
    expect(expandBraces('{a,b}'.repeat(14))).toBeUndefined()
  })

  test('an escaped text matches exactly itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab*?[]{},\\!-') }), fc.string({ unit: fc.constantFrom(...'ab*?[]{},\\!-') }), (text, other) => {
        const matches = compileGlob(escapeGlob(text))!
        return matches(text) && (text === other || !matches(other))
      }),
    )
  })
})

describe('the index finds what one pattern after the other would', () => {
  const segment = fc.constantFrom('a', 'b', 'src', '*', '*.ts', '[ab]', '**', '.env', 'x?')
  const pattern = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => (segments[0] === '**' ? segments.join('/') : `/${segments.join('/')}`))
  const path = fc.array(fc.constantFrom('a', 'b', 'src', 'm.ts', '.env', 'xy'), { minLength: 1, maxLength: 5 }).map((segments) => `/${segments.join('/')}`)

  test('for a path', () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 12 }), path, (patterns, text) => {
        const index = new PathIndex<string>(false)
        patterns.forEach((each) => index.add(each, each))
        const found: string[] = []
        index.match(text, (each) => found.push(each))
        const expected = patterns.filter((each) => compileGlob(each.startsWith('/') ? each : `/${each}`)!(text))
        expect(found.toSorted()).toEqual(expected.toSorted())
      }),
    )
  })

  test('for a folder with everything below it: whatever lies there is covered', () => {
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 12 }), path, path, (patterns, folder, below) => {
        const index = new PathIndex<string>(false)
        patterns.forEach((each) => index.add(each, each))
        const covering: string[] = []
        index.matchTree(folder, (each) => covering.push(each))
        const matching: string[] = []
        index.match(`${folder === '/' ? '' : folder}${below}`, (each) => matching.push(each))
        for (const each of covering) expect(matching).toContain(each)
      }),
    )
  })
})

describe('command patterns', () => {
  test('a word written as a pattern matches exactly that word', () => {
    const word = fc.string({ unit: fc.constantFrom(...`ab *?[]{}'"\\,\n$`), maxLength: 8 })
    fc.assert(
      fc.property(word, word, (text, other) => {
        const [alternative, ...more] = expandBraces(`run ${literalWord(text)}`)!
        expect(more).toEqual([])
        const index = new CommandIndex<true>()
        index.add(parseCommandPattern(alternative!)!, true)
        const matches = (arg: string): boolean => {
          let found = false
          index.match(['run'], [arg], false, () => {
            found = true
          })
          return found
        }
        return matches(text) && (text === other || !matches(other))
      }),
    )
  })

  test('an open quote is no pattern', () => {
    expect(parseCommandPattern("git commit -m 'x")).toBeUndefined()
    expect(parseCommandPattern('   ')).toBeUndefined()
  })
})
