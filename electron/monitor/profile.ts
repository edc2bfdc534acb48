import * as z from 'zod'

/** How many sessions must be learned before what is new counts as a deviation. */
export const SESSIONS_TO_LEARN = 20
/** What was seen in so many sessions is known: what one session taught could be one attack. */
const SESSIONS_TO_KNOW = 2
/** More names than these are not kept: the rarest and oldest go first. */
const MOST_NAMES = 500
/** What was not seen for so many sessions is forgotten. */
const FORGET_AFTER = 200

/**
 * What one agent normally does in one project. Names are `tool:send_email`, `to:send_email|bob@…`, `program:git`, `host:github.com`,
 * `area:src`, `step:recon/who the user is`. Holds no argument but destinations, no text, no path deeper than two folders.
 */
export const Profile = z.object({
  paddockProfile: z.literal(1),
  agent: z.string(),
  /** The folder of the project; absent for recordings and for all projects together. */
  workspace: z.string().optional(),
  /** How many sessions were learned. */
  sessions: z.number().int().min(0),
  calls: z.number().int().min(0),
  /** Longest session, and most calls in one minute, that were learned. */
  longest: z.number().int().min(0),
  perMinute: z.number().int().min(0),
  /** In how many sessions a name was seen, and in which one last (counted by `sessions`). */
  names: z.record(z.string(), z.tuple([z.number().int(), z.number().int()])),
  /** How many sessions were at work in each hour of the day, local time. */
  hours: z.array(z.number().int()).length(24),
})
export type Profile = z.infer<typeof Profile>

export function emptyProfile(agent: string, workspace?: string): Profile {
  return { paddockProfile: 1, agent, ...(workspace !== undefined && { workspace }), sessions: 0, calls: 0, longest: 0, perMinute: 0, names: {}, hours: Array<number>(24).fill(0) }
}

/** What one finished session showed. */
export interface Lesson {
  names: Iterable<string>
  calls: number
  perMinute: number
  hours: readonly number[]
}

/** The profile with one session more. Limits rise by a fifth at most, so that nobody can teach a flood in one go. */
export function learn(profile: Profile, { names, calls, perMinute, hours }: Lesson): Profile {
  const sessions = profile.sessions + 1
  const next: Record<string, [number, number]> = { ...profile.names }
  for (const name of names) next[name] = [(next[name]?.[0] ?? 0) + 1, sessions]
  return {
    ...profile,
    sessions,
    calls: profile.calls + calls,
    longest: raised(profile.longest, calls),
    perMinute: raised(profile.perMinute, perMinute),
    names: bounded(next, sessions),
    hours: profile.hours.map((count, hour) => count + (hours.includes(hour) ? 1 : 0)),
  }
}

function raised(known: number, seen: number): number {
  return known === 0 || seen <= known ? Math.max(known, seen) : Math.min(seen, Math.ceil(known * 1.2))
}

function bounded(names: Record<string, [number, number]>, sessions: number): Record<string, [number, number]> {
  const fresh = Object.entries(names).filter(([, [, last]]) => sessions - last <= FORGET_AFTER)
  if (fresh.length <= MOST_NAMES) return Object.fromEntries(fresh)
  return Object.fromEntries(fresh.toSorted(([, a], [, b]) => b[0] - a[0] || b[1] - a[1]).slice(0, MOST_NAMES))
}

/** A profile as detectors ask it. */
export class ProfileView {
  readonly #profile: Profile

  constructor(profile: Profile) {
    this.#profile = profile
  }

  /** Enough was learned for what is new to count. */
  get isSettled(): boolean {
    return this.#profile.sessions >= SESSIONS_TO_LEARN
  }

  get sessions(): number {
    return this.#profile.sessions
  }

  get perMinute(): number {
    return this.#profile.perMinute
  }

  knows(name: string): boolean {
    return this.#seen(name) >= SESSIONS_TO_KNOW
  }

  /** The share of sessions that have the name. */
  shareOf(name: string): number {
    return this.#seen(name) / Math.max(1, this.#profile.sessions)
  }

  /** In how many sessions the agent was at work in an hour, or in the ones beside it. */
  sessionsAt(hour: number): number {
    const { hours } = this.#profile
    return hours[hour]! + hours[(hour + 23) % 24]! + hours[(hour + 1) % 24]!
  }

  #seen(name: string): number {
    return Object.hasOwn(this.#profile.names, name) ? this.#profile.names[name]![0] : 0
  }
}
