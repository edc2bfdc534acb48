import { randomBytes, randomUUID } from 'node:crypto'
import type { AgentAnswer } from '../connectors/connector.ts'
import { RequestId } from '../contract/ids.ts'
import { millisecondsOf, type Answer, type AnswerOutcome, type Offer, type PendingRequest } from '../contract/request.ts'
import { ok, type Result } from '../contract/result.ts'
import { formatRule, rulesFor } from '../policy/grant-rules.ts'
import { deniedByFailure, deniedByOperator, deniedByPolicy, deniedBySilence } from './denial.ts'
import { digestOf } from './digest.ts'
import type { Folders } from './folders.ts'
import type { Grants } from './grants.ts'
import type { SessionName } from './halts.ts'
import type { IncomingCall } from './incoming-call.ts'
import type { Judge, Judgement } from './judge.ts'
import { offersFor } from './offers.ts'
import type { PolicyStore } from './policy-store.ts'
import type { Conclusion, Recorder } from './recorder.ts'
import { planRules, writeRules } from './remembered-rules.ts'

/** More calls than this never wait at once; the next one is denied. */
export const MOST_WAITING = 200
/** Nor do calls with more input than this together, in characters: windows get all of it on every change. */
const MOST_INPUT = 16 * 2 ** 20
/** How long before its client gives up a request ends, in milliseconds: the denial must still get there. */
const HEAD_START = 2000
/** The longest a Node timer can run, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1

interface Waiting {
  call: IncomingCall
  judgement: Judgement
  request: PendingRequest
  timer: NodeJS.Timeout
  resolve(answer: AgentAnswer): void
}

export interface RequestsOptions {
  folders: Folders
  policies: PolicyStore
  judge: Judge
  grants: Grants
  record: Recorder
  /** Called after every change of what waits or what is granted. */
  onChange: () => void
}

/**
 * The calls that wait for a person. Each ends in exactly one way: an answer that names it as it stands, a policy or
 * grant that decides it after all, the end of its time, or its agent going away.
 */
export class Requests {
  readonly #options: RequestsOptions
  readonly #waiting = new Map<RequestId, Waiting>()

  constructor(options: RequestsOptions) {
    this.#options = options
  }

