import type { Decision, Reason } from '../contract/decision.ts'

// What an agent is told when its call does not run. It should understand that this is no fault of the network or the
// tool, which rule it was, and what it can do instead of trying a way around.

/** Policy denies. */
export function deniedByPolicy({ reasons }: Decision): string {
  const denying = reasons.filter(({ verdict }) => verdict === 'deny')
  return `Paddock's policy denies this call. ${denying.map((reason) => [explain(reason), changeOf(reason)].join('')).join(' ')}`
}

/** A person was asked and said no. */
export function deniedByOperator({ reasons }: Decision): string {
  return `The user denied this call. ${asked(reasons)} Do not retry it; ask what to do instead.`
}

/** A person was asked and did not answer within `waited` milliseconds. */
export function deniedBySilence({ reasons }: Decision, waited: number): string {
  const seconds = Math.max(0, Math.round(waited / 1000))
  return `This call needs the user's approval, and nobody answered within ${seconds} s. ${asked(reasons)} Go on without it, or ask the user first and then retry.`
}

/** A person has ended the session. */
export function deniedByEnd(why: string): string {
  return `The user has ended this session, and none of its calls runs any more. ${why} Stop here; a new session can be started.`
}

/** Paddock could not do its work. */
export function deniedByFailure(message: string): string {
  return `Paddock could not judge this call, so it does not run. ${message}`
}

function asked(reasons: readonly Reason[]): string {
  return reasons.filter(({ verdict }) => verdict !== 'allow').map(explain).join(' ')
}

function explain({ message, rule, source, advice }: Reason): string {
  return `${message} (${rule === 'default' ? 'no rule allows it' : `${rule}, ${source}`})${advice === undefined ? '' : ` ${advice}`}`
}

function changeOf({ change }: Reason): string {
  return change === undefined ? '' : ` To allow it, the user would have to change the policy: ${change}`
}
