import { accessSync, constants, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Credential } from '../contract/agent-process.ts'
import type { CredentialKnowledge } from './catalogue/catalogue.ts'

/** Credentials in the environment of a process: kinds and names. Values are not kept. */
export function credentialsInEnvironment(environment: ReadonlyMap<string, string> | undefined, known: CredentialKnowledge): Credential[] {
  if (!environment) return []
  return [...environment].flatMap(([name, value]): Credential[] => {
    const kind = value === '' ? undefined : known.kindOfVariable(name)
    if (kind === undefined) return []
    const where = kind === 'agent-socket' ? 'socket' : 'environment'
    return [{ kind, name, where, ...(known.isProduction(name) && { production: true }) }]
  })
}

/**
 * Credentials in files of a home folder that this user may read, and the profiles they name. What an agent of the same
 * user may read is the same, unless it is contained.
 */
export function credentialsInHome(home: string, known: CredentialKnowledge): Credential[] {
  const files = known.files.flatMap(({ kind, name }): Credential[] => (isReadable(join(home, name)) ? [{ kind, name: `~/${name}`, where: 'file' }] : []))
  const profiles = known.profiles.flatMap(({ kind, file, line }) =>
    profileNames(join(home, file), line).flatMap((name): Credential[] => (known.isProduction(name) ? [{ kind, name: `~/${file}: ${name}`, where: 'profile', production: true }] : [])),
  )
  return [...files, ...new Map(profiles.map((one) => [one.name, one])).values()]
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}

function profileNames(path: string, line: RegExp): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').flatMap((text) => line.exec(text)?.[1] ?? [])
  } catch {
    return []
  }
}
