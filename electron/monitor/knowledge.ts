import { compileGlob } from '../policy/glob.ts'
import { PathIndex } from '../policy/path-index.ts'
import { expandBraces } from '../policy/glob.ts'
import { ok, type Result } from '../contract/result.ts'
import { readYaml } from '../effects/yaml.ts'
import { Behaviours, SequencesFile } from './behaviours.ts'
import { classesAreKnown, parseExtensions } from './extension.ts'
import { SignsFile, type Sign } from './signs.ts'
import { vocabularyOf, WordsFile, type Vocabulary } from './vocabulary.ts'

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

/** The files of `policies/knowledge/behaviour/`. */
export interface ShippedFiles {
  words: KnowledgeFile
  sequences: KnowledgeFile
  instructions: KnowledgeFile
}

/**
 * Reads what is shipped and what a user or IT adds to it (`extension.ts`); `secrets` is the list that policies name `${secrets}`, `home`
 * the canonical home of this user. A file with an error refuses all; errors are `file:line:column: what is wrong`.
 */
export function parseMonitorKnowledge(files: ShippedFiles, secrets: readonly string[], home?: string, added: readonly KnowledgeFile[] = []): Result<MonitorKnowledge, string[]> {
  const words = readYaml(files.words.file, files.words.text, WordsFile)
  if (!words.ok) return words
  const sequences = readYaml(files.sequences.file, files.sequences.text, SequencesFile.superRefine(classesAreKnown))
  if (!sequences.ok) return sequences
  const signs = readYaml(files.instructions.file, files.instructions.text, SignsFile)
  if (!signs.ok) return signs
  const extensions = parseExtensions(added, { actions: words.value.actions, classes: sequences.value.classes })
  if (!extensions.ok) return extensions
  return ok({
    vocabulary: vocabularyOf([words.value, ...extensions.value]),
    behaviours: new Behaviours([sequences.value, ...extensions.value]),
    signs: [...signs.value.signs, ...extensions.value.flatMap((extension) => extension.signs ?? [])],
    isSecret: secretMatcher(secrets, home),
  })
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
