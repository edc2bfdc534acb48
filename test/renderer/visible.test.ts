import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countEscapes, visible } from '../../renderer/ui/visible.ts'

const shown = (text: string): string => visible(text).map((piece) => piece.text).join('')
const readBack = (display: string): string =>
  display.replace(/‹U\+([0-9A-F]{4,6})›/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))

/** Text with everything that Unicode has, and more of what deceives than chance would bring. */
const anyText = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom('\u202e', '\u200b', '\u001b[31m', '\u00a0', '\ud800', '‹U+0041›', 'а', 'a', '\u0301', ' ', '\n', '\t'),
  ),
})

describe('text of the supervised party', () => {
  test('can be read back exactly from what is shown', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(readBack(shown(text))).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })

  test('is shown without a character that does not print', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(shown(text)).not.toMatch(/(?![\n\t ])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u)
      }),
      { numRuns: 2000 },
    )
  })

  test('is left alone where it is honest', () => {
    for (const text of ['git commit -m "fix"\n\techo $HOME', 'Grüße, naïve café', '日本語のファイル', 'привет мир', 'क्षत्रिय', 'e\u0301te\u0301'])
      expect(visible(text)).toEqual([{ text, escaped: false }])
  })

  test.each([
    ['a right-to-left override', 'a\u202Eb', 'a‹U+202E›b'],
    ['an ANSI sequence', '\u001b[8m', '‹U+001B›[8m'],
    ['a carriage return', 'safe\rrm', 'safe‹U+000D›rm'],
    ['a zero-width space', 'r\u200Bm', 'r‹U+200B›m'],
    ['a space that is none', 'rm\u00A0-rf', 'rm‹U+00A0›-rf'],
    ['an invisible letter', 'rm\u3164', 'rm‹U+3164›'],
    ['a lone surrogate', '\uDC00', '‹U+DC00›'],
    ['a tag character', '\u{E0041}', '‹U+E0041›'],
    ['a fullwidth letter', 'ｒm', '‹U+FF52›m'],
    ['a Cyrillic letter in a Latin word', 'p\u0430ypal', 'p‹U+0430›ypal'],
    ['a stroke over a sign', 'a =\u0338 b', 'a =‹U+0338› b'],
    ['a pile of marks', 'a\u0301\u0301\u0301', 'a\u0301\u0301‹U+0301›'],
    ['a forged escape', '‹U+0041›', '‹U+2039›U+0041‹U+203A›'],
  ])('shows %s', (_, text, expected) => {
    expect(shown(text)).toBe(expected)
  })

  test('counts what it escaped', () => {
    expect(countEscapes(visible('a\u202E\u200Bb\u202E'))).toBe(3)
  })
})
