import { createHash } from 'node:crypto'
import { canonicalJson } from '../connectors/canonical-json.ts'
import { Digest } from '../contract/ids.ts'
import type { Judgement } from './judge.ts'
import type { IncomingCall } from './incoming-call.ts'

/**
 * Names exactly one call as a person is shown it: who makes it and where, all of its input, what it would do, and the
 * policy revision that asked. An answer counts for this digest only.
 */
export function digestOf({ caller, decoded }: IncomingCall, { decision, revision }: Judgement): Digest {
  const { agent, session, workspace } = caller
  const { cwd, toolName, call, canonicalInput } = decoded
  const { effects } = decision
  const text = canonicalJson({ agent, session, workspace, cwd, toolName, call, canonicalInput, effects, revision })
  if (text === undefined) throw new Error('The call is nested too deeply to be named by a digest.')
  return Digest.parse(createHash('sha256').update(text).digest('hex'))
}
