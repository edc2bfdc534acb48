import type { Outcome } from './judge.ts'

/** An attack that ends a run, or needs one of its own. */
export interface Lifetime {
  name: string
  group: string
  run(): Promise<Outcome>
}

export const lifetimes: readonly Lifetime[] = []
