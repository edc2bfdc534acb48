import type { Connector } from '../connectors/connector.ts'
import type { Deviation, Weighing } from '../contract/deviation.ts'
import type { TimelineEvent } from '../contract/event.ts'
import type { WatchedSession } from '../contract/operator.ts'
import type { MonitorKnowledge } from '../monitor/knowledge.ts'
import { ran, weigh, type Observation } from '../monitor/monitor.ts'
import { SESSIONS_TO_LEARN } from '../monitor/profile.ts'
import { Session } from '../monitor/session.ts'
import type { IncomingCall } from './incoming-call.ts'
import type { Judge, Judgement } from './judge.ts'
import type { ProfileStore } from './profile-store.ts'
import type { Recorder } from './recorder.ts'
import { Transcripts } from './transcripts.ts'

/** More sessions are not watched at once; the one that was quiet for longest is taken for finished. */
const MOST_LIVE = 50
/** A session that was quiet for so long is over, in milliseconds. */
const OVER = 60 * 60_000
const MOST_SHOWN = 30

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
  knowledge: MonitorKnowledge
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

  constructor(options: WatchOptions) {
    this.#options = options
    options.judge.onRan((call, judgement) => this.#ran(call, judgement))
    options.record.onEvent((event) => this.#decided(event))
  }

  /** What the monitor says of a call that policy has judged. */
  async weigh(call: IncomingCall, { decision, policy }: Judgement): Promise<Weighing> {
    const { profiles, knowledge } = this.#options
    const now = Date.now()
    const live = this.#liveOf(call, now)
    await this.#catchUp(call, live, reaches(decision.effects))
    const weighing = weigh(live.session, observed(call, decision.effects, now), profiles.of(live.agent, live.workspace), knowledge, policy.monitor(call.subject))
    this.#note(live, weighing, now)
    if (weighing.deviations.length > 0 || weighing.call === 0) this.#options.onChange()
    return weighing
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
      learned: this.#options.profiles.of(agent, workspace)?.sessions ?? 0,
      toLearn: SESSIONS_TO_LEARN,
      taint: { read: [...session.taint.read], holds: [...session.taint.holds] },
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
    for (const [other, { lastAt }] of this.#live) if (now - lastAt > OVER || this.#live.size >= MOST_LIVE) this.#finish(other)
    const live: Live = known ?? {
      session: new Session(caller.workspace, '', this.#options.knowledge),
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
    this.#live.set(key, live)
    return live
  }

  /** What was said and read since the last call. */
  async #catchUp({ caller, decoded: { transcript } }: IncomingCall, { session }: Live, matters: boolean): Promise<void> {
    const connector = this.#options.connectors.find(({ agent }) => agent === caller.agent)
    if (!connector?.news || transcript === undefined) return
    const lines = await this.#transcripts.linesUpTo(transcript, matters)
    for (const news of connector.news(lines))
      if (news.kind === 'said') session.said(news.text)
      else session.gaveBack(news.text, Math.max(0, session.calls - 1), news.tool)
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
    if (live && call.weighing) ran(live.session, observed(call, decision.effects, undefined), call.weighing.call, this.#options.knowledge)
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
    } else if (body.verdict === 'allow' && body.by === 'operator' && body.weighing) {
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

function keyOf({ agent, session }: { agent: string; session: string }): string {
  return `${agent}\n${session}`
}

/** Whether what was read before matters for a call: one that can reach the outside. */
function reaches(effects: Observation['effects']): boolean {
  return effects.some(({ kind }) => kind === 'tool' || kind === 'connect')
}
