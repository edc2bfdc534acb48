import { escapeGlob } from './variables.ts'

/** A path that was reached, relative to a root: its segments. */
export interface Reached {
  segments: readonly string[]
  /** With everything below it. */
  recursive: boolean
}

/** As many paths of a folder stand as they are; more become the folder. */
const MOST_LITERAL = 2
/** With more entries than this the root itself may be named, where that is wanted. */
const MOST_ENTRIES = 4

export interface RootOptions {
  /** How a pattern names the root: `${workspace}`, or nothing for the file system's. */
  root: string
  /** Whether folders may stand for what is in them; otherwise each path stands for itself. */
  folders: boolean
  /** Whether the root may stand for everything in it. */
  whole: boolean
  acceptable: (pattern: string) => boolean
}

/** Few globs for the paths that were reached below a root: a folder where several of its files were, otherwise the files. */
export function pathPatterns(reached: readonly Reached[], { root, folders, whole, acceptable }: RootOptions): string[] {
  const all = reached.filter(({ segments, recursive }) => recursive && segments.length === 0)
  if (all.length > 0 && acceptable(`${root}/**`)) return [`${root}/**`]
  return group([], reached)

  function group(folder: readonly string[], entries: readonly Reached[]): string[] {
    const distinct = [...new Map(entries.map((entry) => [JSON.stringify(entry), entry])).values()]
    if (distinct.length <= MOST_LITERAL || !folders) return distinct.map((entry) => literal(folder, entry)).filter(acceptable)
    const below = byFirstSegment(distinct)
    const isWide = folder.length > 0 || (whole && below.size > MOST_ENTRIES)
    const [only] = below.size === 1 ? [...below.keys()] : []
    const here = distinct.filter(({ segments }) => segments.length === 0)
    if (isWide && (only === undefined || here.length > 0) && acceptable(glob(folder))) return [glob(folder)]
    return [...here.map((entry) => literal(folder, entry)).filter(acceptable), ...[...below].flatMap(([name, rest]) => group([...folder, name], rest))]
  }

  function literal(folder: readonly string[], { segments, recursive }: Reached): string {
    return `${named([...folder, ...segments])}${recursive ? '/**' : ''}`
  }

  function glob(folder: readonly string[]): string {
    return `${named(folder)}/**`
  }

  function named(segments: readonly string[]): string {
    return [root, ...segments.map(escapeGlob)].join('/')
  }
}

function byFirstSegment(entries: readonly Reached[]): Map<string, Reached[]> {
  const groups = new Map<string, Reached[]>()
  for (const { segments: [first, ...segments], recursive } of entries)
    if (first !== undefined) groups.set(first, [...(groups.get(first) ?? []), { segments, recursive }])
  return groups
}
