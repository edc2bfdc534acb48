import type { CustomScheme } from 'electron'
import type { Role } from '../contract/operator.ts'

/** Where a window's page comes from. Each role has an origin of its own, so neither can reach into the other. */
export interface PageAddress {
  scheme: string
  origin: string
  url: string
}

export const pages: Readonly<Record<Role, PageAddress>> = {
  console: { scheme: 'app', origin: 'app://paddock', url: 'app://paddock/console.html' },
  prompt: { scheme: 'prompt', origin: 'prompt://paddock', url: 'prompt://paddock/prompt.html' },
}

/** To be registered before Electron is ready. */
export const privilegedSchemes: CustomScheme[] = Object.values(pages).map(({ scheme }) => ({
  scheme,
  privileges: { standard: true, secure: true, supportFetchAPI: true },
}))
