import type { Channel } from '../../electron/contract/channel.ts'

declare global {
  interface Window {
    /** The desktop's preload puts it here: this window's channel to the broker. */
    readonly paddock?: Pick<Channel, 'send' | 'onMessage' | 'onClose'>
  }
}

/** The channel of a desktop window, or nothing where the page was opened elsewhere. */
export function bridgeChannel(): Channel | undefined {
  const bridge = window.paddock
  return bridge && { ...bridge, close: () => window.close() }
}
