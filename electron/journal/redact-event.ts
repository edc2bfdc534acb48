import type { Call } from '../contract/call.ts'
import type { Effect } from '../contract/effect.ts'
import type { EventBody } from '../contract/event.ts'
import { isSecretName, redact, REDACTED, redactWords } from './redact.ts'
import type { RedactionRules } from './redaction-rules.ts'

/** An event as it may be stored: without the values of secrets, and without what a call would write into a file. */
export function redactEvent(body: EventBody, rules: RedactionRules): EventBody {
  if (body.kind !== 'decision' && body.kind !== 'asked') return redactStrings(body, rules)
  return {
    ...redactStrings(body, rules),
    call: redactCall(body.call, rules),
    effects: body.effects.map((effect) => redactEffect(effect, rules)),
  }
}

/** A call as it may be stored. Of a file's new content only the length stays. */
export function redactCall(call: Call, rules: RedactionRules): Call {
  if (call.tool !== 'write' || call.content === undefined) return redactStrings(call, rules)
  return { ...redactStrings({ ...call, content: '' }, rules), content: `‹${call.content.length} characters›` }
}

function redactEffect(effect: Effect, rules: RedactionRules): Effect {
  if (effect.kind === 'tool') {
    const { arguments: _stored, ...tool } = effect // with the call
    return redactStrings(tool, rules)
  }
  if (effect.kind !== 'exec') return redactStrings(effect, rules)
  return { ...redactStrings({ ...effect, args: [] }, rules), args: redactWords(effect.program, effect.args, rules) }
}

/** Every string of a value through `redact`; fields with secret names lose their value whatever it looks like. */
function redactStrings<T>(value: T, rules: RedactionRules): T {
  return walk(value, rules) as T
}

function walk(value: unknown, rules: RedactionRules): unknown {
  if (typeof value === 'string') return redact(value, rules)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item) => walk(item, rules))
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const secret = (typeof item === 'string' || typeof item === 'number') && isSecretName(name, rules)
      return [name, secret ? REDACTED : walk(item, rules)]
    }),
  )
}
