type Handler = (request: Request) => Response | Promise<Response>

const handlers = new Map<string, Handler>()
export const registeredSchemes: Electron.CustomScheme[] = []

export const protocol = {
  registerSchemesAsPrivileged: (schemes: Electron.CustomScheme[]): void => void registeredSchemes.push(...schemes),
  handle: (scheme: string, handler: Handler): void => void handlers.set(scheme, handler),
}

/** Asks the handler of a scheme, if the address has one. */
export async function answerFor(url: string, method: string): Promise<Response | undefined> {
  return handlers.get(url.slice(0, url.indexOf(':')))?.(new Request(url, { method }))
}
