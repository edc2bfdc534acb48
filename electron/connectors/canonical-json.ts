/** Deeper than any tool input is; keeps the recursion far from the end of the stack. */
const DEEPEST = 200

/**
 * JSON with sorted keys and no white space, so that equal values have equal text. `value` comes from `JSON.parse`.
 * Undefined when it is nested too deeply.
 */
export function canonicalJson(value: unknown, depth = 0): string | undefined {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (depth === DEEPEST) return undefined
  const parts = Array.isArray(value)
    ? value.map((item: unknown) => canonicalJson(item, depth + 1))
    : Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, item]) => {
          const text = canonicalJson(item, depth + 1)
          return text === undefined ? undefined : `${JSON.stringify(key)}:${text}`
        })
  if (parts.includes(undefined)) return undefined
  return Array.isArray(value) ? `[${parts.join()}]` : `{${parts.join()}}`
}
