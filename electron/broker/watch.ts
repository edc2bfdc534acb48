import type { Connector } from '../connectors/connector.ts'
import type { Deviation, Halt, Weighing } from '../contract/deviation.ts'
import type { TimelineEvent } from '../contract/event.ts'
import type { WatchedSession } from '../contract/operator.ts'
import { err, ok, type Result } from '../contract/result.ts'
import type { MonitorKnowledge } from '../monitor/knowledge.ts'
import { ran, weigh, type Observation } from '../monitor/monitor.ts'
import { SESSIONS_TO_LEARN } from '../monitor/profile.ts'
import { Session } from '../monitor/session.ts'
import { Halts, keyOf, type SessionName } from './halts.ts'
import type { IncomingCall } from './incoming-call.ts'
import type { Judge, Judgement } from './judge.ts'
import type { ProfileStore } from './profile-store.ts'
import type { Recorder } from './recorder.ts'
import { Transcripts } from './transcripts.ts'

/** More sessions are not watched at once; the one that was quiet for longest is taken for finished. */
const MOST_LIVE = 50
/** Paused ones are kept beyond that, up to so many: the operator has to see them. */
const MOST_LIVE_PAUSED = 200
/** A session that was quiet for so long is over, in milliseconds. */
const OVER = 60 * 60_000
const MOST_SHOWN = 30
/** So many of the strongest findings say why a session is paused. */
const MOST_SAID = 3

interface Live {
  session: Session
  agent: IncomingCall['caller']['agent']
  id: IncomingCall['caller']['session']
  workspace: string
  lastAt: number
  weighing: Weighing | undefined
  deviations: { at: number; deviation: Deviation }[]
  hours: Set<number>
  perMinute: number
  /** It raised an alarm that nobody has cleared, or a person refused it something: it teaches nothing. */
  isBad: boolean
}

export interface WatchOptions {
  connectors: readonly Connector[]
  /** What is known beforehand, as it is now. */
  knowledge: () => MonitorKnowledge
  profiles: ProfileStore
  judge: Judge
  record: Recorder
  /** Called when there is something new to show. */
  onChange: () => void
}

/**
 * The live sessions, each with what the monitor knows of it. Weighs every call after policy has judged it; learns from a session when
 * it is over, if nothing was wrong with it.
 */
export class Watch {
  readonly #options: WatchOptions
  readonly #transcripts = new Transcripts()
  readonly #live = new Map<string, Live>()
  readonly #halts = new Halts()

