import type { EffectKind } from '../contract/effect.ts'

/** What is done to files. */
export type FileEffectKind = Extract<EffectKind, 'read' | 'write' | 'delete'>

/**
 * Tests for the names of files that a policy forbids to reach wherever they are, such as `x` for a rule about `**` + `/x`. A call that
 * reaches a folder with all that is below it is looked through for them. No test where no rule is like that: looking costs time.
 */
export type Guarded = Readonly<Partial<Record<FileEffectKind, (name: string) => boolean>>>

/** What either of two policies guards. */
export function guardedByEither(a: Guarded, b: Guarded): Guarded {
  const either = (kind: FileEffectKind): Guarded => {
    const [one, other] = [a[kind], b[kind]]
    if (one === undefined || other === undefined) return one === undefined && other === undefined ? {} : { [kind]: one ?? other }
    return { [kind]: (name: string) => one(name) || other(name) }
  }
  return { ...either('read'), ...either('write'), ...either('delete') }
}
