import type { EventBody, TimelineEvent } from '../contract/event.ts'
import type { State } from '../contract/operator.ts'
import type { RequestId } from '../contract/ids.ts'
import { err, type Result } from '../contract/result.ts'
import type { Journal, Verification } from '../journal/journal.ts'
import { redactEvent } from '../journal/redact-event.ts'
import type { RedactionRules } from '../journal/redaction-rules.ts'
import type { IncomingCall } from './incoming-call.ts'
import type { Judgement } from './judge.ts'

type DecisionEvent = Extract<EventBody, { kind: 'decision' }>

/** What was decided about a call. */
export interface Conclusion {
  verdict: DecisionEvent['verdict']
  by: DecisionEvent['by']
  /** What policy said; absent when Paddock failed before it got there. */
  judgement?: Judgement
  request?: RequestId
  /** For failures: what failed. */
  message?: string
}

/** Writes to the journal: nothing gets in with a secret, everything that gets in is told to the listeners. */
export class Recorder {
  readonly #journal: Journal
  readonly #file: string
  readonly #redaction: RedactionRules
  readonly #listeners: ((event: TimelineEvent) => void)[] = []
  #writeProblem: string | undefined

  constructor(journal: Journal, file: string, redaction: RedactionRules) {
    this.#journal = journal
    this.#file = file
    this.#redaction = redaction
  }

  onEvent(listener: (event: TimelineEvent) => void): void {
    this.#listeners.push(listener)
  }

  /** On disk when it returns. Never throws: what can't be recorded is an error that says why. */
  add(body: EventBody): Result<TimelineEvent, string> {
    const added = this.#append(body)
    this.#writeProblem = added.ok ? undefined : added.error
    if (added.ok) this.#listeners.forEach((listener) => listener(added.value))
    return added
  }

  decision(call: IncomingCall, { verdict, by, judgement, request, message }: Conclusion): Result<TimelineEvent, string> {
    return this.add({
      kind: 'decision',
      ...about(call, judgement),
      verdict,
      by,
      ...(request !== undefined && { request }),
      ...(message !== undefined && { message }),
    })
  }

  asked(call: IncomingCall, judgement: Judgement, request: RequestId): Result<TimelineEvent, string> {
    return this.add({ kind: 'asked', ...about(call, judgement), request })
  }

  page(options: { before?: number; limit: number }): TimelineEvent[] {
    return this.#journal.page(options)
  }

  verify(): Promise<Verification> {
    return this.#journal.verifyInSteps()
  }

  /** The newest policy revision in the journal, among its last rows; 0 when there is none. */
  lastRevision(): number {
    const revisions = this.#journal.page({ limit: 500 }).flatMap(({ body }) => ('revision' in body ? [body.revision] : []))
    return Math.max(0, ...revisions)
  }

  close(): void {
    this.#journal.close()
  }

  get state(): State['journal'] {
    const problem = this.#writeProblem ?? this.#journal.problem
    return { file: this.#file, rows: this.#journal.rows, ...(problem !== undefined && { problem }) }
  }

  #append(body: EventBody): Result<TimelineEvent, string> {
    try {
      return this.#journal.append(redactEvent(body, this.#redaction))
    } catch (error) {
      return err(`The journal failed: ${(error as Error).message}`)
    }
  }
}

function about({ caller, decoded, weighing }: IncomingCall, judgement: Judgement | undefined) {
  const { cwd, toolName, call } = decoded
  const { effects, reasons } = judgement?.decision ?? { effects: [], reasons: [] }
  return { caller, cwd, toolName, call, effects, reasons, revision: judgement?.revision ?? 0, ...(weighing && weighing.response !== 'none' && { weighing }) }
}
