import type { Call } from '../../electron/contract/call.ts'
import type { Answer, Lifetime, Offer, PendingRequest, Reach } from '../../electron/contract/request.ts'

/** An answer to exactly the request that was shown: all four bindings are those of its envelope. */
export function answerTo(request: PendingRequest, verdict: Answer['verdict'], remember: Reach): Answer {
  const { id, digest, revision, nonce } = request
  return { id, digest, revision, nonce, verdict, remember: verdict === 'deny' ? 'once' : remember }
}

/** What pressing Allow would do under an offer, as the button says it. */
export function allowLabel(remember: Reach, call: Call): string {
  switch (remember) {
    case 'once':
      return coversFolder(call) ? 'Allow in this folder' : 'Allow once'
    case 'folder':
      return 'Allow in this folder'
    case 'session':
      return 'Allow for this session'
    case 'rule':
      return 'Allow and add the rule'
    default:
      return `Allow for ${inWords(remember)}`
  }
}

/** What was done, for the confirmation. */
export function confirmation(answer: Answer, agent: string, call: Call): string {
  if (answer.verdict === 'deny') return `Denied. ${agent} was told so.`
  switch (answer.remember) {
    case 'once':
      return coversFolder(call) ? 'Allowed for this command in the folder.' : 'Allowed once.'
    case 'folder':
      return 'Allowed for this command in the folder.'
    case 'session':
      return `Allowed, and calls under the same rules for this session. Grants can be revoked in the console.`
    case 'rule':
      return `Allowed, and the rule was added to your policy.`
    default:
      return `Allowed, and calls under the same rules for ${inWords(answer.remember)} in this session. Grants can be revoked in the console.`
  }
}

/** Whether an Allow for once covers more than one operation: all of its kind that one command does in a folder. */
export function coversFolder(call: Call): boolean {
  return call.tool === 'operation' && call.first !== undefined
}

/** `1h` as `1 hour`. */
export function inWords(lifetime: Lifetime): string {
  const count = Number(lifetime.slice(0, -1))
  const unit = lifetime.endsWith('h') ? 'hour' : lifetime.endsWith('m') ? 'minute' : 'second'
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

/** The offers in the broker's order, narrowest first. Without any, a call can only be denied. */
export function preselected(offers: readonly Offer[]): Reach | undefined {
  return (offers.find((offer) => offer.remember === 'once') ?? offers[0])?.remember
}
