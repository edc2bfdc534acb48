import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { AgentProcess } from '../../electron/contract/agent-process.ts'
import { Discovery } from '../../electron/discovery/discovery.ts'
import { openKnowledge, type DiscoveryKnowledge } from '../../electron/discovery/open.ts'
import { reportOf, treeOf, type ReportContext } from '../../electron/discovery/report.ts'
import { which, type Shape, type World } from './world.ts'

/** What Paddock ships, without anything of this machine's user or administrator. */
export function shippedKnowledge(home: string): DiscoveryKnowledge {
  const opened = openKnowledge({ home, config: join(home, 'no-config'), shipped: join(import.meta.dirname, '../../policies'), managed: join(home, 'no-managed') })
  if (!opened.ok) throw new Error(opened.error.join('\n'))
  return opened.value
}

export function contextOf({ catalogue, registry }: DiscoveryKnowledge, home: string): ReportContext {
  return { catalogue, registry, home, levelOf: () => 'observed' }
}

export interface Judged {
  shape: Shape
  /** Agents in the tree of what was started. */
  found: AgentProcess[]
  /** It has ended before it could be looked at. */
  ended: boolean
}

/** Whether every program that a shape needs is on this machine. */
export const isPossible = ({ needs = [] }: Shape): boolean => needs.every((name) => which(name) !== undefined)

/** Starts shapes together and looks until `enough`, or until 20 s are over. */
export async function startAndLook(world: World, shapes: readonly Shape[], enough: (judged: readonly Judged[]) => boolean): Promise<Judged[]> {
  const knowledge = shippedKnowledge(world.home)
  const discovery = new Discovery(knowledge.catalogue, world.home)
  const started = shapes.map((shape) => ({ shape, child: world.start(shape) }))
  for (const deadline = Date.now() + 20_000; ; ) {
    const picture = await discovery.picture()
    const { agents } = reportOf(picture, contextOf(knowledge, world.home))
    const children = Map.groupBy(picture.processes.values(), ({ parent }) => parent)
    const judged = started.map(({ shape, child }) => judge(shape, child, agents, treeOf(child.pid ?? -1, children)))
    if (enough(judged) || Date.now() > deadline) return judged
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

function judge(shape: Shape, child: ChildProcess, agents: readonly AgentProcess[], tree: readonly number[]): Judged {
  return { shape, found: agents.filter(({ pid }) => tree.includes(pid)), ended: child.exitCode !== null || child.signalCode !== null }
}

export const isRight = ({ shape, found, ended }: Judged): boolean => !ended && found.map(({ agent }) => agent).join() === (shape.agent ?? '')
