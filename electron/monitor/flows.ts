import type { Effect } from '../contract/effect.ts'
import { baseName, isInside, parentOf } from '../effects/paths.ts'
import { isTemporary } from './places.ts'

/** What effects of one call together amount to. */
export const FLOWS = ['packs', 'sweeps', 'gathers', 'sends', 'wipes', 'temporary'] as const
export type Flow = (typeof FLOWS)[number]

const PACKERS = new Set(['tar', 'zip', '7z', '7za', 'gzip', 'bzip2', 'xz', 'rar', 'ditto', 'cpio', 'zstd', 'bsdtar', 'pax'])
const ARCHIVE = /\.(?:tar|tgz|tbz2?|txz|gz|bz2|xz|zst|zip|7z|rar|cpio|dmg|pkg|enc|gpg)$/i
const COPIERS = new Set(['cp', 'mv', 'rsync', 'install', 'ditto', 'ln'])

/**
 * The flows in a call's effects. `packs`: an archive of what lies outside of the workspace. `sweeps`: everything below a home or the
 * root is read. `gathers`: files of a home are copied elsewhere. `sends`: data of the machine goes to another machine. `wipes`:
 * everything below a home, the root or a folder right in them is deleted. `temporary`: a program in a temporary folder is run.
 */
export function flowsIn(effects: readonly Effect[], workspace: string): Set<Flow> {
  const flows = new Set<Flow>()
  const programs = new Set(effects.flatMap((effect) => (effect.kind === 'exec' ? [baseName(effect.program)] : [])))
  const packs = [...programs].some((program) => PACKERS.has(program))
  const copies = [...programs].some((program) => COPIERS.has(program))
  for (const effect of effects) {
    switch (effect.kind) {
      case 'write':
        if (packs && ARCHIVE.test(effect.path) && effect.from?.some((path) => isForeign(path, workspace))) flows.add('packs')
        if (copies && !isInside(effect.path, workspace) && effect.from?.some((path) => isPersonal(path, workspace) && !isInside(effect.path, parentOf(path.replace(/\/\*\*$/, ''))))) flows.add('gathers')
        break
      case 'read':
        if (effect.recursive && isWide(effect.path, workspace)) flows.add('sweeps')
        break
      case 'delete':
        if (effect.recursive && isWide(effect.path, workspace)) flows.add('wipes')
        break
      case 'connect':
        if (effect.from !== undefined && !isLocal(effect.host)) flows.add('sends')
        break
      case 'exec':
        if (effect.path !== undefined && isTemporary(effect.path) && !isInside(effect.path, workspace)) flows.add('temporary')
        break
      case 'listen':
      case 'tool':
      case 'unknown':
    }
  }
  return flows
}

function isForeign(path: string, workspace: string): boolean {
  return !isInside(path, workspace) && !isTemporary(path) && !/^\/(?:usr|opt|lib|nix|dev)\//.test(path)
}

function isPersonal(path: string, workspace: string): boolean {
  return /^\/(?:home|Users|root)\b/.test(path) && !isInside(path, workspace)
}

/** The root, the folder of homes, a home; not a workspace that happens to be one. */
function isWide(path: string, workspace: string): boolean {
  const folder = path.replace(/\/\*\*$/, '') || '/'
  return folder !== workspace && /^(?:\/|\/(?:home|Users)(?:\/[^/]+)?|\/root|\/etc|\/var|\/Volumes)$/.test(folder)
}

/** This machine. */
export function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.') || host === '0.0.0.0'
}
