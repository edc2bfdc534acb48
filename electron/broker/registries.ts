import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { destinationOf } from '../effects/url.ts'

/** Where package managers keep which registries they use: the user's files, in the lines that name a URL. */
const FILES: readonly { file: string; line: RegExp }[] = [
  { file: '.npmrc', line: /^\s*(?:@[^\s=:]+:)?registry\s*=\s*(\S+)/ },
  { file: '.yarnrc.yml', line: /^\s*npmRegistryServer\s*:\s*["']?([^\s"']+)/ },
  { file: '.config/pip/pip.conf', line: /^\s*(?:extra-)?index-url\s*=\s*(\S+)/ },
  { file: '.pip/pip.conf', line: /^\s*(?:extra-)?index-url\s*=\s*(\S+)/ },
  { file: 'Library/Application Support/pip/pip.conf', line: /^\s*(?:extra-)?index-url\s*=\s*(\S+)/ },
  { file: '.config/uv/uv.toml', line: /^\s*(?:index-url|url)\s*=\s*"([^"]+)"/ },
  { file: '.cargo/config.toml', line: /^\s*(?:registry|index)\s*=\s*"(?:sparse\+)?([^"]+)"/ },
]
const ENVIRONMENT = ['npm_config_registry', 'NPM_CONFIG_REGISTRY', 'PIP_INDEX_URL', 'UV_INDEX_URL', 'UV_DEFAULT_INDEX'] as const

/**
 * The hosts of the package registries that the user's own configuration names, as network patterns with ports. A
 * registry that no configuration names is not known to Paddock: there are no built-in hosts. Files of a repository are
 * not asked, because they are not the user's word.
 */
export function registriesOf(home: string, env: Readonly<Record<string, string | undefined>>): string[] {
  const named = FILES.flatMap(({ file, line }) => linesOf(join(home, file)).flatMap((text) => line.exec(text)?.[1] ?? []))
  const hosts = [...named, ...ENVIRONMENT.flatMap((name) => env[name] ?? [])].flatMap(hostOf)
  return [...new Set(hosts)]
}

function hostOf(url: string): string[] {
  const destination = destinationOf(url)
  if (!destination || !('host' in destination)) return []
  const { host, port } = destination
  const name = host.includes(':') ? `[${host}]` : host
  return [port === undefined ? name : `${name}:${port}`]
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n')
  } catch {
    return []
  }
}