  /** Oldest first. */
  list(): PendingRequest[] {
    return [...this.#waiting.values()].map(({ request }) => request)
  }

  /**
   * Lets a call wait for a person, for as long as policy allows and its client (which gives up after `waits`
   * milliseconds) has patience. `gone` ends it without an answer.
   */
  ask(call: IncomingCall, judgement: Judgement, waits: number, gone: AbortSignal): Promise<AgentAnswer> {
    const { record, onChange } = this.#options
    if (this.#isFull(call)) return this.#fail(call, judgement, 'Too many calls wait for the user already. Wait until some are answered.')
    const id = RequestId.parse(randomUUID())
    const noted = record.asked(call, judgement, id)
    if (!noted.ok) return this.#fail(call, judgement, noted.error)

    const time = Math.max(0, Math.min(judgement.policy.approval(call.subject).timeoutMs, waits - HEAD_START, LONGEST_TIMER))
    const askedAt = Date.now()
    return new Promise((resolve) => {
      const request = this.#describe(call, judgement, { id, askedAt, deadline: askedAt + time })
      const timer = setTimeout(() => this.#timeOut(id), time)
      this.#waiting.set(id, { call, judgement, request, timer, resolve })
      if (gone.aborted) this.#withdraw(id)
      else gone.addEventListener('abort', () => this.#withdraw(id), { once: true })
      onChange()
    })
  }

  /** Applies a person's answer if it names a request exactly as it stands now, and otherwise says what is wrong. */
  answer(answer: Answer): AnswerOutcome {
    // What would run is looked at once more, so that an Allow never covers what was not shown. A Deny needs no such care.
    if (answer.verdict === 'allow') this.#decideAgain(answer.id)
    const waiting = this.#waiting.get(answer.id)
    if (!waiting) return refused('no-such-request', 'This request is over: it was answered, withdrawn or ran out of time.')
    const refusal = refusalOf(answer, waiting.request)
    if (refusal) return refusal
    const { judgement } = waiting
    if (answer.verdict === 'deny') {
      this.#end(waiting, { verdict: 'deny', by: 'operator', judgement }, deniedByOperator(judgement.decision))
    } else {
      const allowed = this.#allow(waiting, answer.remember)
      if (!allowed.ok) return refused('not-stored', allowed.error)
    }
    this.refresh()
    return { outcome: 'applied' }
  }

  /** Decides everything that waits again, by the policy and grants of now. */
  refresh(): void {
    for (const id of this.#waiting.keys()) this.#decideAgain(id)
    this.#options.onChange()
  }

  /** The operator lets a paused session go on: only what is itself suspect still waits. */
  resumed({ agent, session }: SessionName): void {
    for (const waiting of this.#waiting.values()) {
      const { call } = waiting
      if (call.caller.agent !== agent || call.caller.session !== session || call.weighing?.response !== 'pause') continue
      const { paused: _paused, ...weighing } = call.weighing
      waiting.call = { ...call, weighing: { ...weighing, response: weighing.deviations.length > 0 ? 'ask' : 'none' } }
      this.#decideAgain(waiting.request.id)
      // An answer to what was shown while it was paused does not count.
      waiting.request = this.#describe(waiting.call, waiting.judgement, waiting.request)
    }
    this.refresh()
  }

  /** The operator has ended a session: everything of it that waits is denied. */
  ended({ agent, session }: SessionName, message: string): void {
    for (const waiting of this.#waiting.values()) {
      const { caller } = waiting.call
      if (caller.agent === agent && caller.session === session) this.#end(waiting, { verdict: 'deny', by: 'operator', judgement: waiting.judgement }, message)
    }
    this.#options.onChange()
  }

  /** Denies everything that waits. */
  denyAll(message: string): void {
    for (const waiting of this.#waiting.values())
      this.#end(waiting, { verdict: 'deny', by: 'failure', judgement: waiting.judgement, message }, deniedByFailure(message))
  }

  /** Remembers the answer as far as it says, then lets the call run. On failure nothing is in force and it still waits. */
  #allow(waiting: Waiting, remember: Offer['remember']): Result<void, string> {
    const { call, judgement, request } = waiting
    const { agent, session } = call.caller
    const { grants, record, folders, policies } = this.#options
    const conclude = (reach?: 'folder'): Result<void, string> => this.#end(waiting, { verdict: 'allow', by: 'operator', judgement }, '', reach)
    const rules = rulesFor(judgement.decision) ?? []
    const given = { kind: 'grant', change: 'given', remember, agent, session, rules: rules.map(formatRule) } as const

    switch (remember) {
      case 'once':
        return conclude()
      case 'folder': {
        const offer = request.offers.find((one) => one.remember === 'folder')
        const noted = record.add({ ...given, rules: offer?.rules ?? [] })
        return noted.ok ? conclude('folder') : noted
      }
      case 'rule': {
        const plan = planRules(folders, call.subject, judgement.policy, rules)
        if (!plan.ok) return plan
        const shown = request.offers.find((offer) => offer.remember === 'rule')
        if (plan.value.file !== shown?.file || plan.value.adds !== shown.adds)
          return { ok: false, error: `${plan.value.file} was changed meanwhile. Look at the request again.` }
        const noted = record.add(given)
        if (!noted.ok) return noted
        const written = writeRules(plan.value)
        if (!written.ok) return written
        const concluded = conclude()
        policies.reload()
        return concluded
      }
      default: {
        const noted = record.add(given)
        if (!noted.ok) return noted
        const grant = grants.give(agent, session, rules, remember === 'session' ? undefined : millisecondsOf(remember))
        const concluded = conclude()
        if (!concluded.ok && grants.revoke(grant.id)) record.add({ ...given, change: 'revoked' })
        return concluded
      }
    }
  }

  /** Rebuilds a request that changed, so that an answer to what was shown before is refused; ends one that is decided. */
  #decideAgain(id: RequestId): void {
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    try {
      this.#apply(waiting, this.#options.judge.judge(waiting.call))
    } catch (error) {
      const message = `Judging it again failed: ${(error as Error).message}`
      this.#end(waiting, { verdict: 'deny', by: 'failure', judgement: waiting.judgement, message }, deniedByFailure(message))
    }
  }

  #apply(waiting: Waiting, judgement: Judgement): void {
    const { decision, by } = judgement
    if (decision.verdict === 'allow') this.#end(waiting, { verdict: 'allow', by, judgement })
    else if (decision.verdict === 'deny') this.#end(waiting, { verdict: 'deny', by, judgement }, deniedByPolicy(decision))
    else {
      const { call, request } = waiting
      waiting.judgement = judgement
      if (digestOf(call, judgement) !== request.digest) waiting.request = this.#describe(call, judgement, request)
    }
  }

  #describe(call: IncomingCall, judgement: Judgement, times: Pick<PendingRequest, 'id' | 'askedAt' | 'deadline'>): PendingRequest {
    const { caller, decoded } = call
    const { cwd, toolName, claim } = decoded
    return {
      id: times.id,
      digest: digestOf(call, judgement),
      revision: judgement.revision,
      nonce: randomBytes(16).toString('hex'),
      caller,
      cwd,
      toolName,
      call: decoded.call,
      effects: judgement.decision.effects,
      reasons: judgement.decision.reasons,
      ...(call.weighing && call.weighing.response !== 'none' && { weighing: call.weighing }),
      ...(claim !== undefined && { claim }),
      offers: offersFor(call, judgement, this.#options.folders),
      askedAt: times.askedAt,
      deadline: times.deadline,
    }
  }

  #timeOut(id: RequestId): void {
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    const { judgement, request } = waiting
    const message = deniedBySilence(judgement.decision, request.deadline - request.askedAt)
    this.#end(waiting, { verdict: 'deny', by: 'timeout', judgement }, message)
    this.#options.onChange()
  }

  #withdraw(id: RequestId): void {
    const waiting = this.#waiting.get(id)
    if (!waiting) return
    this.#options.record.add({ kind: 'withdrawn', request: id, caller: waiting.call.caller })
    this.#finish(waiting, { verdict: 'deny', message: 'The agent went away.' })
    this.#options.onChange()
  }

  /**
   * Records the end of a request and tells the agent. Without a record an operator's Allow fails and the call still
   * waits; anything else becomes a denial.
   */
  #end(waiting: Waiting, conclusion: Conclusion, message = '', reach?: 'folder'): Result<void, string> {
    const { call, request } = waiting
    const noted = this.#options.record.decision(call, { ...conclusion, request: request.id })
    if (!noted.ok && conclusion.verdict === 'allow' && conclusion.by === 'operator') return noted
    if (conclusion.by === 'grant' && conclusion.judgement)
      this.#options.grants.countUse(call.caller.agent, call.caller.session, conclusion.judgement.decision)
    if (!noted.ok) this.#finish(waiting, { verdict: 'deny', message: deniedByFailure(noted.error) })
    else if (conclusion.verdict === 'deny') this.#finish(waiting, { verdict: 'deny', message })
    else {
      this.#options.judge.ran(call, waiting.judgement)
      this.#finish(waiting, { verdict: 'allow', ...(reach && { reach }) })
    }
    return ok(undefined)
  }

