/** A line of a unified diff. */
export interface DiffLine {
  kind: 'file' | 'hunk' | 'added' | 'removed' | 'same'
  text: string
}

/** The lines of a unified diff, in order, with what each is. */
export function diffLines(diff: string): DiffLine[] {
  const lines = diff.split('\n')
  if (lines.at(-1) === '') lines.pop()
  let inHunk = false
  return lines.map((text) => {
    if (text.startsWith('@@')) inHunk = true
    return { kind: kindOf(text, inHunk), text }
  })
}

function kindOf(text: string, inHunk: boolean): DiffLine['kind'] {
  if (text.startsWith('@@')) return 'hunk'
  if (!inHunk) return 'file'
  if (text.startsWith('+')) return 'added'
  return text.startsWith('-') ? 'removed' : 'same'
}
