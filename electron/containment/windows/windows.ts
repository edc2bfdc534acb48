import type { Containment, Wall } from '../containment.ts'

const NAMES: readonly Wall['name'][] = ['files', 'programs', 'network', 'signals']

/** Windows, and every system that has no way to hold agents yet: no wall stands, so nothing is ever prepared. */
export const windowsContainment: Containment = {
  walls: () => Promise.resolve(NAMES.map((name) => ({ name, how: 'not available on this system', stands: false }))),
  folders: () => [],
  prepare: () => {
    throw new Error('Where no wall stands, no agent is started.')
  },
}
