import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import * as z from 'zod'

const Manifest = z.looseObject({
  name: z.string().optional(),
  version: z.string().optional(),
  publisher: z.string().optional(),
  bin: z.union([z.string(), z.record(z.string(), z.string())]).optional().catch(undefined),
  main: z.string().optional().catch(undefined),
  engines: z.record(z.string(), z.unknown()).optional().catch(undefined),
})

/** The package that a file belongs to. */
export interface Package {
  name: string
  version: string | undefined
  folder: string
  /** `publisher.name` of an extension of an editor. */
  extension: string | undefined
  /** The file is one of the programs that the package installs, or lies where a package is installed. */
  entry: boolean
}

const MOST_LEVELS = 10

/** The package of the nearest package.json above a file that has a name; undefined without one. */
export function packageOf(file: string): Package | undefined {
  let folder = dirname(file)
  for (let level = 0; level < MOST_LEVELS; level++) {
    const manifest = readManifest(join(folder, 'package.json'))
    if (manifest?.name !== undefined) {
      const { name, version, publisher, bin, main } = manifest
      const programs = [...(typeof bin === 'string' ? [bin] : Object.values(bin ?? {})), ...(main === undefined ? [] : [main])]
      const isExtension = publisher !== undefined && manifest.engines?.['vscode'] !== undefined
      return {
        name,
        version,
        folder,
        extension: isExtension ? `${publisher}.${name}`.toLowerCase() : undefined,
        entry: isExtension || withoutPlatform(folder).endsWith(`/node_modules/${withoutPlatform(name)}`) || programs.some((program) => samePath(resolve(folder, program), file)),
      }
    }
    const parent = dirname(folder)
    if (parent === folder) return undefined
    folder = parent
  }
  return undefined
}

function samePath(program: string, file: string): boolean {
  return file === program || (file.startsWith(program) && /^\.\w+$/.test(file.slice(program.length)))
}

/** The name without what a package for one platform has at its end. */
export function withoutPlatform(name: string): string {
  return name.replace(/-(linux|darwin|win32|windows|macos|android)(-[a-z0-9_]+)*$/, '')
}

/** A package.json in those members that matter; undefined where there is none that can be read. */
export function readManifest(path: string): z.infer<typeof Manifest> | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  try {
    return Manifest.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
