/** What a detector found in one call. */
export interface Finding {
  /** The same key again refreshes the part, it does not add to it: ten times the same is not ten deviations. */
  key: string
  points: number
  /** One sentence for a person. */
  why: string
  /** Positions of earlier calls that show it. */
  calls?: readonly number[]
  /** Parts of one group add at most `most` together. */
  group: string
  most: number
  tags: readonly string[]
}

interface Part {
  points: number
  at: number
  group: string
  most: number
}

/** After so many calls a part counts half. Tuned on the recorded sessions, together with the points. */
const HALF_LIFE = 30
/** More parts of one session are not kept; the oldest goes. */
const MOST_PARTS = 100

/** Groups about one tool and one destination: who lets that pass need not be asked about the same again. Secrets ask each time. */
const CAN_BE_ANSWERED = /^(?:outside-task|provenance|instructions|novelty)/

/** The score of one session: parts that fade with the calls that follow. Bounded. */
export class Score {
  readonly #parts = new Map<string, Part>()
  /** What a person has let pass; the same is not found again in this session. */
  readonly #forgiven = new Set<string>()
  /** What a person has seen and let the session go on with: it can ask again, but not pause again. */
  readonly #acknowledged = new Set<string>()

  /** Takes what was found at call `at`. Whether it says something new, or more than before. */
  add({ key, points, group, most }: Finding, at: number): boolean {
    if (this.#forgiven.has(key)) return false
    const known = this.#parts.get(key)
    const before = known ? faded(known, at) : 0
    this.#parts.delete(key)
    this.#parts.set(key, { points: Math.max(points, before), at, group, most })
    if (this.#parts.size > MOST_PARTS) this.#parts.delete(this.#parts.keys().next().value!)
    return before < points / 2
  }

  /** A person has seen it and let the call run: what was found so far counts no more. */
  forgive(): void {
    for (const [key, { group }] of this.#parts) if (CAN_BE_ANSWERED.test(group)) this.#forgiven.add(key)
    while (this.#forgiven.size > MOST_PARTS) this.#forgiven.delete(this.#forgiven.values().next().value!)
    this.#parts.clear()
  }

  /** A person has seen it and lets the whole session go on. */
  acknowledge(): void {
    for (const key of this.#parts.keys()) this.#acknowledged.add(key)
    while (this.#acknowledged.size > MOST_PARTS) this.#acknowledged.delete(this.#acknowledged.values().next().value!)
    this.forgive()
  }

  /** The score of what nobody has let a session go on with: what counts towards a pause. */
  unacknowledged(call: number): number {
    return this.#acknowledged.size === 0 ? this.at(call) : this.#sum(call, this.#acknowledged)
  }

  at(call: number): number {
    return this.#sum(call)
  }

  #sum(call: number, without?: ReadonlySet<string>): number {
    const groups = new Map<string, number>()
    for (const [key, part] of this.#parts) if (without?.has(key) !== true) groups.set(part.group, Math.min(part.most, (groups.get(part.group) ?? 0) + faded(part, call)))
    let total = 0
    for (const sum of groups.values()) total += sum
    return total
  }
}

function faded({ points, at }: Part, call: number): number {
  return points * 2 ** ((at - call) / HALF_LIFE)
}
