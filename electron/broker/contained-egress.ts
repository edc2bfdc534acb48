import { isReachedByName } from '../containment/egress/addresses.ts'
import { startEgress, type Egress, type EgressOptions } from '../containment/egress/egress.ts'
import type { Client, Destination, LocalTarget, Verdict } from '../containment/egress/rules.ts'
import type { Effect } from '../contract/effect.ts'
import type { Result } from '../contract/result.ts'

type Connect = Extract<Effect, { kind: 'connect' }>

export interface ContainedNetwork {
  /** What rules, grants and the agent's own needs say at once; undefined when a person has to be asked. */
  atOnce(effect: Connect): 'allow' | 'deny' | undefined
  /** Whether what allows it names this host or address, and not simply everything. */
  isNamed(effect: Connect): boolean
  /** Whether a rule denies it, and not only the default. */
  isDenied(effect: Connect): boolean
  /** Decides and records as for any operation; asks if need be. Undefined when it is allowed, else why not. */
  decide(effect: Connect, gone: AbortSignal, client: Client | undefined): Promise<string | undefined>
}

/** How long an answer to "may this name be looked up" also answers for the connection that follows, in milliseconds. */
const ANSWER_HOLDS = 60_000
/** How long a name that was refused is refused again without a question, in milliseconds: a refusal makes clients of DNS try again for so long. */
const REFUSAL_HOLDS = 30_000
/** More names than this are not remembered; a person has not answered so many in a minute. */
const MOST_NAMES = 1000

/** The network of a contained run: what its programs reach is decided by name, as their operations are. */
export function startContainedEgress(network: ContainedNetwork, options: Pick<EgressOptions, 'lookup' | 'secrets' | 'onContradiction'> = {}): Promise<Result<Egress, string>> {
  const answered = new Map<string, number>()
  const refused = new Map<string, number>()
  const wasAnswered = (host: string): boolean => (answered.get(host) ?? 0) > Date.now()

  const decide = async ({ host, port, method, path }: Destination, gone: AbortSignal, client?: Client): Promise<Verdict> => {
    const effect: Connect = { kind: 'connect', host, port, ...(method !== undefined && { method }), ...(path !== undefined && { path }) }
    if (network.atOnce(effect) === 'allow') return { allowed: true, named: network.isNamed(effect) }
    if (network.atOnce(effect) === undefined && wasAnswered(host)) return { allowed: true, named: true }
    const refusal = await network.decide(effect, gone, client)
    // A person, or a rule that came meanwhile, meant this very host.
    return refusal === undefined ? { allowed: true, named: true } : { allowed: false, message: refusal }
  }

  const isNamed = (effect: Connect): boolean => network.atOnce(effect) === 'allow' && network.isNamed(effect)
  const mayReach = ({ address, kind, host, port }: LocalTarget): boolean => isNamed(connectTo(address, port)) || (isReachedByName(kind) && isNamed(connectTo(host, port)))
  const isDenied = ({ address, port }: { address: string; port?: number }): boolean => network.isDenied(connectTo(address, port))

  const mayResolve = async (name: string, gone: AbortSignal, client?: Client): Promise<boolean> => {
    const effect: Connect = { kind: 'connect', host: name }
    const known = network.atOnce(effect)
    if (known !== undefined || wasAnswered(name)) return known !== 'deny'
    if ((refused.get(name) ?? 0) > Date.now()) return false
    const isRefused = (await network.decide(effect, gone, client)) !== undefined
    if (isRefused && !gone.aborted) remember(refused, name, REFUSAL_HOLDS)
    if (!isRefused) remember(answered, name, ANSWER_HOLDS)
    return !isRefused
  }

  return startEgress({ ...options, decide, mayReach, isDenied, mayResolve })
}

function remember(names: Map<string, number>, name: string, time: number): void {
  if (names.size >= MOST_NAMES) names.clear()
  names.set(name, Date.now() + time)
}

const connectTo = (host: string, port: number | undefined): Connect => ({ kind: 'connect', host, ...(port !== undefined && { port }) })
