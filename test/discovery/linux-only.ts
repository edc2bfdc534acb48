import { beforeEach } from 'vitest'

/** Skips the tests of this file where there is no /proc to look at. */
export function onLinuxOnly(): void {
  beforeEach((context) => context.skip(process.platform !== 'linux', 'agents are looked for on Linux only'))
}
