const kept = new WeakMap<readonly string[], { home: string; match: (files: readonly string[]) => string | undefined }>()

/** Finds the first of a process' open files that is one of an agent's state: a file, or anything below a folder that ends in `/`. */
export function stateMatcher(state: readonly string[], home: string): (files: readonly string[]) => string | undefined {
  const known = kept.get(state)
  if (known?.home === home) return known.match
  const paths = state.map((path) => path.replace(/^~/, home))
  const match = (files: readonly string[]): string | undefined =>
    files.find((file) => paths.some((path) => (path.endsWith('/') ? file.startsWith(path) : file === path)))
  kept.set(state, { home, match })
  return match
}
