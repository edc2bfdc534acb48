import type { Redirect, Redirection } from 'unbash'
import { canonicalHost } from '../host.ts'
import { asWritten, type Field } from './field.ts'
import { judgeNested } from './nested.ts'
import type { Input, Reading } from './reading.ts'
import type { Scope } from './scope.ts'
import { pathsOf, touch, type Access } from './touch.ts'
import { expandToText, expandWord } from './words.ts'

/** Adds what redirections do, and gives back the standard input if one of them sets it. */
export function applyRedirections(redirections: readonly Redirection[], scope: Scope, reading: Reading): Input | undefined {
  let input: Input | undefined
  for (const redirection of redirections) {
    switch (redirection.type) {
      case 'Redirect':
        input = applyRedirect(redirection, scope, reading) ?? input
        break
      case 'HereString': {
        const values = redirection.target ? expandToText(redirection.target, scope, reading) : []
        const [only] = values ?? []
        input = values?.length === 1 && typeof only === 'string' ? { kind: 'text', text: `${only}\n` } : { kind: 'other', from: 'a here-string' }
        break
      }
      case 'HereDoc': {
        const { delimiter, body, closing } = redirection
        if (!delimiter || !closing) reading.effects.unknown('a here-document without its end')
        if (!delimiter?.quoted) judgeNested(body, scope, reading)
        const isPlain = delimiter?.quoted === true || !/[$`\\]/.test(body.text)
        input = isPlain ? { kind: 'text', text: body.text } : { kind: 'other', from: 'a here-document' }
        break
      }
    }
  }
  return input
}

const ACCESS: Record<Redirect['operator'], readonly Access[]> = {
  '<': ['read'], '<>': ['read', 'write'], '<&': ['read'],
  '>': ['write'], '>>': ['write'], '>|': ['write'], '>&': ['write'], '&>': ['write'], '&>>': ['write'],
}

function applyRedirect({ operator, target }: Redirect, scope: Scope, reading: Reading): Input | undefined {
  if (target === undefined) {
    reading.effects.unknown('a redirection without a target')
    return undefined
  }
  if ((operator === '>&' || operator === '<&') && /^(?:\d+-?|-)$/.test(target.text)) return undefined
  if (reading.maybePosix && target.parts?.some((part) => part.type === 'Glob')) reading.effects.unknown('a plain POSIX shell takes a pattern in a redirection for a name', target.text)
  // A plain POSIX shell does not split what a variable holds here.
  if (reading.maybePosix) for (const value of expandToText(target, scope, reading) ?? []) touch(ACCESS[operator], typeof value !== 'string' && value.kind === 'digits' ? digitsAs(target.text) : value, scope.directories, reading)
  const readings = expandWord(target, scope, reading)
  for (const fields of readings) for (const field of fields) if (!connects(field, reading)) touch(ACCESS[operator], field, scope.directories, reading)
  if (operator !== '<' && operator !== '<>') return undefined
  const [only, ...others] = readings.flat()
  const isFile = operator === '<' && others.length === 0 && typeof only === 'string' && !/^\/(?:dev|proc)\//.test(only)
  return isFile ? { kind: 'file', from: target.text, paths: pathsOf(only, scope.directories, reading) } : { kind: 'other', from: target.text }
}

const digitsAs = (source: string): Field => ({ kind: 'unknown', prefix: '', many: false, source })

/** bash opens a connection for `/dev/tcp/HOST/PORT`. */
function connects(field: Field, reading: Reading): boolean {
  const text = typeof field === 'string' ? field : field.kind === 'unknown' ? field.prefix : ''
  const match = /^\/dev\/(?:tcp|udp)(?:\/([^/]*)\/(.*))?/.exec(text)
  if (!match) return false
  const host = typeof field === 'string' ? canonicalHost(match[1] ?? '') : undefined
  const port = Number(match[2])
  if (host === undefined) reading.effects.unknownHost('a connection to a host that is only known at run time', asWritten(field))
  else if (Number.isInteger(port) && port > 0 && port < 65536) reading.effects.add({ kind: 'connect', host, port })
  else reading.effects.add({ kind: 'connect', host })
  return true
}
