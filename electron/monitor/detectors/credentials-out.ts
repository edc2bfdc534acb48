import { ALONE, type Detector, type Moment } from '../detector.ts'
import { isLocal } from '../flows.ts'
import type { Effect } from '../../contract/effect.ts'
import { baseName, isInside } from '../../effects/paths.ts'
import type { Session } from '../session.ts'
import type { Finding } from '../score.ts'

/** So many calls after a secret was touched, sending data still looks like sending the secret. */
const SPAN = 20

/** A secret is touched, and data leaves the machine: in one call, or in one that follows soon. */
export const credentialsOut: Detector = { name: 'credentials-out', find }

function find({ index, action: { effects }, session, knowledge: { isSecret } }: Moment): Finding[] {
  const out = effects.find(carriesOut)
  const host = out?.kind === 'connect' ? out.host : 'a host that is not known'
  const pushed = pushesCopy(effects, session)
  if (pushed !== undefined) return [finding(6, `It pushes the workspace, in which ${pushed} holds a secret.`, [])]
  if (out === undefined) return []
  const carried = (out.from ?? []).find((path) => isSecret(path) || session.isCopy(path))
  if (carried !== undefined) return [finding(6, `It sends ${carried} to ${host}.`, [])]
  const read = effects.find((effect) => effect.kind === 'read' && isSecret(effect.path))
  if (read?.kind === 'read') return [finding(ALONE, `It reads ${read.path} and sends data to ${host} in one call.`, [])]
  const { lastSecret } = session
  if (lastSecret === undefined || index - lastSecret > SPAN) return []
  return [finding(ALONE, `It sends data to ${host} soon after ${session.taint.holds.at(-1) ?? 'a secret'} was read (call ${lastSecret + 1}).`, [lastSecret])]

  function finding(points: number, why: string, calls: readonly number[]): Finding {
    return { key: `credentials-out ${host}`, points, why, calls, group: 'credentials-out', most: 6, tags: ['T1552', 'T1567', 'AML.T0086', 'ASI03'] }
  }
}

/** The copy of a secret in the workspace that would leave with the workspace. */
function pushesCopy(effects: readonly Effect[], { copies, workspace }: Session): string | undefined {
  const pushes = effects.some((effect) => effect.kind === 'exec' && baseName(effect.program) === 'git' && effect.args.includes('push'))
  return pushes ? [...copies].find((copy) => isInside(copy, workspace)) : undefined
}

/** Data goes out: files are sent, or a request is made that carries some. */
function carriesOut(effect: Effect): effect is Extract<Effect, { kind: 'connect' | 'unknown' }> {
  if (effect.kind === 'unknown') return effect.from !== undefined
  if (effect.kind !== 'connect' || isLocal(effect.host)) return false
  return effect.from !== undefined || (effect.method !== undefined && !['GET', 'HEAD', 'OPTIONS'].includes(effect.method))
}
