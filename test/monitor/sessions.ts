import type { Call } from '../../electron/contract/call.ts'
import type { Weighing } from '../../electron/contract/deviation.ts'
import type { AbsolutePath } from '../../electron/contract/ids.ts'
import { effectsOf } from '../../electron/effects/effects-of.ts'
import { ran, weigh } from '../../electron/monitor/monitor.ts'
import { MONITOR_DEFAULTS, type MonitorPolicy } from '../../electron/policy/monitor-rules.ts'
import { emptyProfile, learn, ProfileView, type Profile } from '../../electron/monitor/profile.ts'
import { recordedWorld } from '../../electron/monitor/recorded-world.ts'
import { Session } from '../../electron/monitor/session.ts'
import { shippedMonitorKnowledge } from '../corpus/monitor-data.ts'
import { shippedKnowledge } from '../support/shipped-knowledge.ts'

export const workspace = '/home/dev/shop'
export const monitorKnowledge = shippedMonitorKnowledge()

export const shell = (command: string): Call => ({ tool: 'shell', command })
export const tool = (name: string, args: Record<string, unknown> = {}): Call => ({ tool: 'agent', name, arguments: args })

interface Options {
  said?: string
  profile?: Profile
  settings?: Partial<MonitorPolicy>
}

/** A session that a test plays call by call; every call that is weighed also runs. */
export class Played {
  readonly session: Session
  readonly #profile: ProfileView | undefined
  readonly #settings: MonitorPolicy

  constructor({ said = '', profile, settings = {} }: Options = {}) {
    this.session = new Session(workspace, said, monitorKnowledge)
    this.#profile = profile && new ProfileView(profile)
    this.#settings = { ...MONITOR_DEFAULTS, ...settings }
  }

  call(call: Call, more: { at?: number; subAgent?: string } = {}): Weighing {
    const around = { cwd: workspace as AbsolutePath, workspace: workspace as AbsolutePath, world: recordedWorld(workspace), knowledge: shippedKnowledge }
    const observed = { call, effects: effectsOf(call, around), ...more }
    const weighing = weigh(this.session, observed, this.#profile, monitorKnowledge, this.#settings)
    ran(this.session, observed, weighing.call, monitorKnowledge)
    return weighing
  }

  /** All calls; gives back what was found, as `detector: sentence`. */
  calls(...calls: Call[]): string[] {
    return calls.flatMap((call) => this.call(call).deviations.map(({ kind, why }) => `${kind}: ${why}`))
  }

  gaveBack(text: string): void {
    this.session.gaveBack(text, Math.max(0, this.session.calls - 1), 'a tool')
  }
}

/** What an agent is like that did this in so many sessions. */
export function profileOf(names: readonly string[], sessions = 25, more: { perMinute?: number; hours?: number[] } = {}): Profile {
  let profile = emptyProfile('agent')
  for (let count = 0; count < sessions; count += 1) profile = learn(profile, { names, calls: 20, perMinute: more.perMinute ?? 5, hours: more.hours ?? [9, 10, 11] })
  return profile
}
