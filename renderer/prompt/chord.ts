/** What the keys of an answer are called on this platform. */
export const chordNames = (platform: string): { allow: string; deny: string } =>
  /mac/i.test(platform) ? { allow: '⌘⇧A', deny: '⌘⇧D' } : { allow: 'Ctrl+Shift+A', deny: 'Ctrl+Shift+D' }

/** The parts of a keyboard event that matter here. */
export type Keys = Pick<
  KeyboardEvent,
  'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey' | 'repeat' | 'isComposing'
>

/**
 * The answer that a key event gives, if any. Only a deliberate combination does: Ctrl or Cmd, with Shift, and A for
 * Allow or D for Deny. On layouts without Latin letters the key's position counts.
 */
export function chordOf(keys: Keys): 'allow' | 'deny' | undefined {
  if (keys.repeat || keys.isComposing || keys.altKey) return undefined
  if (keys.ctrlKey === keys.metaKey || !keys.shiftKey) return undefined
  const letter = /^[\x21-\x7e]$/.test(keys.key) ? keys.key.toUpperCase() : keys.code.replace(/^Key/, '')
  if (letter === 'A') return 'allow'
  return letter === 'D' ? 'deny' : undefined
}
