import { describeEffect, quoteWord } from '../../electron/contract/describe.ts'
import type { Reason } from '../../electron/contract/decision.ts'
import type { Effect } from '../../electron/contract/effect.ts'

/** An effect in words: `verb` is ours, the words are of the call. A null word is known only at run time. */
export interface EffectText {
  verb: string
  words: (string | null)[]
}

export function effectText(effect: Effect): EffectText {
  switch (effect.kind) {
    case 'exec':
      return { verb: 'run', words: [effect.program, ...effect.args].map((word) => (word === null ? null : quoteWord(word))) }
    case 'read':
    case 'write':
    case 'delete':
      return { verb: effect.recursive ? `${effect.kind} everything below` : effect.kind, words: [effect.path] }
    case 'connect':
      return { verb: effect.method ? `${effect.method} to` : 'connect to', words: [hostAndPort(effect)] }
    case 'listen':
      return { verb: 'listen on', words: [hostAndPort(effect)] }
    case 'tool':
      return { verb: 'use tool', words: [effect.server === undefined ? effect.name : `${effect.server}/${effect.name}`] }
    case 'unknown':
      return { verb: `not known: ${effect.reason}`, words: effect.text === undefined ? [] : [effect.text] }
  }
}

/** Where the data comes from that an effect carries away: `/a, /b and 3 more`; undefined when nothing is known to. */
export function sourcesText(effect: Effect): string | undefined {
  if (!('from' in effect) || effect.from === undefined || effect.from.length === 0) return undefined
  const shown = effect.from.slice(0, 3)
  return shown.join(', ') + (effect.from.length > shown.length ? ` and ${effect.from.length - shown.length} more` : '')
}

/** What a reason adds to its effect: the message without the effect it begins with; empty when it adds nothing. */
export function whyOf(reason: Reason, effect: Effect): string {
  const known = `It ${describeEffect(effect)}`
  if (!reason.message.startsWith(known)) return reason.message
  const why = reason.message.slice(known.length).replace(/^[:.]\s*/, '')
  return why.charAt(0).toUpperCase() + why.slice(1)
}

function hostAndPort({ host, port }: { host: string; port?: number | undefined }): string {
  if (host.startsWith('unix:')) return `the socket ${host.slice('unix:'.length)}`
  if (port === undefined) return `${host}, any port`
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
