import { readFileSync, statSync } from 'node:fs'
import { parse as parseJsonc, type ParseError } from 'jsonc-parser'
import { parse as parseYaml } from 'yaml'
import * as z from 'zod'

/** A server as a configuration file has it, in the members that all hosts share. */
export const ServerConfig = z.looseObject({
  command: z.union([z.string(), z.array(z.string())]).optional().catch(undefined),
  cmd: z.string().optional().catch(undefined),
  args: z.array(z.string()).optional().catch(undefined),
  url: z.string().optional().catch(undefined),
  serverUrl: z.string().optional().catch(undefined),
  httpUrl: z.string().optional().catch(undefined),
  uri: z.string().optional().catch(undefined),
  env: z.record(z.string(), z.unknown()).optional().catch(undefined),
  environment: z.record(z.string(), z.unknown()).optional().catch(undefined),
  envs: z.record(z.string(), z.unknown()).optional().catch(undefined),
  headers: z.record(z.string(), z.unknown()).optional().catch(undefined),
  disabled: z.boolean().optional().catch(undefined),
  enabled: z.boolean().optional().catch(undefined),
  alwaysAllow: z.array(z.string()).optional().catch(undefined),
})
export type ServerConfig = z.infer<typeof ServerConfig>

/** Larger files are no configuration. */
const MOST_BYTES = 16 * 1024 * 1024

/** The configuration in a file, as JSON with comments, TOML or YAML by its ending; undefined where there is none or it can't be read. */
export function readConfig(path: string): unknown {
  try {
    const stat = statSync(path)
    if (!stat.isFile() || stat.size > MOST_BYTES) return undefined
    const text = readFileSync(path, 'utf8')
    if (path.endsWith('.toml')) return tomlTables(text)
    if (/\.ya?ml$/.test(path)) return parseYaml(text)
    const errors: ParseError[] = []
    return parseJsonc(text, errors, { allowTrailingComma: true })
  } catch {
    return undefined
  }
}

/** The servers below one of the keys; a dot in a key goes one level deeper unless the key is there as it is written. */
export function serversIn(config: unknown, keys: readonly string[]): [string, ServerConfig][] {
  for (const key of keys) {
    const table = z.record(z.string(), z.unknown()).safeParse(member(config, key))
    if (!table.success) continue
    return Object.entries(table.data).flatMap(([name, value]) => {
      const server = ServerConfig.safeParse(value)
      return server.success ? [[name, server.data] as [string, ServerConfig]] : []
    })
  }
  return []
}

export function member(config: unknown, key: string): unknown {
  if (typeof config !== 'object' || config === null) return undefined
  if (Object.hasOwn(config, key)) return (config as Record<string, unknown>)[key]
  const [first, ...rest] = key.split('.')
  return rest.length > 0 && first !== undefined ? member(member(config, first), rest.join('.')) : undefined
}

/**
 * The tables of a TOML file with those values that are written like JSON (strings, numbers, booleans, lists of them) and
 * inline tables of strings. Enough for server entries; lines of any other form are left out.
 */
export function tomlTables(text: string): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  let table = root
  for (const line of joinedLists(text).split('\n')) {
    const header = /^\s*\[([^[\]]+)\]\s*(#.*)?$/.exec(line)
    if (header) {
      table = descend(root, keysOf(header[1]!))
      continue
    }
    const pair = /^\s*("[^"]*"|'[^']*'|[\w-]+(?:\.[\w-]+)*)\s*=\s*(.+?)\s*$/.exec(line)
    const keys = pair ? keysOf(pair[1]!) : []
    const last = keys.pop()
    const value = pair && tomlValue(pair[2]!)
    if (last !== undefined && value !== undefined && isSafe(last)) descend(table, keys)[last] = value
  }
  return root
}

const isSafe = (key: string): boolean => key !== '__proto__' && key !== 'constructor'

/** Lists over several lines become one line. */
function joinedLists(text: string): string {
  return text.replace(/=\s*\[[^\]=]*\]/g, (list) => list.replace(/#[^\n]*\n/g, '\n').replaceAll('\n', ' '))
}

function keysOf(path: string): string[] {
  return [...path.matchAll(/"([^"]*)"|'([^']*)'|([\w-]+)/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? '')
}

function descend(table: Record<string, unknown>, keys: readonly string[]): Record<string, unknown> {
  let at = table
  for (const key of keys.filter(isSafe)) {
    const next = at[key]
    const inner = typeof next === 'object' && next !== null ? (next as Record<string, unknown>) : {}
    at[key] = inner
    at = inner
  }
  return at
}

function tomlValue(text: string): unknown {
  const plain = text.replace(/\s+#[^"']*$/, '')
  if (/^\{.*\}$/.test(plain)) {
    const pairs = [...plain.matchAll(/("[^"]*"|[\w-]+)\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*'|[\w.+-]+)/g)]
    return Object.fromEntries(pairs.map(([, key = '', value = '']) => [keysOf(key)[0] ?? key, tomlValue(value)]))
  }
  const json = plain.replace(/'([^']*)'/g, (_, inner: string) => JSON.stringify(inner)).replace(/,\s*\]$/, ']')
  try {
    return JSON.parse(json) as unknown
  } catch {
    return undefined
  }
}
