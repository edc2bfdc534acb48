import { callSubject } from '../contract/describe.ts'
import type { EventBody, TimelineEvent } from '../contract/event.ts'

/** One row of the journal as one line for a terminal: time, verdict or kind, and what happened. */
export function eventLine({ seq, at, body }: TimelineEvent): string {
  const time = new Date(at).toISOString().replace('T', ' ').slice(0, 19)
  const [word, rest] = told(body)
  return printable(`${String(seq).padStart(6)}  ${time}Z  ${word.padEnd(9)}  ${rest}`)
}

function told(body: EventBody): [word: string, rest: string] {
  switch (body.kind) {
    case 'decision': {
      const why = body.message ?? body.reasons.filter(({ verdict }) => verdict !== 'allow').map(({ message }) => message).join(' ')
      return [body.verdict, `${body.caller.agent}: ${body.toolName} ${callSubject(body.call)}  (${body.by}${why && `: ${why}`})`]
    }
    case 'asked':
      return ['ask', `${body.caller.agent}: ${body.toolName} ${callSubject(body.call)}`]
    case 'withdrawn':
      return ['withdrawn', `${body.caller.agent} went away before request ${body.request} was answered`]
    case 'unreadable':
      return ['deny', `${body.agent}: unreadable message: ${body.message}`]
    case 'grant':
      return ['grant', `${body.change} to ${body.agent} (${body.remember}): ${body.rules.join(', ')}`]
    case 'policy':
      return ['policy', [`revision ${body.revision}, ${body.files.length} files`, ...body.errors].join('; ')]
    case 'contained':
      return ['contained', `${body.agent} ${body.change} in ${body.workspace}: ${body.message}`]
    case 'session':
      return [body.change, `${body.agent}, session ${body.session}: ${body.message}`]
    case 'knowledge':
      return ['knowledge', body.errors.length > 0 ? `not taken, what was known before stays: ${body.errors.join('; ')}` : 'what the monitor knows was read anew']
    case 'connection':
      return ['agent', `${body.agent} ${body.change} in ${body.file}`]
    case 'canary':
      return ['canary', body.message]
    case 'finding':
      return ['finding', `${body.finding.severity}: ${body.finding.message}`]
    case 'response':
      return [body.action, body.message]
    case 'operator':
      return ['operator', `${body.change}: ${body.message}`]
    case 'journal':
      return ['journal', body.message]
    case 'broker':
      return ['broker', `${body.change}, process ${body.pid}, version ${body.version}`]
  }
}

/** With everything that could move the cursor, hide or reorder text written out. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}
