import { compileGlob } from '../policy/glob.ts'
import { PathIndex } from '../policy/path-index.ts'
import { expandBraces } from '../policy/glob.ts'
import { ok, type Result } from '../contract/result.ts'
import { Behaviours } from './behaviours.ts'
import { parseSigns, type Sign } from './signs.ts'
import { parseVocabulary, type Vocabulary } from './vocabulary.ts'

export interface KnowledgeFile {
  file: string
  text: string
}

/** Everything that the monitor knows beforehand; immutable. */
export interface MonitorKnowledge {
  vocabulary: Vocabulary
  behaviours: Behaviours
  signs: readonly Sign[]
  /** Whether a path is where secrets are kept, whoever's home it is in. */
  isSecret: (path: string) => boolean
}

/** Reads the files of `policies/knowledge/behaviour/`; `secrets` is the list that policies name `${secrets}`, `home` the canonical home of this user. */
export function parseMonitorKnowledge(files: { words: KnowledgeFile; sequences: KnowledgeFile; instructions: KnowledgeFile }, secrets: readonly string[], home?: string): Result<MonitorKnowledge, string[]> {
  const vocabulary = parseVocabulary(files.words.file, files.words.text)
  if (!vocabulary.ok) return vocabulary
  const behaviours = Behaviours.parse(files.sequences.file, files.sequences.text)
  if (!behaviours.ok) return behaviours
  const signs = parseSigns(files.instructions.file, files.instructions.text)
  if (!signs.ok) return signs
  return ok({ vocabulary: vocabulary.value, behaviours: behaviours.value, signs: signs.value, isSecret: secretMatcher(secrets, home) })
}

/** In recorded sessions the home is somebody else's, so every home stands for `${home}`. */
const HOME = /^(?:\/(?:home|Users)\/[^/]+|\/root|[A-Za-z]:\/Users\/[^/]+)(?=\/|$)/

function secretMatcher(patterns: readonly string[], home: string | undefined): (path: string) => boolean {
  const index = new PathIndex<true>(false)
  for (const pattern of patterns) for (const glob of expandBraces(pattern) ?? []) if (compileGlob(glob)) index.add(glob.replace('${home}', '/~'), true)
  return (path) => {
    let found = false
    const plain = path.replaceAll('\\', '/')
    const below = home !== undefined && plain.startsWith(`${home}/`) ? `/~${plain.slice(home.length)}` : plain.replace(HOME, '/~')
    index.match(below, () => (found = true))
    return found
  }
}
