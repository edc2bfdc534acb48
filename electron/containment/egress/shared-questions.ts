import type { Client } from './rules.ts'

/** Waiting for one answer at a time; more are turned away. */
const MOST_QUESTIONS = 1_000

/**
 * Asks each question once, however many wait for its answer: a client of DNS asks again every few seconds. When nobody
 * waits any more, the question is taken back.
 */
export class SharedQuestions<T> {
  readonly #ask: (question: string, gone: AbortSignal, client: Client | undefined) => Promise<T>
  readonly #open = new Map<string, { answer: Promise<T>; waiting: number; gone: AbortController }>()

  constructor(ask: (question: string, gone: AbortSignal, client: Client | undefined) => Promise<T>) {
    this.#ask = ask
  }

  /** Undefined when the client left first, or too many questions are open. Rejects as `ask` does, which hears of the first client only. */
  async answer(question: string, gone: AbortSignal, client?: Client): Promise<T | undefined> {
    if (gone.aborted) return undefined
    const open = this.#open.get(question) ?? this.#begin(question, client)
    if (!open) return undefined
    open.waiting += 1
    const left = Promise.withResolvers<undefined>()
    const leave = (): void => left.resolve(undefined)
    gone.addEventListener('abort', leave)
    try {
      return await Promise.race([open.answer, left.promise])
    } finally {
      gone.removeEventListener('abort', leave)
      open.waiting -= 1
      if (open.waiting === 0) this.#end(question, open.gone)
    }
  }

  #begin(question: string, client: Client | undefined): { answer: Promise<T>; waiting: number; gone: AbortController } | undefined {
    if (this.#open.size >= MOST_QUESTIONS) return undefined
    const gone = new AbortController()
    const answer = this.#ask(question, gone.signal, client)
    // Whoever waits gets the rejection; when nobody does any more, it is of no interest.
    answer.catch(() => {})
    const open = { answer, waiting: 0, gone }
    this.#open.set(question, open)
    return open
  }

  #end(question: string, gone: AbortController): void {
    if (this.#open.get(question)?.gone === gone) this.#open.delete(question)
    gone.abort()
  }
}
