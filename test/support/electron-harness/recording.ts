/** What the program did to the desktop around it. The test reads it through the control channel. */
export interface RecordedWindow {
  /** The address the window last loaded. */
  url: string
  options: Record<string, unknown>
  visible: boolean
  /** Methods called on it that a person would notice, in order: `showInactive`, `hide`, `focus`, ... */
  calls: string[]
  /** What its page wanted and did not get: `navigation URL`, `popup URL`, `request URL`, `content` with Chromium's words. */
  refused: string[]
}

export interface RecordedMenuItem {
  label: string
  enabled: boolean
}

export interface Recording {
  sandboxed: boolean
  schemes: string[]
  windows: RecordedWindow[]
  tray: { icon: string; tooltip: string; menu: RecordedMenuItem[] } | null
  notifications: { title: string; body: string; actions: string[]; closed: boolean }[]
  /** Processes of `utilityProcess` that live. */
  processes: { pid: number; name: string }[]
  applicationMenu: boolean
}
