import type { AbsolutePath } from '../../contract/ids.ts'
import { touch } from '../shell/touch.ts'
import type { Reading } from '../shell/reading.ts'

/**
 * Adds what a sed script does to files, and an `unknown` where it runs commands (`e`, `s///e`) or can't be followed.
 * Source of the grammar: the POSIX sed page and the GNU sed manual.
 */
export function sedEffects(script: string, directories: readonly AbsolutePath[], reading: Reading): void {
  let at = 0
  const doubt = (reason: string): void => reading.effects.unknown(reason, script)

  while (at < script.length) {
    skip(/[\s;{}!]/)
    if (at >= script.length) return
    if (!address()) return doubt('a sed address that Paddock can\'t read')
    skip(/[\s!]/)
    const command = script[at]
    at += 1
    switch (command) {
      case undefined:
      case '{':
      case '}':
        break
      case '#':
        lineRest()
        break
      case 'a':
      case 'i':
      case 'c':
        text()
        break
      case 's':
        if (!substitution()) return doubt('a sed substitution that Paddock can\'t read')
        break
      case 'y':
        if (delimited() === undefined || delimited(script[at - 1]) === undefined) return doubt('a sed script that Paddock can\'t read')
        break
      case 'r':
      case 'R':
        touch(['read'], lineRest().trim(), directories, reading)
        break
      case 'w':
      case 'W':
        touch(['write'], lineRest().trim(), directories, reading)
        break
      case 'e':
        return doubt('a sed script that runs a command')
      case 'b':
      case 't':
      case 'T':
      case ':':
      case 'v':
        labelRest()
        break
      case 'q':
      case 'Q':
      case 'l':
      case 'L':
        skip(/[\s\d]/)
        break
      default:
        if (!'=dDgGhHnNpPxFz'.includes(command)) return doubt('a sed command that Paddock can\'t read')
    }
  }

  function skip(characters: RegExp): void {
    while (at < script.length && characters.test(script[at]!)) at += 1
  }
  function lineRest(): string {
    const end = script.indexOf('\n', at)
    const rest = script.slice(at, end < 0 ? script.length : end)
    at = end < 0 ? script.length : end + 1
    return rest
  }
  function labelRest(): void {
    while (at < script.length && script[at] !== '\n' && script[at] !== ';') at += 1
  }
  /** The text of a, i, c: to the end of the line, and on where that ends in a backslash. */
  function text(): void {
    let rest = lineRest()
    while (/(?:^|[^\\])(?:\\\\)*\\$/.test(rest) && at < script.length) rest = lineRest()
  }
  /** One or two of: number, step, `$`, `/regex/`, `\cregexc`. */
  function address(): boolean {
    for (let part = 0; part < 2; part += 1) {
      if (script[at] === '/' || script[at] === '\\') {
        if (script[at] === '\\') at += 1
        if (delimited() === undefined) return false
        skip(/[IM]/)
      } else skip(/[\d$~+]/)
      skip(/\s/)
      if (script[at] !== ',') return true
      at += 1
      skip(/\s/)
    }
    return script[at] !== ','
  }
  /** What stands between the delimiter here (or `already` passed) and the next one; undefined when that can't be told. */
  function delimited(already?: string): string | undefined {
    const delimiter = already ?? script[at]
    if (already === undefined) at += 1
    if (delimiter === undefined || delimiter === '\n' || delimiter === '\\') return undefined
    const from = at
    for (; at < script.length; at += 1) {
      const character = script[at]
      if (character === '\\') at += 1
      else if (character === delimiter) {
        at += 1
        return script.slice(from, at - 1)
      } else if (character === '[' && already === undefined && classHolds(delimiter)) return undefined
    }
    return undefined
  }
  /** Whether the bracket expression here holds the delimiter: seds differ on where the pattern ends then. */
  function classHolds(delimiter: string): boolean {
    const first = at + (script[at + 1] === '^' ? 2 : 1)
    const close = script.indexOf(']', first + 1)
    const found = script.indexOf(delimiter, first)
    return close >= 0 && found >= 0 && found < close
  }
  function substitution(): boolean {
    const delimiter = script[at]
    if (delimited() === undefined || delimited(delimiter) === undefined) return false
    for (; at < script.length; at += 1) {
      const flag = script[at]!
      if (flag === 'e') doubt('a sed script that runs a command')
      if (flag === 'w') touch(['write'], (at += 1, lineRest().trim()), directories, reading)
      if (!/[gpiIme\d]/.test(flag)) break
    }
    return true
  }
}