  #finish(waiting: Waiting, answer: AgentAnswer): void {
    clearTimeout(waiting.timer)
    this.#waiting.delete(waiting.request.id)
    waiting.resolve(answer)
  }

  #isFull(call: IncomingCall): boolean {
    const calls = [call, ...[...this.#waiting.values()].map((waiting) => waiting.call)]
    const input = calls.reduce((sum, { decoded }) => sum + decoded.canonicalInput.length, 0)
    return this.#waiting.size >= MOST_WAITING || input > MOST_INPUT
  }

  #fail(call: IncomingCall, judgement: Judgement, message: string): Promise<AgentAnswer> {
    this.#options.record.decision(call, { verdict: 'deny', by: 'failure', judgement, message })
    return Promise.resolve({ verdict: 'deny', message: deniedByFailure(message) })
  }
}

type Refusal = Extract<AnswerOutcome, { outcome: 'refused' }>['reason']

function refused(reason: Refusal, message: string): AnswerOutcome {
  return { outcome: 'refused', reason, message }
}

/** Why an answer does not count for a request as it stands; undefined when it does. */
function refusalOf(answer: Answer, request: PendingRequest): AnswerOutcome | undefined {
  if (answer.revision !== request.revision) return refused('stale-revision', 'The policy has changed since this was shown. Look at it again.')
  if (answer.digest !== request.digest) return refused('changed', 'The call is not the one that was shown. Look at it again.')
  if (answer.nonce !== request.nonce) return refused('wrong-nonce', 'The answer was not made for this request.')
  if (answer.verdict === 'allow' && !request.offers.some(({ remember }) => remember === answer.remember))
    return refused('not-offered', 'Policy does not leave this answer to the operator.')
  return undefined
}