  constructor(options: WatchOptions) {
    this.#options = options
    options.judge.onRan((call, judgement) => this.#ran(call, judgement))
    options.record.onEvent((event) => this.#decided(event))
  }

  /** What the monitor says of a call that policy has judged. */
  weigh(call: IncomingCall, { decision, policy }: Judgement): Weighing {
    const { profiles, knowledge } = this.#options
    const now = Date.now()
    const live = this.#liveOf(call, now)
    const weighing = this.#halted(live, weigh(live.session, observed(call, decision.effects, now), profiles.of(live.agent, live.workspace)?.view, knowledge(), policy.monitor(call.subject)), now)
    this.#note(live, weighing, now)
    if (weighing.deviations.length > 0 || weighing.call === 0) this.#options.onChange()
    return weighing
  }

  /** Why the operator has ended this session; undefined when nobody has. */
  endOf(name: SessionName): string | undefined {
    const halt = this.#halts.of(name)
    return halt?.state === 'ended' ? halt.why : undefined
  }

  /** The operator lets a paused session go on: what was found so far counts no more, and does not pause it again. */
  resume(name: SessionName): Result<void, string> {
    const halt = this.#halts.of(name)
    if (halt?.state !== 'paused') return err('This session is not paused.')
    const noted = this.#options.record.add({ kind: 'session', change: 'resumed', ...name, message: 'You let it go on.' })
    if (!noted.ok) return noted
    this.#halts.lift(name)
    const live = this.#live.get(keyOf(name))
    live?.session.acknowledge()
    if (live) live.weighing = undefined
    this.#options.onChange()
    return ok(undefined)
  }

  /** The operator ends a session. Nothing is killed here: every further call is denied. */
  end(name: SessionName): Result<string, string> {
    const halt = this.#halts.of(name)
    if (halt?.state !== 'paused') return err(halt ? 'This session is ended already.' : 'This session is not paused.')
    const ended: Halt = { ...halt, state: 'ended', at: Date.now() }
    const noted = this.#options.record.add({ kind: 'session', change: 'ended', ...name, message: 'You ended it: every further call of it is denied.' })
    if (!noted.ok) return noted
    this.#halts.put(name, ended)
    this.#options.onChange()
    return ok(ended.why)
  }

  /** The names of the paused and ended sessions that one begins with, for commands. */
  named(begin: string): SessionName[] {
    return [...this.#live.values()].flatMap(({ agent, id }) => (id.startsWith(begin) && this.#halts.of({ agent, session: id }) ? [{ agent, session: id }] : []))
  }

  /** The sessions that are watched, the liveliest first. */
  list(): WatchedSession[] {
    return [...this.#live.values()].toReversed().map(({ session, agent, id, workspace, lastAt, weighing, deviations }) => ({
      agent,
      session: id,
      workspace,
      calls: session.calls,
      lastAt,
      score: Math.round(session.score.at(session.calls) * 100) / 100,
      response: weighing?.response ?? 'none',
      ...profileOf(this.#options.profiles.of(agent, workspace)),
      toLearn: SESSIONS_TO_LEARN,
      taint: { read: [...session.taint.read], holds: [...session.taint.holds] },
      ...haltOf(this.#halts.of({ agent, session: id })),
      deviations: deviations.map(({ at, deviation }) => ({ at, ...deviation })),
    }))
  }

  /** Everything is over. */
  close(): void {
    for (const key of this.#live.keys()) this.#finish(key)
  }

  #liveOf({ caller }: IncomingCall, now: number): Live {
    const key = keyOf(caller)
    const known = this.#live.get(key)
    this.#live.delete(key)
    for (const [other, live] of this.#live) if ((now - live.lastAt > OVER || this.#live.size >= MOST_LIVE) && (!this.#isPaused(live) || this.#live.size >= MOST_LIVE_PAUSED)) this.#finish(other)
    const live: Live = known ?? {
      session: new Session(caller.workspace, '', this.#options.knowledge()),
      agent: caller.agent,
      id: caller.session,
      workspace: caller.workspace,
      lastAt: now,
      weighing: undefined,
      deviations: [],
      hours: new Set(),
      perMinute: 0,
      isBad: false,
    }
    live.session.know(this.#options.knowledge())
    this.#live.set(key, live)
    return live
  }

  /** Reads what was said and read since the last call of a session. Says whether that took time. */
  async catchUp(call: IncomingCall, { decision }: Judgement): Promise<boolean> {
    const { caller, decoded } = call
    const connector = this.#options.connectors.find(({ agent }) => agent === caller.agent)
    if (!connector?.news || decoded.transcript === undefined) return false
    const { session } = this.#liveOf(call, Date.now())
    const { lines, waited } = await this.#transcripts.linesUpTo(decoded.transcript, reaches(decision.effects))
    const { parent } = decoded.transcript
    if (parent !== undefined) lines.unshift(...(await this.#transcripts.linesUpTo({ file: parent }, false)).lines)
    for (const news of connector.news(lines))
      if (news.kind === 'said') session.said(news.text)
      else session.gaveBack(news.text, Math.max(0, session.calls - 1), news.tool)
    return waited
  }

  /** A session whose score came to a pause stands still from here on, also when the score fades again. */
  #halted({ agent, id, deviations }: Live, weighing: Weighing, now: number): Weighing {
    const name = { agent, session: id }
    const known = this.#halts.of(name)
    if (known) return { ...weighing, response: 'pause', paused: known.why }
    if (weighing.response !== 'pause') return weighing
    const found = [...deviations.map(({ deviation }) => deviation), ...weighing.deviations]
    const strongest = found.toSorted((a, b) => b.score - a.score).slice(0, MOST_SAID)
    const why = `its score came to ${weighing.score}. ${strongest.map((one) => one.why).join(' ')}`.trim()
    const calls = [...new Set(found.flatMap((one) => one.calls))].toSorted((a, b) => a - b)
    this.#halts.put(name, { state: 'paused', at: now, why, calls })
    this.#options.record.add({ kind: 'session', change: 'paused', ...name, message: why })
    this.#options.onChange()
    return { ...weighing, paused: why }
  }

  #isPaused({ agent, id }: Live): boolean {
    return this.#halts.of({ agent, session: id })?.state === 'paused'
  }

  #note(live: Live, weighing: Weighing, now: number): void {
    live.lastAt = now
    live.weighing = weighing
    live.hours.add(new Date(now).getHours())
    live.perMinute = Math.max(live.perMinute, live.session.times.filter((time) => now - time < 60_000).length)
    live.deviations = [...live.deviations, ...weighing.deviations.map((deviation) => ({ at: now, deviation }))].slice(-MOST_SHOWN)
    if (weighing.response === 'ask' || weighing.response === 'pause') live.isBad = true
  }

  #ran(call: IncomingCall, { decision }: Judgement): void {
    const live = this.#live.get(keyOf(call.caller))
    if (live && call.weighing) ran(live.session, observed(call, decision.effects, undefined), call.weighing.call, this.#options.knowledge())
  }

  /** A refusal counts against what was wanted; a person who lets a suspect call run has seen what was found. */
  #decided({ body }: TimelineEvent): void {
    if (body.kind !== 'decision') return
    const live = this.#live.get(keyOf(body.caller))
    if (!live) return
    if (body.verdict === 'deny' && (body.by === 'policy' || body.by === 'operator')) {
      const refused = body.reasons.find(({ verdict }) => verdict === 'deny') ?? body.reasons.find(({ verdict }) => verdict === 'ask')
      if (refused) live.session.wasRefused(refused.rule, body.weighing?.call ?? Math.max(0, live.session.calls - 1))
      if (body.by === 'operator') live.isBad = true
    } else if (body.verdict === 'allow' && body.by === 'operator' && body.weighing && !this.#isPaused(live)) {
      live.session.forgive()
      live.isBad = false
    }
  }

  #finish(key: string): void {
    const live = this.#live.get(key)
    this.#live.delete(key)
    if (!live || live.isBad || live.session.calls === 0) return
    const { session, agent, workspace, hours, perMinute } = live
    this.#options.profiles.learn(agent, workspace, { names: [...session.used, ...session.usedBySubAgents], calls: session.calls, perMinute, hours: [...hours] })
  }
}

function observed({ decoded }: IncomingCall, effects: Observation['effects'], at: number | undefined): Observation {
  return { call: decoded.call, effects, at, subAgent: decoded.subAgent }
}

function profileOf(found: ReturnType<ProfileStore['of']>): Pick<WatchedSession, 'learned' | 'origin'> {
  return found ? { learned: found.view.sessions, origin: found.origin } : { learned: 0 }
}

function haltOf(halt: Halt | undefined): { halt: Halt } | undefined {
  return halt && { halt }
}

/** Whether what was read before matters for a call: one that can reach the outside. */
function reaches(effects: Observation['effects']): boolean {
  return effects.some(({ kind }) => kind === 'tool' || kind === 'connect')
}
