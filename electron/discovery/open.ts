import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { err, ok, type Result } from '../contract/result.ts'
import type { Catalogue } from './catalogue/catalogue.ts'
import { loadCatalogue } from './catalogue/load.ts'
import { Registry, type RegistrySource } from './registry.ts'

/** Where discovery finds its knowledge (electron/broker/folders.ts). */
export interface DiscoveryPlaces {
  home: string
  /** The user's folder: `agents.yaml` and `discovery/*.yaml` in it. */
  config: string
  /** What Paddock ships. */
  shipped: string
  /** IT's folder, the same as the user's. */
  managed: string
}

/** IT's folder on this system; only an administrator can write there. */
export function managedFolder(platform: NodeJS.Platform = process.platform, env: Readonly<Record<string, string | undefined>> = process.env): string {
  if (platform === 'win32') return join(env['ProgramData'] ?? 'C:\\ProgramData', 'Paddock')
  return platform === 'darwin' ? '/Library/Application Support/Paddock' : '/etc/paddock'
}

export interface DiscoveryKnowledge {
  catalogue: Catalogue
  registry: Registry
  /** Files that were refused, as `file:line:column: why`. Without them the scan went on. */
  problems: readonly string[]
}

/**
 * Reads catalogue and registry. A faulty file of the user or of IT is refused whole and told of: the catalogue is then the
 * shipped one, and a faulty registry authorises nobody. Fails only when what Paddock ships is damaged.
 */
export function openKnowledge(places: DiscoveryPlaces): Result<DiscoveryKnowledge, string[]> {
  const shipped = join(places.shipped, 'knowledge/discovery')
  const whole = loadCatalogue({ shipped, user: join(places.config, 'discovery'), managed: join(places.managed, 'discovery') })
  const catalogue = whole.ok ? whole : loadCatalogue({ shipped, user: NOWHERE, managed: NOWHERE })
  if (!catalogue.ok) return catalogue
  const registry = openRegistry(places)
  const nobody = Registry.parse([], places.home)
  if (!nobody.ok) return nobody
  return ok({
    catalogue: catalogue.value,
    registry: registry.ok ? registry.value : nobody.value,
    problems: [...(whole.ok ? [] : whole.error), ...(registry.ok ? [] : registry.error)],
  })
}

/** A folder that is not there. */
const NOWHERE = '/nonexistent'

export const registryFile = (folder: string): string => join(folder, 'agents.yaml')

function openRegistry({ config, managed, home }: DiscoveryPlaces): Result<Registry, string[]> {
  const sources: RegistrySource[] = []
  for (const [layer, folder] of [['managed', managed], ['user', config]] as const) {
    const file = registryFile(folder)
    try {
      sources.push({ file, text: readFileSync(file, 'utf8'), layer })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return err([`${file}:1:1: can not be read: ${(error as Error).message}`])
    }
  }
  return Registry.parse(sources, home)
}
