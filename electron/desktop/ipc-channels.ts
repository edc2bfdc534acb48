/** Everything that a page's preload and the main process say to each other. */
export const ipcChannels = {
  /** The page listens: give it a channel to the broker. Ends the one that an earlier page of this window had. */
  open: 'paddock:open',
  /** A message of the page for the broker. */
  toBroker: 'paddock:to-broker',
  /** A message of the broker for the page. */
  toPage: 'paddock:to-page',
  /** The page's channel has ended. */
  closed: 'paddock:closed',
} as const
